"""What tickets says: every change of a ticket is one event.

Each carries the ticket's state at `version`, who changed what, and what was appended by this very change (articles), never
all of them. The set of these events, in version order, is the ticket's history. Those about families are in
`shared.contracts.events.families`, those about merging in `shared.contracts.events.merging`, those about guests in
`shared.contracts.events.guests`.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.people import SYSTEM, Actor
from shared.contracts.values import Personal, Version


class TicketEvent(Event):
    """One change of one ticket: the state after it, `changes` as field -> (before, after), and what it appended."""

    ticket: TicketState
    actor: Actor = SYSTEM
    reason: Personal[str | None] = None
    changes: Personal[dict[str, tuple[JsonValue, JsonValue]]] = Field(default_factory=dict)
    articles: tuple[Article, ...] = ()


class TicketCreated(TicketEvent):
    """A request became a ticket: state new, no queue yet, article `request`.

    Who cares: routing (finds its queue), intake (`request_id` now has a number), notify (receipt), portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.created.v1"

    request_id: UUID | None


class TicketRoutingRequested(TicketEvent):
    """A ticket has waited too long for a queue: asked again; `escalated_from` as in TicketEscalated. Who cares: routing, portal."""

    NAME: ClassVar[str] = "tickets.ticket.routing-requested.v1"

    escalated_from: str | None = None


class TicketQueued(TicketEvent):
    """A ticket reached a queue by a decision of routing; `escalated_from` as in TicketEscalated, where it was escalated.

    `caused_by` is the identity of whose act made it wait for a queue: who filed it, escalated it, or opened it for a parent.

    Who cares: portal, notify (queue subscribers).
    """

    NAME: ClassVar[str] = "tickets.ticket.queued.v1"

    escalated_from: str | None = None
    caused_by: Personal[str | None] = None


class TicketMoved(TicketEvent):
    """An operator moved a ticket to another queue, where it is nobody's. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.moved.v1"


class TicketEscalated(TicketEvent):
    """An operator gave a ticket from the queue `escalated_from` to the next level: no queue until routing has found it.

    Who cares: routing, portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.escalated.v1"

    escalated_from: str | None = None


class TicketPostponed(TicketEvent):
    """An operator put a ticket off until `postponed_until`. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.postponed.v1"


class TicketResumed(TicketEvent):
    """An operator opened a postponed ticket again before its time. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.resumed.v1"


class TicketDue(TicketEvent):
    """The time of a postponed ticket has come: open again. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.due.v1"


class TicketPriorityChanged(TicketEvent):
    """An operator changed how urgent a ticket is. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.priority-changed.v1"


class TicketTaken(TicketEvent):
    """An operator took a ticket. `first_time` is true once per ticket. Who cares: notify (taking charge), portal."""

    NAME: ClassVar[str] = "tickets.ticket.taken.v1"

    first_time: bool


class TicketAssigned(TicketEvent):
    """A ticket was given to an operator, or taken over. `first_time` as in TicketTaken. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.assigned.v1"

    first_time: bool


class TicketReleased(TicketEvent):
    """An owner gave a ticket back to its queue. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.released.v1"


class TicketReleasedBySystem(TicketEvent):
    """The desk took from the owner the right to work a ticket's queue, from its responsible the right to see it, or both.

    `changes` names which of them the ticket no longer has, `reason` says why (a sentence of `shared.contracts.reasons`).
    Who cares: notify (last owner, responsible, and the queue where nobody owns the ticket), portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.released-by-system.v1"


class TicketResponsibleChanged(TicketEvent):
    """Another operator is accountable for a ticket. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.responsible-changed.v1"


class TicketQuestionAsked(TicketEvent):
    """The owner asked the requester something (article `question`). Who cares: notify (the mail), portal."""

    NAME: ClassVar[str] = "tickets.ticket.question-asked.v1"


class TicketAnswered(TicketEvent):
    """The owner wrote to the requester without closing (article `answer`). Who cares: notify (the mail), portal."""

    NAME: ClassVar[str] = "tickets.ticket.answered.v1"


class TicketRequesterReplied(TicketEvent):
    """The requester wrote (article `reply`). Who cares: notify (owner and responsible), portal."""

    NAME: ClassVar[str] = "tickets.ticket.requester-replied.v1"


class TicketNoted(TicketEvent):
    """An operator added an internal note. Who cares: portal, notify (owner and responsible)."""

    NAME: ClassVar[str] = "tickets.ticket.noted.v1"


class TicketLinked(TicketEvent):
    """A ticket refers to another one, e.g. to the new ticket that a reply to a closed one became. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.linked.v1"


class TicketUnlinked(TicketEvent):
    """A ticket no longer refers to another one. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.unlinked.v1"


class TicketNotified(TicketEvent):
    """A notice to the requester became an article `notice`. Who cares: portal. Never causes a notice."""

    NAME: ClassVar[str] = "tickets.ticket.notified.v1"


class TicketClosed(TicketEvent):
    """The owner closed a ticket with its final answer (article `answer`). Who cares: notify (the final mail), portal."""

    NAME: ClassVar[str] = "tickets.ticket.closed.v1"


class TicketReopened(TicketEvent):
    """A closed ticket is open again. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.reopened.v1"


class TicketWithdrawn(TicketEvent):
    """Its requester withdrew a ticket nobody had taken. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.withdrawn.v1"


class TicketForwarded(TicketEvent):
    """An operator sent words about a ticket to the outside address `to` (article `forward`). Who cares: notify (the mail), portal."""

    NAME: ClassVar[str] = "tickets.ticket.forwarded.v1"

    to: Personal[str]


class TicketWatchersChanged(TicketEvent):
    """An operator began or ceased to watch a ticket. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.watchers-changed.v1"


class TicketShared(TicketEvent):
    """Somebody more may read a ticket as its requester does; `shared_with` of the state has all. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.shared.v1"


class TicketUnshared(TicketEvent):
    """Somebody may no longer read a ticket that was shared with him. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.unshared.v1"


class TicketReminded(TicketEvent):
    """A question to the requester is still unanswered after the desk's days. When: once for each time of waiting.

    Who cares: notify (the reminder), portal.
    """

    NAME: ClassVar[str] = "tickets.ticket.reminded.v1"


class TicketExpired(TicketEvent):
    """A question stayed unanswered: closed unsuccessfully by the clock, after a reminder. Who cares: notify (the notice), portal."""

    NAME: ClassVar[str] = "tickets.ticket.expired.v1"


class TicketMoveUndone(TicketEvent):
    """The move of version `undone` was taken back: the queue and the owner are as before it. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.move-undone.v1"

    undone: Version
