"""How tickets look to operators."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.portal.domain.family import FamilyNode, KnownTicket
from services.portal.domain.for_requesters import voice_of
from services.portal.domain.recipe_runs import run_view
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import (
    ArticleView,
    ChildView,
    LinkView,
    PersonView,
    RequesterView,
    TicketView,
    TicketWithArticles,
)
from shared.contracts.events.ticket_state import ENDED, State, TicketState
from shared.policy.permissions import rights_on

Around = Mapping[str, KnownTicket]
"""By number, what is known of the tickets that a ticket names: its parent, its children, its links,
what it was merged into.
"""

_NOTHING_AROUND: Around = {}
# Else the state says it: where it waits for children there is one, and what has ended has none.
_MAY_HAVE_OPEN_CHILD: frozenset[State] = frozenset({"open", "waiting_requester", "postponed"})
_NOT_BEFORE_CHILDREN = frozenset({"close", "merge"})
_NOT_AFTER_THE_PARENT = frozenset({"reopen", "requester_replies"})
"""Triggers that would reopen an ended child below a parent that has ended too."""


def named_by(ticket: TicketState) -> set[str]:
    """Return the numbers of the tickets that must be known to show `ticket`: an `Around`."""
    children = ticket.children if ticket.state in _MAY_HAVE_OPEN_CHILD else ()
    return {link.to for link in ticket.links} | {
        number for number in (ticket.parent, ticket.merged_into, *children) if number is not None
    }


def ticket_view(
    ticket: TicketState, viewer: Viewer, around: Around = _NOTHING_AROUND
) -> TicketView:
    """Return `ticket` as the operator `viewer` sees it."""
    return TicketView.model_construct(**_operator_facts(ticket, viewer, around))


def ticket_with_articles(
    ticket: TicketState,
    articles: Iterable[ArticleView],
    viewer: Viewer,
    language: str,
    *,
    around: Around = _NOTHING_AROUND,
    family: FamilyNode | None = None,
) -> TicketWithArticles:
    """Return `ticket` with its `articles` as the operator `viewer` sees it; what nobody wrote comes
    from the office.
    """
    return TicketWithArticles.model_construct(
        **_operator_facts(ticket, viewer, around),
        run=run_view(ticket.run, language) if ticket.run else None,
        family=family,
        articles=_signed(ticket, articles, viewer, language),
    )


def child_view(
    ticket: TicketState,
    articles: Iterable[ArticleView],
    viewer: Viewer,
    language: str,
    *,
    parent: KnownTicket,
) -> ChildView:
    """Return the child `ticket` as the owner of its `parent` gets it: of its articles those that
    pass up.
    """
    passed_up = [
        article.model_copy(update={"delivery": None})
        for article in articles
        if article.visible_to_requester
    ]
    return ChildView.model_construct(
        number=ticket.number,
        subject=ticket.subject,
        state=ticket.state,
        queue=ticket.queue,
        parent=ticket.parent,
        request_type=ticket.request_type,
        fields=ticket.fields,
        language=ticket.language,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        closed_at=ticket.closed_at,
        version=ticket.version,
        articles=_signed(ticket, passed_up, viewer, language),
        actions=_actions_on(ticket, viewer, {parent.number: parent}),
    )


def is_shown_in(around: Around, number: str | None, viewer: Viewer) -> bool:
    """Return whether `viewer` may see that the ticket `number` is referred to: what he may not see
    is not there.
    """
    ticket = around.get(number) if number is not None else None
    return ticket is not None and (viewer.sees(ticket) or viewer.may_read(ticket))


def _signed(
    ticket: TicketState, articles: Iterable[ArticleView], viewer: Viewer, language: str
) -> list[ArticleView]:
    """Return `articles` with the office as the author of what nobody wrote."""
    office = voice_of(ticket, viewer, language)
    return [
        article if article.author.name else article.model_copy(update={"author": office})
        for article in articles
    ]


def _operator_facts(ticket: TicketState, viewer: Viewer, around: Around) -> dict[str, Any]:
    actions = _actions_on(ticket, viewer, around)
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
        "requester": RequesterView.model_construct(
            name=ticket.requester.name,
            email=ticket.requester.email,
            assurance=ticket.requester.assurance,
        ),
        "request_type": ticket.request_type,
        "fields": ticket.fields,
        "context": ticket.context,
        "language": ticket.language,
        "parent": ticket.parent,
        "children": list(ticket.children),
        "links": [
            LinkView.model_construct(
                to=link.to, kind=link.kind, may_unlink=_may_work(around, link.to, viewer)
            )
            for link in ticket.links
            if is_shown_in(around, link.to, viewer)
        ],
        "merged_into": ticket.merged_into
        if is_shown_in(around, ticket.merged_into, viewer)
        else None,
        "watchers": list(ticket.watchers),
        "shared_with": [
            PersonView.model_construct(name=each.name, email=each.email)
            for each in ticket.shared_with
        ],
        "routing": ticket.routing,
        "postponed_until": ticket.postponed_until,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "closed_at": ticket.closed_at,
        "version": ticket.version,
        "actions": actions,
        "undoable_version": ticket.undoable.version
        if ticket.undoable is not None and "undo" in actions
        else None,
    }


def _actions_on(ticket: TicketState, viewer: Viewer, around: Around) -> list[str]:
    """Return what `viewer` may do to `ticket` as an operator, by the names under which it is asked
    for.

    To a child that another holds, the owner of its parent replies in the requester's place: there
    `reply` goes with `requester_replies`. A ticket of one's own is replied to among one's own
    requests.
    """
    parent = around.get(ticket.parent) if ticket.parent else None
    actions = viewer.actions_on(ticket, parent)
    useless: set[str] = set()
    if parent is not None and parent.state in ENDED and ticket.state in ENDED:
        useless |= _NOT_AFTER_THE_PARENT
    if "reply" in actions or not viewer.stands_above(ticket, parent):
        useless.add("requester_replies")
    elif "requester_replies" in actions and "requester_replies" not in useless:
        actions = [*actions, "reply"]
    if any(number in around and around[number].state not in ENDED for number in ticket.children):
        useless |= _NOT_BEFORE_CHILDREN
    if not viewer.entrances - {ticket.queue}:
        useless.add("move")
    if ticket.state == "merged" and any(
        _has_ended(around, number) for number in (ticket.merged_into, ticket.parent) if number
    ):
        useless.add("undo")
    if not any(_may_work(around, link.to, viewer) for link in ticket.links):
        useless.add("unlink")
    # Sorted: a database may forget the order of a ticket's facts, and a repeated command is
    # answered in the same words.
    return sorted(action for action in actions if action not in useless)


def _has_ended(around: Around, number: str) -> bool:
    return number in around and around[number].state in ENDED


def _may_work(around: Around, number: str, viewer: Viewer) -> bool:
    other = around.get(number)
    return other is not None and "rw" in rights_on(viewer.desk, viewer.identity, other.queue)
