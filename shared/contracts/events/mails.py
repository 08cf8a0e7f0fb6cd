"""What tickets says about mails that did not arrive.

That a mail failed is a fact of its ticket: it stands in the history, the owner is notified of it,
and the owner may send the mail again.
"""

from typing import ClassVar
from uuid import UUID

from shared.contracts.events.notify import MailKind
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.values import Personal


class TicketUndelivered(TicketEvent):
    """A mail of this ticket to `to` will not be sent: `reason` says why.

    `article_id` is the article that the mail is or carries. When: each time a delivery fails for
    good.
    """

    NAME: ClassVar[str] = "tickets.ticket.undelivered.v1"

    delivery_id: UUID
    article_id: UUID
    kind: MailKind
    to: Personal[str]


class TicketMailResent(TicketEvent):
    """An operator had the failed mail `delivery_id` sent again, to the address `to`.

    The history keeps the address as the `reason`.
    """

    NAME: ClassVar[str] = "tickets.ticket.mail-resent.v1"

    delivery_id: UUID
    to: Personal[str]
