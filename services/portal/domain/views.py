"""How tickets look: to operators, and to the person who asked. These are also the API's JSON."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.portal.domain.family import FamilyNode
from services.portal.domain.recipe_runs import RunView
from shared.contracts.events.intake import Answer
from shared.contracts.events.notify import DeliveryState, MailKind
from shared.contracts.events.ticket_state import AboutChild, ArticleKind, LinkKind, Routing, State
from shared.contracts.people import Actor, Assurance, Context


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonView(_View):
    """Somebody whom a ticket is shared with."""

    name: str
    email: str


class RequesterView(PersonView):
    """Who asked, and how sure that is: they had signed in, they opened the link mailed to the
    address, or nothing proves it.
    """

    assurance: Assurance


def assurance_of(actor: Actor, requester: RequesterView) -> Assurance | None:
    """Return how sure it is who the requester is, where `actor` is the requester; None for anybody
    else.

    Who had signed in is the requester only of a request that was sent signed in: a guest may have
    typed an operator's name.
    """
    is_requester = actor.name == requester.name and (
        actor.identity is None or requester.assurance == "signed_in"
    )
    return requester.assurance if is_requester else None


class DeliveryView(_View):
    """How the mail that an article is, or was sent as, is doing."""

    id: UUID
    kind: MailKind
    state: DeliveryState
    recipient: str
    reason: str | None
    at: datetime


class LinkView(_View):
    """A reference to another ticket.

    `may_unlink`, for pages only: the viewer may work that one, too.
    """

    to: str
    kind: LinkKind
    may_unlink: bool = Field(default=False, exclude=True)


class ArticleView(_View):
    """One row inside a ticket.

    `delivery` is for operators only; `merged_from` is the number of the merged ticket that it came
    from.
    """

    id: UUID
    kind: ArticleKind
    author: Actor
    visible_to_requester: bool
    subject: str
    body: str
    created_at: datetime
    child: AboutChild | None = None
    delivery: DeliveryView | None = None
    merged_from: str | None = None


class TicketView(_View):
    """A ticket as an operator sees it; `actions` is what the caller may do to it now.

    `links` and `merged_into` name only tickets that the caller may see; `watchers` are identities.
    """

    number: str
    subject: str
    state: State
    queue: str | None = Field(description="null until routed")
    priority: int = Field(ge=1, le=5)
    owner: str | None
    responsible: str | None
    last_owner: str | None
    closed_by: str | None
    requester: RequesterView
    request_type: str | None
    fields: dict[str, Answer]
    context: Context
    language: Literal["it", "en"]
    parent: str | None
    children: list[str]
    links: list[LinkView]
    merged_into: str | None
    watchers: list[str]
    shared_with: list[PersonView]
    routing: Routing | None
    postponed_until: datetime | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    actions: list[str]
    undoable_version: int | None = Field(
        description="what undo takes; null where the caller may undo nothing"
    )


class TicketWithArticles(TicketView):
    """A ticket with everything in it, oldest first; `run` is its recipe at work, `family` those
    above and below it.
    """

    view: Literal["ticket"] = "ticket"
    run: RunView | None
    family: FamilyNode | None
    articles: list[ArticleView]


class ChildView(_View):
    """A child as the owner of its parent gets it, who does not see its queue: what passes up, and
    what they may do to it now.
    """

    view: Literal["child"] = "child"
    number: str
    subject: str
    state: State
    queue: str | None
    parent: str | None
    request_type: str | None
    fields: dict[str, Answer]
    language: Literal["it", "en"]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    articles: list[ArticleView]
    actions: list[str]


class RequestView(_View):
    """A ticket as its requester sees it, and whoever it is shared with.

    `office` is the first-level queue.

    For pages only: `may_reply`, `may_withdraw`, `may_share`; `merged_into`, the ticket that goes on
    with this one where he may read it too; `shared_with`, for the requester himself, and
    `shared_by`, for others: the name of who asked; `answers`, those of the form.
    """

    number: str
    subject: str
    state: State
    office: str | None
    request_type: str | None
    language: Literal["it", "en"]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    may_reply: bool = Field(exclude=True)
    may_withdraw: bool = Field(exclude=True)
    may_share: bool = Field(exclude=True)
    merged_into: str | None = Field(exclude=True)
    shared_with: list[PersonView] = Field(exclude=True)
    shared_by: str | None = Field(exclude=True)
    answers: dict[str, Answer] = Field(exclude=True)


class RequestWithArticles(RequestView):
    """A request with what its requester may read, oldest first."""

    articles: list[ArticleView]


class HistoryEntry(_View):
    """One change of a ticket; `changes` is field -> (before, after), `event` the event's name."""

    version: int
    at: datetime
    actor: Actor
    event: str
    reason: str | None
    changes: dict[str, tuple[JsonValue, JsonValue]]
