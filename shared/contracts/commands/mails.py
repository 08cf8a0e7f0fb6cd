"""What operators ask of the tickets service about mails."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.commands.payloads import MailAgainGiven
from shared.contracts.commands.tickets import TicketCommand


class ResendMail(MailAgainGiven, TicketCommand):
    """Send a mail that failed again, to the same address or, with `to`, to a corrected one; the requester's own stays as it is."""

    NAME: ClassVar[str] = "tickets.resend-mail"

    delivery: UUID
