"""What the API gives, beside the views themselves; what it takes is in `given`."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

from services.portal.domain.notices import NoticeView
from services.portal.domain.queue_tree import QueueNode
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import (
    ChildView,
    HistoryEntry,
    RequestView,
    RequestWithArticles,
    TicketView,
    TicketWithArticles,
)
from shared.contracts.desk import Right
from shared.contracts.people import Affiliation

T = TypeVar("T")


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


class QueuePage(Items[QueueJson]):
    """Roots of the tree of queues."""


class TicketPage(Items[TicketView]):
    """Tickets as operators see them."""


class HistoryPage(Items[HistoryEntry]):
    """A page of a ticket's history."""


class RequestPage(Items[RequestView]):
    """Requests as their requesters see them."""


class NoticePage(Items[NoticeView]):
    """A page of an operator's notices."""


class OutOfSight(BaseModel):
    """The facts of a ticket that the caller may no longer see after their own command."""

    number: str
    queue: str | None
    state: str


class TicketAfterCommand(TicketWithArticles):
    """The ticket after a command.

    `is_shown` is false in the rare case that its articles are still on their way to the read model.
    """

    is_shown: bool = True


class ChildAfterCommand(ChildView):
    """A child after a command of its parent's owner; `is_shown` as in TicketAfterCommand."""

    is_shown: bool = True


class ChildOpened(BaseModel):
    """The number of a new child, and that of its parent."""

    number: str
    parent: str


class BulkResult(BaseModel):
    """What became of one ticket: the status that the call alone would have had, and the sentence of
    a refusal.
    """

    number: str
    status: int
    detail: str | None


class BulkResults(BaseModel):
    """What became of each ticket, in the order of the numbers."""

    results: list[BulkResult]


class Unread(BaseModel):
    """How many notices are unread, counted up to 100."""

    unread: int


class RequestAfterCommand(RequestWithArticles):
    """The request after a command; `is_shown` as in TicketAfterCommand."""

    is_shown: bool = True


TicketSeen = TypeAliasType(
    "TicketSeen",
    Annotated[TicketWithArticles | ChildView, Field(discriminator="view")] | RequestWithArticles,
)
"""A ticket as whoever asks may see it; a request has no `view`, because it has the same members
wherever its requester reads it.
"""

AfterCommand = TypeAliasType(
    "AfterCommand",
    Annotated[TicketAfterCommand | ChildAfterCommand, Field(discriminator="view")]
    | RequestAfterCommand
    | OutOfSight,
)
"""A ticket after a command, as far as the caller may see it now."""

AfterOwnCommand = TypeAliasType("AfterOwnCommand", RequestAfterCommand | OutOfSight)
"""A request after a command of its requester."""


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
