"""What events say of a ticket: its state at a version, and what it is made of."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.desk import Recipe
from shared.contracts.events.intake import Answer
from shared.contracts.people import Actor, Context, Reader, Requester
from shared.contracts.values import Part, Personal, Priority, Version

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
ENDED: frozenset[str] = frozenset(
    {"closed_successful", "closed_unsuccessful", "withdrawn", "merged"}
)

ArticleKind = Literal[
    "request", "reply", "question", "answer", "note", "notice", "forward", "child", "system"
]


ChildNews = Literal[
    "opened",
    "returned",
    "question",
    "answer",
    "reminder",
    "outcome",
    "withdrawn",
    "merged",
    "reopened",
]


class AboutChild(Part):
    """The news in an article `child`: the child's number, what happened to it, its state since."""

    number: str
    news: ChildNews
    state: State


class Article(Part):
    """One row inside a ticket. `child` is what an article `child` tells of."""

    id: UUID
    kind: ArticleKind
    author: Actor
    visible_to_requester: bool
    subject: Personal[str]
    body: Personal[str]
    created_at: datetime
    child: AboutChild | None = None


LinkKind = Literal["related", "duplicate"]


class Link(Part):
    """A reference to another ticket."""

    to: str
    kind: LinkKind


class Routing(Part):
    """Which rule sent the ticket to its queue, and what it saw."""

    rule: str | None
    reason: Personal[str]


StepState = Literal["waiting", "open", "successful", "unsuccessful", "skipped", "cancelled"]
RunState = Literal["running", "asking", "stopped", "done"]


class Step(Part):
    """The state of one step of a run.

    `child` is the number of the ticket that does the step, once there is one. `accepted`: the step
    ended unsuccessfully and the run goes on all the same.
    """

    name: str
    state: StepState = "waiting"
    child: str | None = None
    accepted: bool = False


class Run(Part):
    """A recipe at work on a ticket, with the run's own copy of it; `steps` in the recipe's order.

    `running` goes on by itself; `asking`: a step ended unsuccessfully and the owner decides;
    `stopped` and `done` have ended.
    """

    id: UUID
    recipe: Recipe
    state: RunState = "running"
    steps: tuple[Step, ...]


UndoableKind = Literal["move", "merge"]


class Undoable(Part):
    """The last merge or move of a ticket, while it can be undone: its version, time and author.

    `other` is the number of the other ticket of a merge, or the queue that a move left (None: it
    had none).
    """

    version: int
    kind: UndoableKind
    at: datetime
    by: Personal[str | None] = None
    other: str | None = None


class TicketState(Part):
    """A ticket at `version`.

    `hop_id` is the stay in a queue that is open now. `actions` maps each trigger that the state
    allows to the people who may pull it: facts for pages that show buttons; tickets alone decides.
    `merged_into` is the number of the ticket that goes on with this one; `watchers` are the
    operators who chose to watch it; `shared_with` are the people who may read it as its requester
    does; `run` is its recipe at work; `undoable` is what `undo` would undo.
    """

    id: UUID
    number: str
    version: Version
    state: State
    queue: str | None
    hop_id: UUID | None
    priority: Priority
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
    watchers: Personal[tuple[str, ...]] = ()
    shared_with: tuple[Reader, ...] = ()
    merged_into_id: UUID | None = None
    merged_into: str | None = None
    run: Run | None = None
    undoable: Undoable | None = None
    postponed_until: datetime | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    actions: dict[str, str] = Field(default_factory=dict)
