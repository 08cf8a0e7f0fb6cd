"""What the API takes and gives, beside the views themselves."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticKnownError

from services.portal.domain.queue_tree import QueueNode
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ChildView, RequestWithArticles, TicketWithArticles
from shared.desk import Right
from shared.events.people import Affiliation

T = TypeVar("T")


def _not_blank(text: str) -> str:
    """Refuse a text of blanks only like an empty one; the blanks around a text stay."""
    if not text.strip():
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


Body = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_not_blank)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_not_blank)]
IdentityGiven = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(_Given):
    """No body, or an empty object."""


class SessionGiven(_Given):
    identity: IdentityGiven


class OperatorGiven(_Given):
    """An operator, and optionally why."""

    operator: IdentityGiven
    reason: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class BodyGiven(_Given):
    body: Body


class CloseGiven(_Given):
    outcome: Literal["successful", "unsuccessful"]
    answer: Body


class ReasonGiven(_Given):
    reason: Reason


class MoveGiven(_Given):
    """A queue, and optionally why."""

    queue: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    reason: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class PostponeGiven(_Given):
    """A time to come, RFC 3339 with its offset."""

    until: AwareDatetime


class PriorityGiven(_Given):
    """1 very low ... 5 very high."""

    priority: Annotated[int, Field(ge=1, le=5, strict=True)]


class SessionMade(BaseModel):
    """`token` is also good as a bearer token, on both faces."""

    token: str
    identity: str
    name: str


class Me(BaseModel):
    """Who is calling; `permissions` is queue -> rights, where there are any."""

    identity: str
    name: str
    email: str
    affiliation: Affiliation
    roles: list[Literal["requester", "operator", "supervisor"]]
    permissions: dict[str, list[Right]]


class QueueJson(BaseModel):
    """A node of the tree; the counts are of tickets that have not ended."""

    queue: str
    title: str
    level: int
    group: str
    counts: dict[str, int]
    counts_with_children: dict[str, int]
    children: list["QueueJson"]


class Items(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the next page, null on the last."""

    items: list[T]
    next: str | None = None


class OutOfSight(BaseModel):
    """What is told of a ticket that the caller no longer sees after his own command."""

    number: str
    queue: str | None
    state: str


class TicketAfterCommand(TicketWithArticles):
    """The ticket after a command. `is_shown` is false in the rare case that its articles are still on their way to the read model."""

    is_shown: bool = True


class ChildAfterCommand(ChildView):
    """A child after a command of its parent's owner; `is_shown` as in TicketAfterCommand."""

    is_shown: bool = True


class RequestAfterCommand(RequestWithArticles):
    """The request after a command; `is_shown` as in TicketAfterCommand."""

    is_shown: bool = True


def me_of(viewer: Viewer) -> Me:
    """Return what the viewer is told about himself."""
    person = viewer.person
    roles: list[Literal["requester", "operator", "supervisor"]] = ["requester"]
    if viewer.is_operator:
        roles.append("operator")
    if viewer.is_supervisor:
        roles.append("supervisor")
    return Me(
        identity=person.identity or "",
        name=person.name,
        email=person.email,
        affiliation=person.affiliation,
        roles=roles,
        permissions=viewer.permissions,
    )


def queue_json(node: QueueNode) -> QueueJson:
    """Return a node of the tree as JSON has it."""
    return QueueJson(
        queue=node.queue,
        title=node.title,
        level=node.level,
        group=node.group,
        counts=node.counts,
        counts_with_children=node.counts_with_children,
        children=[queue_json(child) for child in node.children],
    )
