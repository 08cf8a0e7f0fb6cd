"""What tickets says: every change of a ticket is one event.

Each carries the ticket's state at `version`, who changed what, and what was appended by this very change (articles), never
all of them. The set of these events, in version order, is the ticket's history.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from shared.events.base import Event, Part
from shared.events.intake import Answer
from shared.events.people import SYSTEM, Actor, Context, Requester
from shared.personal import Personal

State = Literal[
    "new",
    "open",
    "waiting_requester",
    "waiting_children",
    "returned",
    "postponed",
    "closed_successful",
    "closed_unsuccessful",
    "withdrawn",
    "merged",
]
ENDED: frozenset[str] = frozenset({"closed_successful", "closed_unsuccessful", "withdrawn", "merged"})

ArticleKind = Literal["request", "reply", "question", "answer", "note", "notice", "forward", "child", "system"]


class Article(Part):
    """One row inside a ticket. `delivery_id` names the mail it is, where notify made it."""

    id: UUID
    kind: ArticleKind
    author: Actor
    visible_to_requester: bool
    subject: Personal[str]
    body: Personal[str]
    created_at: datetime


class Link(Part):
    """A reference to another ticket."""

    to: str
    kind: Literal["related", "duplicate"]


class Routing(Part):
    """Which rule sent the ticket to its queue, and what it saw."""

    rule: str | None
    reason: Personal[str]


class TicketState(Part):
    """A ticket at `version`.

    `hop_id` is the stay in a queue that is open now. `actions` maps each trigger that the state allows to who may pull it (see
    `services.tickets.rights`): facts for whoever shows buttons; tickets alone decides.
    """

    id: UUID
    number: str
    version: int
    state: State
    queue: str | None
    hop_id: UUID | None
    priority: int
    owner: Personal[str | None]
    responsible: Personal[str | None]
    last_owner: Personal[str | None]
    closed_by: Personal[str | None]
    requester: Requester
    request_type: str | None
    subject: Personal[str]
    fields: Personal[dict[str, Answer]]
    context: Context
    language: Literal["it", "en"]
    parent_id: UUID | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    routing: Routing | None = None
    postponed_until: datetime | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    actions: dict[str, str] = Field(default_factory=dict)


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
    """A ticket reached a queue by a decision of routing. Who cares: portal, notify (queue subscribers)."""

    NAME: ClassVar[str] = "tickets.ticket.queued.v1"


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
