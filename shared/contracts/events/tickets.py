"""What tickets says: every change of a ticket is one event.

Each carries the ticket's state at `version`, who changed what, and the articles that this change
appended, never all of them. These events, in the order of their versions, are the ticket's history.
Modules beside this one have those about families, merging, guests and mails.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.people import SYSTEM, Actor
from shared.contracts.values import Personal, Version


class TicketEvent(Event):
    """One change of one ticket: the state after it, what changed, and what it appended.

    `changes` maps each changed field to its value before and after.
    """

    ticket: TicketState
    actor: Actor = SYSTEM
    reason: Personal[str | None] = None
    changes: Personal[dict[str, tuple[JsonValue, JsonValue]]] = Field(default_factory=dict)
    articles: tuple[Article, ...] = ()


class TicketCreated(TicketEvent):
    """A request became a ticket: state new, no queue yet, article `request`."""

    NAME: ClassVar[str] = "tickets.ticket.created.v1"

    request_id: UUID | None


class TicketRoutingRequested(TicketEvent):
    """A ticket has waited too long for a queue, so routing is asked again.

    `escalated_from` as in TicketEscalated.
    """

    NAME: ClassVar[str] = "tickets.ticket.routing-requested.v1"

    escalated_from: str | None = None


class TicketQueued(TicketEvent):
    """A ticket reached a queue by a decision of routing.

    `escalated_from` as in TicketEscalated, where the ticket was escalated. `caused_by` is the
    identity of the person whose act made it wait for a queue: they filed it, escalated it, or
    opened it for a parent.
    """

    NAME: ClassVar[str] = "tickets.ticket.queued.v1"

    escalated_from: str | None = None
    caused_by: Personal[str | None] = None


class TicketMoved(TicketEvent):
    """An operator moved a ticket to another queue, where it has no owner."""

    NAME: ClassVar[str] = "tickets.ticket.moved.v1"


class TicketEscalated(TicketEvent):
    """An operator gave a ticket from the queue `escalated_from` to the next level.

    It has no queue until routing has found one.
    """

    NAME: ClassVar[str] = "tickets.ticket.escalated.v1"

    escalated_from: str | None = None


class TicketPostponed(TicketEvent):
    """An operator postponed a ticket until `postponed_until`."""

    NAME: ClassVar[str] = "tickets.ticket.postponed.v1"


class TicketResumed(TicketEvent):
    """An operator opened a postponed ticket again before its time."""

    NAME: ClassVar[str] = "tickets.ticket.resumed.v1"


class TicketDue(TicketEvent):
    """The time of a postponed ticket has come: it is open again."""

    NAME: ClassVar[str] = "tickets.ticket.due.v1"


class TicketPriorityChanged(TicketEvent):
    """An operator changed the priority of a ticket."""

    NAME: ClassVar[str] = "tickets.ticket.priority-changed.v1"


class TicketTaken(TicketEvent):
    """An operator took a ticket. `first_time` is true once per ticket."""

    NAME: ClassVar[str] = "tickets.ticket.taken.v1"

    first_time: bool


class TicketAssigned(TicketEvent):
    """A ticket was given to an operator, or taken over. `first_time` as in TicketTaken."""

    NAME: ClassVar[str] = "tickets.ticket.assigned.v1"

    first_time: bool


class TicketReleased(TicketEvent):
    """The owner gave a ticket back to its queue."""

    NAME: ClassVar[str] = "tickets.ticket.released.v1"


class TicketReleasedBySystem(TicketEvent):
    """The desk took away a right that the owner or the responsible of a ticket needs.

    The owner may no longer work its queue, the responsible may no longer see it, or both. `changes`
    names which of them the ticket no longer has, `reason` says why (a sentence of
    `shared.contracts.reasons`).
    """

    NAME: ClassVar[str] = "tickets.ticket.released-by-system.v1"


class TicketResponsibleChanged(TicketEvent):
    """Another operator is accountable for a ticket."""

    NAME: ClassVar[str] = "tickets.ticket.responsible-changed.v1"


class TicketQuestionAsked(TicketEvent):
    """The owner asked the requester something (article `question`)."""

    NAME: ClassVar[str] = "tickets.ticket.question-asked.v1"


class TicketAnswered(TicketEvent):
    """The owner wrote to the requester without closing (article `answer`)."""

    NAME: ClassVar[str] = "tickets.ticket.answered.v1"


class TicketRequesterReplied(TicketEvent):
    """The requester wrote (article `reply`)."""

    NAME: ClassVar[str] = "tickets.ticket.requester-replied.v1"


class TicketNoted(TicketEvent):
    """An operator added an internal note."""

    NAME: ClassVar[str] = "tickets.ticket.noted.v1"


class TicketLinked(TicketEvent):
    """A ticket refers to another one.

    For example to the new ticket that a reply to a closed one became.
    """

    NAME: ClassVar[str] = "tickets.ticket.linked.v1"


class TicketUnlinked(TicketEvent):
    """A ticket no longer refers to another one."""

    NAME: ClassVar[str] = "tickets.ticket.unlinked.v1"


class TicketNotified(TicketEvent):
    """A notice to the requester became an article `notice`. It never causes a notice."""

    NAME: ClassVar[str] = "tickets.ticket.notified.v1"


class TicketClosed(TicketEvent):
    """The owner closed a ticket with its final answer (article `answer`)."""

    NAME: ClassVar[str] = "tickets.ticket.closed.v1"


class TicketReopened(TicketEvent):
    """A closed ticket is open again."""

    NAME: ClassVar[str] = "tickets.ticket.reopened.v1"


class TicketWithdrawn(TicketEvent):
    """The requester withdrew a ticket that had no owner."""

    NAME: ClassVar[str] = "tickets.ticket.withdrawn.v1"


class TicketForwarded(TicketEvent):
    """An operator sent words about a ticket to the outside address `to` (article `forward`)."""

    NAME: ClassVar[str] = "tickets.ticket.forwarded.v1"

    to: Personal[str]


class TicketWatchersChanged(TicketEvent):
    """An operator began or stopped to watch a ticket."""

    NAME: ClassVar[str] = "tickets.ticket.watchers-changed.v1"


class TicketShared(TicketEvent):
    """One more person may read a ticket as its requester does.

    `shared_with` of the state has all of them.
    """

    NAME: ClassVar[str] = "tickets.ticket.shared.v1"


class TicketUnshared(TicketEvent):
    """A person with whom a ticket was shared may no longer read it."""

    NAME: ClassVar[str] = "tickets.ticket.unshared.v1"


class TicketReminded(TicketEvent):
    """A question to the requester is still unanswered after the desk's days.

    When: once for each time of waiting.
    """

    NAME: ClassVar[str] = "tickets.ticket.reminded.v1"


class TicketExpired(TicketEvent):
    """A question stayed unanswered, so the ticket was closed unsuccessfully, after a reminder."""

    NAME: ClassVar[str] = "tickets.ticket.expired.v1"


class TicketMoveUndone(TicketEvent):
    """The move of version `undone` was undone: the queue and the owner are as before it."""

    NAME: ClassVar[str] = "tickets.ticket.move-undone.v1"

    undone: Version
