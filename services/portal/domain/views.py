"""How tickets look: to operators, and to the person who asked. These are also the API's JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.portal.domain.viewer import Viewer
from shared.events.intake import Answer
from shared.events.notify import DeliveryState, MailKind
from shared.events.people import Actor, Context
from shared.events.ticket_state import AboutChild, ArticleKind, Link, Routing, State, TicketState


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonView(_View):
    """Who asked."""

    name: str
    email: str


class DeliveryView(_View):
    """How the mail that an article is, or was sent as, is doing."""

    kind: MailKind
    state: DeliveryState
    recipient: str
    reason: str | None
    at: datetime


class ArticleView(_View):
    """One row inside a ticket. `delivery` is shown to operators only."""

    id: UUID
    kind: ArticleKind
    author: Actor
    visible_to_requester: bool
    subject: str
    body: str
    created_at: datetime
    child: AboutChild | None = None
    delivery: DeliveryView | None = None


class TicketView(_View):
    """A ticket as an operator sees it; `actions` is what the caller may do to it now."""

    number: str
    subject: str
    state: State
    queue: str | None = Field(description="null until routed")
    priority: int = Field(ge=1, le=5)
    owner: str | None
    responsible: str | None
    last_owner: str | None
    closed_by: str | None
    requester: PersonView
    request_type: str | None
    fields: dict[str, Answer]
    context: Context
    language: Literal["it", "en"]
    parent: str | None
    children: list[str]
    links: list[Link]
    routing: Routing | None
    postponed_until: datetime | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    actions: list[str]


class TicketWithArticles(TicketView):
    """A ticket with everything in it, oldest first."""

    articles: list[ArticleView]


class RequestView(_View):
    """A ticket as its requester sees it. `office` is the first-level queue; `may_reply` and `may_withdraw` are for pages only."""

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


def ticket_view(ticket: TicketState, viewer: Viewer) -> TicketView:
    """Return `ticket` as the operator `viewer` sees it."""
    return TicketView.model_construct(**_operator_facts(ticket, viewer))


def ticket_with_articles(ticket: TicketState, articles: Iterable[ArticleView], viewer: Viewer, language: str) -> TicketWithArticles:
    """Return `ticket` with its `articles` as the operator `viewer` sees it; what nobody wrote comes from the office."""
    office = _voice(ticket, viewer, language)
    signed = [article if article.author.name else article.model_copy(update={"author": office}) for article in articles]
    return TicketWithArticles.model_construct(**_operator_facts(ticket, viewer), articles=signed)


def request_view(ticket: TicketState, viewer: Viewer, language: str) -> RequestView:
    """Return `ticket` as its requester sees it, the office named in `language`."""
    return RequestView.model_construct(**_requester_facts(ticket, viewer, language))


def request_with_articles(ticket: TicketState, articles: Iterable[ArticleView], viewer: Viewer, language: str) -> RequestWithArticles:
    """Return `ticket` as its requester sees it, with those of `articles` that may be read; operators appear as the office."""
    office = _voice(ticket, viewer, language)
    shown = [_for_requester(article, ticket, office) for article in articles if article.visible_to_requester]
    return RequestWithArticles.model_construct(**_requester_facts(ticket, viewer, language), articles=shown)


def _operator_facts(ticket: TicketState, viewer: Viewer) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "state": ticket.state,
        "queue": ticket.queue,
        "priority": ticket.priority,
        "owner": ticket.owner,
        "responsible": ticket.responsible,
        "last_owner": ticket.last_owner,
        "closed_by": ticket.closed_by,
        "requester": PersonView.model_construct(name=ticket.requester.name, email=ticket.requester.email),
        "request_type": ticket.request_type,
        "fields": ticket.fields,
        "context": ticket.context,
        "language": ticket.language,
        "parent": ticket.parent,
        "children": list(ticket.children),
        "links": list(ticket.links),
        "routing": ticket.routing,
        "postponed_until": ticket.postponed_until,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "closed_at": ticket.closed_at,
        "version": ticket.version,
        "actions": viewer.actions_on(ticket),
    }


def _requester_facts(ticket: TicketState, viewer: Viewer, language: str) -> dict[str, Any]:
    actions = viewer.actions_on(ticket)
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "state": ticket.state,
        "office": _office(ticket, viewer, language),
        "request_type": ticket.request_type,
        "language": ticket.language,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "closed_at": ticket.closed_at,
        "version": ticket.version,
        "may_reply": "requester_replies" in actions,
        "may_withdraw": "withdraw" in actions,
    }


def _office(ticket: TicketState, viewer: Viewer, language: str) -> str | None:
    first_level = viewer.desk.first_level(ticket.queue)
    return viewer.desk.queue_title(first_level, language) if first_level else None


def _voice(ticket: TicketState, viewer: Viewer, language: str) -> Actor:
    """Return who speaks to the requester: the office, before there is one the desk."""
    name = _office(ticket, viewer, language) or viewer.desk.name.in_language(language)
    return Actor.model_construct(identity=None, name=name)


def _for_requester(article: ArticleView, ticket: TicketState, office: Actor) -> ArticleView:
    """Return `article` without its delivery; whoever is not the requester appears as the office."""
    return article.model_copy(update={"author": article.author if _is_own(article, ticket) else office, "delivery": None})


def _is_own(article: ArticleView, ticket: TicketState) -> bool:
    """Return whether the requester wrote `article`.

    A reply always comes from there, also when who asked without signing in writes it signed in later. A request may have been filed by
    an operator.
    """
    return article.kind == "reply" or (article.kind == "request" and article.author.identity in (None, ticket.requester.identity))
