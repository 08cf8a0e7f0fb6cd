"""The dashboard, the queues and the search: lists of tickets for operators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.api.pagination import TicketsAsked, tickets_asked
from services.portal.context import portal_of
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import TicketView
from services.portal.pages.breadcrumbs import (
    ALL_TICKETS,
    DASHBOARD,
    QUEUES,
    ancestors_of,
    remember,
    remembered,
)
from services.portal.pages.choices import (
    BULK_RIGHTS,
    operators_with_right_in,
    priority_choices,
    queues_to_move_to,
)
from services.portal.pages.filters import (
    NOT_KEPT,
    Filters,
    list_address,
    offered_choices,
    read_filters,
)
from services.portal.pages.layout import looking, operators_only, show
from services.portal.pages.stale_rows import Belongs, fits_filter, rows_left
from services.portal.queries.lists import list_tickets
from services.portal.queries.overview import BEGUN_STATES, WAITING_STATES, dashboard, queue_tree
from shared.core.errors import NotThere
from shared.core.ids import new_id
from shared.text.sentences import N_
from shared.web.auth import Caller, SignedIn
from shared.web.errors import Problem
from shared.web.language import Translator
from shared.web.pagination import Page
from shared.web.state import translator_of

router = APIRouter(include_in_schema=False)

ROWS = 25
UNDELIVERED_SHOWN = timedelta(days=30)
"""For how long the dashboard shows a mail that was not delivered."""
PICKED = "ticket-"
"""What the name of the box begins with that picks a ticket of a list; the number follows."""


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the dashboard."""

    key: str
    title: str
    href: str
    tickets: list[TicketView]
    empty_title: str = ""
    empty_text: str = ""


@router.get(DASHBOARD)
async def dashboard_of_caller(request: Request, caller: SignedIn) -> Response:
    """What is new, what is mine, what nobody holds, and the queues."""
    return await _dashboard_page(request, caller)


@router.get("/manage/queues/{queue:path}")
async def one_queue(request: Request, caller: SignedIn, queue: str) -> Response:
    """The tickets of a queue and of those below it."""
    return await _list_page(request, caller, queue, request.url.query)


@router.get(ALL_TICKETS)
async def all_tickets(request: Request, caller: SignedIn) -> Response:
    """The tickets of all queues one may see; a search for a number leads to that ticket."""
    return await _list_page(request, caller, "", request.url.query)


