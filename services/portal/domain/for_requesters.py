"""How tickets look to the person who asked: operators appear as the office."""

from collections.abc import Iterable
from typing import Any

from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ArticleView, PersonView, RequestView, RequestWithArticles
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Actor


def request_view(ticket: TicketState, viewer: Viewer, language: str) -> RequestView:
    """Return `ticket` as its requester sees it, the office named in `language`."""
    return RequestView.model_construct(**_requester_facts(ticket, viewer, language))


def request_with_articles(
    ticket: TicketState,
    articles: Iterable[ArticleView],
    viewer: Viewer,
    language: str,
    *,
    merged_into: str | None = None,
) -> RequestWithArticles:
    """Return `ticket` as its requester sees it, with those of `articles` that may be read;
    operators appear as the office.

    `merged_into` is told where the viewer may read the ticket that goes on, too.
    """
    office = voice_of(ticket, viewer, language)
    shown = [
        _for_requester(article, ticket, office)
        for article in articles
        if article.visible_to_requester
    ]
    return RequestWithArticles.model_construct(
        **_requester_facts(ticket, viewer, language, merged_into), articles=shown
    )


def _requester_facts(
    ticket: TicketState, viewer: Viewer, language: str, merged_into: str | None = None
) -> dict[str, Any]:
    actions = viewer.actions_on(ticket)
    is_own = viewer.asked_for(ticket)
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
        # An operator may share what he works on, but not from here: it is not his request.
        "may_share": is_own and "share" in actions,
        "merged_into": merged_into,
        "shared_with": [
            PersonView.model_construct(name=each.name, email=each.email)
            for each in ticket.shared_with
        ]
        if is_own
        else [],
        "shared_by": None if is_own else ticket.requester.name,
        "answers": ticket.fields,
    }


def _office(ticket: TicketState, viewer: Viewer, language: str) -> str | None:
    first_level = viewer.desk.first_level(ticket.queue)
    return viewer.desk.queue_title(first_level, language) if first_level else None


def voice_of(ticket: TicketState, viewer: Viewer, language: str) -> Actor:
    """Return who speaks to the requester: the office, before there is one the desk."""
    name = _office(ticket, viewer, language) or viewer.desk.name.in_language(language)
    return Actor.model_construct(identity=None, name=name)


def _for_requester(article: ArticleView, ticket: TicketState, office: Actor) -> ArticleView:
    """Return `article` without its delivery; whoever is not the requester appears as the office."""
    return article.model_copy(
        update={"author": article.author if _is_own(article, ticket) else office, "delivery": None}
    )


def _is_own(article: ArticleView, ticket: TicketState) -> bool:
    """Return whether the requester wrote `article`.

    A reply always comes from there, also when who asked without signing in writes it signed in
    later. A request may have been filed by an operator.
    """
    return article.kind == "reply" or (
        article.kind == "request" and article.author.identity in (None, ticket.requester.identity)
    )
