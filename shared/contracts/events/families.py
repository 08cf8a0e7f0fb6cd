"""What tickets says about families and recipes.

Children are tickets like others: they are created, queued, taken, closed by the same events. Here is what concerns two tickets at
once. What happened to a child reaches its parent as a message of tickets to itself (`ChildTold`), so that it is done once, whatever ends
meanwhile.
"""

from typing import ClassVar
from uuid import UUID

from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import ChildNews, State
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import Actor
from shared.contracts.values import Personal, Version


class TicketChildOpened(TicketEvent):
    """A child ticket `child` was opened for this ticket, which waits for it (article `child`). Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.child-opened.v1"

    child_id: UUID
    child: str


class TicketChildReported(TicketEvent):
    """Something happened to a child of this ticket (article `child`): a question, an answer, its return, its end, its reopening.

    When the last child has ended the ticket is open again. Who cares: notify, portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.child-reported.v1"

    child_id: UUID
    child: str
    news: ChildNews


class TicketBounced(TicketEvent):
    """A child went back to its parent's owner with a reason; it waits as `returned`.

    Actor is who bounced it, the system where it lacked what its queue needs. Who cares: portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.bounced.v1"


class TicketResent(TicketEvent):
    """A returned child was completed and sent again, to the queue that had bounced it (article `reply`).

    `bounced_by` is who had bounced it, None where nobody had. Who cares: routing (where that queue is closed), notify, portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.resent.v1"

    bounced_by: Personal[str | None] = None


class TicketRunDecided(TicketEvent):
    """The owner decided how a recipe goes on after a step that ended unsuccessfully. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.run-decided.v1"


class ChildTold(Event):
    """Something happened to the child `child_id`, at its `version`, that its parent must know. Who cares: tickets itself.

    `queue` is where the child is, `body` what was written (a question, an answer, a reason).
    """

    NAME: ClassVar[str] = "tickets.family.child-told.v1"

    parent_id: UUID
    child_id: UUID
    number: str
    version: Version
    news: ChildNews
    state: State
    queue: str | None
    actor: Actor
    subject: Personal[str]
    body: Personal[str]


class RunDue(Event):
    """A recipe on the ticket `ticket_id` may go on: its ticket was taken for the first time, or is open again.

    Who cares: tickets itself.
    """

    NAME: ClassVar[str] = "tickets.family.run-due.v1"

    ticket_id: UUID