@dataclass(frozen=True, slots=True)
class Result:
    """How an action on many tickets ended for one of them, in words."""

    number: str
    is_done: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action did to tickets of the list: the problem that it met, or the results for many
    tickets.

    `typed` is what stands in the form for many tickets again, `key` the command id to send it again
    with (None: a new one).
    """

    problem: Problem | None = None
    results: Sequence[Result] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


_NOTHING_DONE = Acted()


async def list_again(request: Request, caller: Caller, address: str, acted: Acted) -> Response:
    """Return the list at `address` (see is_list_address) with what an action in it did."""
    parts = urlsplit(address)
    if parts.path == DASHBOARD:
        return await _dashboard_page(request, caller, acted)
    return await _list_page(request, caller, _queue_in(parts.path), parts.query, acted)


async def numbers_matching(
    request: Request, caller: Caller, address: str, *, most: int
) -> list[str]:
    """Return the numbers of the tickets that match the filters of the list at `address`, whatever
    its page; at most `most`.
    """
    parts = urlsplit(address)
    queue, filters = (
        _queue_in(parts.path),
        read_filters(parts.query, remembered_sort=remembered(request, caller, "sportello_sort")),
    )
    wanted = _wanted(Page(limit=most), caller, queue, filters)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        found = await list_tickets(connection, viewer, wanted.wanted, sort=wanted.sort, limit=most)
    return [ticket.number for ticket in found.items]


def _queue_in(path: str) -> str:
    return path.removeprefix(QUEUES) if path.startswith(QUEUES) else ""


def _wanted(page: Page, caller: Caller, queue: str, filters: Filters) -> TicketsAsked:
    states = ",".join(filters.states)
    return tickets_asked(
        page,
        me=caller.identity,
        queue=queue,
        state=states,
        owner=filters.owner,
        q=filters.words,
        sort=filters.sort,
    )


async def _dashboard_page(
    request: Request, caller: Caller, acted: Acted = _NOTHING_DONE
) -> Response:
    translate = translator_of(request)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        failed_since = portal_of(request).database.clock.now() - UNDELIVERED_SHOWN
        shown = await dashboard(connection, viewer, failed_since=failed_since)
        tree = await queue_tree(connection, viewer, translate.language)
        listed = [
            ticket
            for pile in (shown.new, shown.mine, shown.waiting, shown.returned, shown.unassigned)
            for ticket in pile.tickets
        ]
        left = await rows_left(request, connection, viewer, listed, _sections_of(caller.identity))
    new, mine, waiting, unassigned = (f"{ALL_TICKETS}?{query}" for query in _PILES)
    mine_empty = translate(N_("You have no open tickets"))
    sections = [
        Section(
            "new",
            translate(N_("New tickets")),
            new,
            shown.new.tickets,
            translate(N_("No new tickets")),
            translate(_BY_THEMSELVES),
        ),
        Section(
            "mine",
            translate(N_("My tickets")),
            mine,
            shown.mine.tickets,
            mine_empty,
            translate(_TAKE_ONE),
        ),
    ]
    if shown.unassigned.tickets:
        sections.insert(
            1,
            Section(
                "unassigned",
                translate(N_("In progress, without an owner")),
                unassigned,
                shown.unassigned.tickets,
            ),
        )
    if shown.returned.tickets:
        sections.insert(
            0,
            Section(
                "returned",
                translate(N_("Returned by another office")),
                waiting,
                shown.returned.tickets,
            ),
        )
    if shown.waiting.tickets:
        sections.append(
            Section("waiting", translate(N_("My waiting tickets")), waiting, shown.waiting.tickets)
        )
    tiles = [
        (new, shown.new.count, translate(N_("new, to take"))),
        (unassigned, shown.unassigned.count, translate(N_("without an owner"))),
        (mine, shown.mine.count, translate(N_("mine, open"))),
        (waiting, shown.waiting.count, translate(N_("mine, waiting"))),
    ]
    facts = {
        "show_queue": len(viewer.queues) > 1,
        "tiles": tiles,
        "lists": sections,
        "tree": tree,
        "left": left,
        "unplaced": shown.unplaced,
        "undelivered": shown.undelivered,
        "undo": _undo_offered(request.query_params),
        "may_file": any(
            viewer.desk.may_file_for_somebody(caller.identity, slug) for slug in viewer.desk.forms
        ),
    }
    shown_tickets = [ticket for section in sections for ticket in section.tickets]
    bulk = _bulk_facts(viewer, sorted(viewer.queues), shown_tickets, acted, translate)
    page = show(request, viewer, "manage.html", problem=acted.problem, **facts, **bulk)
    remember(request, page, caller, "sportello_list", DASHBOARD)
    return page


def _sections_of(me: str) -> Belongs:
    """Return which tickets belong to the lists of the dashboard of `me`."""
    return {
        "list-new": lambda ticket: ticket.state == "new",
        "list-mine": lambda ticket: ticket.owner == me and ticket.state == "open",
        "list-waiting": lambda ticket: ticket.owner == me and ticket.state in WAITING_STATES,
        "list-unassigned": lambda ticket: ticket.owner is None and ticket.state in BEGUN_STATES,
    }


def _undo_offered(asked: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the number and version of the move, out of the caller's sight, that the address says
    was just made.
    """
    action, _, number = asked.get("done", "").partition(":")
    version = asked.get("undo", "")
    is_sound = (
        action == "move"
        and is_possible_number(number)
        and version.isascii()
        and version.isdigit()
        and len(version) < 10
    )
    return (number, version) if is_sound else None


