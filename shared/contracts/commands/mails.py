"""What operators ask of the tickets service about mails."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.commands.payloads import Payload
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.contacts import EmailAddress


class MailAgainGiven(Payload):
    """Where a failed mail goes now; left out, to the address that it had."""

    to: EmailAddress | None = None


class ResendMail(MailAgainGiven, TicketCommand):
    """Send a mail that failed again, to the same address or, with `to`, to a corrected one; the
    requester's own stays as it is.
    """

    NAME: ClassVar[str] = "tickets.resend-mail"

    delivery: UUID
