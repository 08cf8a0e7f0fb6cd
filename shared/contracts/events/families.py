"""What tickets says about families and recipes.

Children are tickets like others: they are created, queued, taken and closed by the same events. The
events here concern two tickets at once. A change of a child reaches its parent as a message of
tickets to itself (`ChildTold`), so that it has its effect exactly once, also when the process dies
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
    """A child ticket `child` was opened for this ticket, which waits for it (article `child`)."""

    NAME: ClassVar[str] = "tickets.ticket.child-opened.v1"

    child_id: UUID
    child: str


class TicketChildReported(TicketEvent):
    """Something happened to a child of this ticket (article `child`).

    The child asked, answered, came back, ended or was reopened. When the last child has ended the
    ticket is open again.
    """

    NAME: ClassVar[str] = "tickets.ticket.child-reported.v1"

    child_id: UUID
    child: str
    news: ChildNews


class TicketBounced(TicketEvent):
    """A child went back to its parent's owner with a reason; it waits as `returned`.

    The actor is the operator who bounced it, or the system where it lacked what its queue needs.
    """

    NAME: ClassVar[str] = "tickets.ticket.bounced.v1"


class TicketResent(TicketEvent):
    """A returned child was completed and sent again to the queue that had bounced it.

    What was added is the article `reply`. `bounced_by` is the operator who had bounced it, None for
    the system. Routing looks for another queue where that queue is closed.
    """

    NAME: ClassVar[str] = "tickets.ticket.resent.v1"

    bounced_by: Personal[str | None] = None


class TicketRunDecided(TicketEvent):
    """The owner decided how a recipe goes on after a step that ended unsuccessfully."""

    NAME: ClassVar[str] = "tickets.ticket.run-decided.v1"


class ChildTold(Event):
    """Something happened to the child `child_id`, at its `version`, that its parent must know.

    `queue` is where the child is, `body` the text that was written: a question, an answer or a
    reason.
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
    """A recipe on the ticket `ticket_id` may go on.

    When: its ticket was taken for the first time, or is open again.
    """

    NAME: ClassVar[str] = "tickets.family.run-due.v1"

    ticket_id: UUID