_BY_THEMSELVES = N_("New requests appear here by themselves.")
_TAKE_ONE = N_("Take a ticket and it appears here.")
_PILES = (
    urlencode({"state": "new", "sort": "created_at", **NOT_KEPT}),
    urlencode({"state": "open", "owner": "me", "sort": "updated_at", **NOT_KEPT}),
    urlencode({"state": "waiting", "owner": "me", "sort": "updated_at", **NOT_KEPT}),
    urlencode({"state": "begun", "owner": "none", "sort": "created_at", **NOT_KEPT}),
)


async def _list_page(
    request: Request, caller: Caller, queue: str, query: str, acted: Acted = _NOTHING_DONE
) -> Response:
    translate = translator_of(request)
    filters = read_filters(query, remembered_sort=remembered(request, caller, "sportello_sort"))
    page = Page(limit=ROWS, cursor=filters.cursor)
    wanted = _wanted(page, caller, queue, filters)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        if queue and queue not in viewer.queues:
            raise NotThere
        found = await list_tickets(
            connection,
            viewer,
            wanted.wanted,
            sort=wanted.sort,
            limit=wanted.limit,
            after=wanted.after,
        )
        tree = await queue_tree(connection, viewer, translate.language)
        left = await rows_left(
            request, connection, viewer, found.items, {"list": fits_filter(wanted.wanted, viewer)}
        )
    if not queue and is_possible_number(filters.words) and len(found.items) == 1:
        return RedirectResponse(f"{ALL_TICKETS}/{found.items[0].number}", status_code=303)
    path, kept = f"{QUEUES}{queue}" if queue else ALL_TICKETS, filters.kept
    here = list_address(path, {**kept, **({"cursor": page.cursor} if page.cursor else {})})
    next_cursor = wanted.cursor(found.next)
    title = viewer.desk.queue_title(queue, translate.language) or translate(N_("All queues"))
    shown = show(
        request,
        viewer,
        "queue.html",
        problem=acted.problem,
        queue=queue,
        show_queue=not queue or len(viewer.branch(queue)) > 1,
        title=title,
        ancestors=ancestors_of(viewer, queue, translate.language),
        path=path,
        here=here,
        **offered_choices(filters, viewer, queue, translate),
        tickets=found.items,
        tree=tree,
        next_url=list_address(path, {**kept, "cursor": next_cursor}) if next_cursor else "",
        first_url=list_address(path, kept) if page.cursor else "",
        left=left,
        **_bulk_facts(
            viewer,
            [queue] if queue else sorted(viewer.queues),
            found.items,
            acted,
            translate,
            has_more=bool(next_cursor or page.cursor),
        ),
    )
    remember(request, shown, caller, "sportello_list", here)
    if filters.chosen_sort:
        remember(request, shown, caller, "sportello_sort", wanted.sort)
    return shown


def _bulk_facts(
    viewer: Viewer,
    queues: Sequence[str],
    tickets: Iterable[TicketView],
    acted: Acted,
    translate: Translator,
    *,
    has_more: bool = False,
) -> dict[str, Any]:
    """Return what the form for many tickets of `queues` offers, and what it did.

    It offers what can be done to one of the `tickets` shown at least; where the list `has_more`,
    what the viewer's rights allow on others. What was typed for stays, whatever came of it.
    """
    offered = {action for ticket in tickets for action in ticket.actions}
    if has_more:
        offered |= {
            action
            for action in BULK_RIGHTS
            if any(
                BULK_RIGHTS[action] in viewer.desk.rights(viewer.identity, each) for each in queues
            )
        }
    return {
        "bulk_offered": (offered | {acted.typed.get("action", "")}) & BULK_RIGHTS.keys(),
        "results": acted.results,
        "typed": acted.typed,
        "picked": {name.removeprefix(PICKED) for name in acted.typed if name.startswith(PICKED)},
        "bulk_command_id": acted.key or new_id(),
        "operators": operators_with_right_in(viewer, queues, translate),
        "witnesses": operators_with_right_in(viewer, queues, translate, right="ro"),
        # Into the only queue whose tickets are listed none of them can be moved.
        "targets": queues_to_move_to(
            viewer,
            queues[0] if len(queues) == 1 and len(viewer.branch(queues[0])) == 1 else None,
            translate,
        ),
        "priority_choices": priority_choices(translate),
    }
