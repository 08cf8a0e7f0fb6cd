"""Reading tickets."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.portal.api.described import OPERATORS_ONLY
from services.portal.api.pagination import UNREADABLE_CURSOR, SortGiven, StateGiven, tickets_asked
from services.portal.context import portal_of
from services.portal.queries.history import get_history
from services.portal.queries.lists import list_tickets
from services.portal.queries.tickets import get_ticket_or_request
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import HistoryPage, TicketPage, TicketSeen
from shared.contracts.people import Actor
from shared.core.errors import MissingRight, NotThere
from shared.web.auth import SignedIn
from shared.web.errors import BadInput
from shared.web.language import language_of
from shared.web.openapi import answers_with
from shared.web.pagination import PageAsked, make_cursor
from shared.web.state import translator_of
from shared.web.versions import etag

router = APIRouter(tags=["tickets"])


@router.get("/api/tickets", operation_id="list_tickets", responses=OPERATORS_ONLY)
async def tickets(
    request: Request,
    caller: SignedIn,
    page: PageAsked,
    queue: Annotated[str, Query(description="A queue, its sub-queues included")] = "",
    state: StateGiven = "",
    owner: Annotated[str, Query(description="`me`, `none` or an identity")] = "",
    q: Annotated[str, Query(description="A ticket number, or words that all must occur")] = "",
    request_type: Annotated[str, Query(description="A form's slug")] = "",
    sort: SortGiven = "",
) -> TicketPage:
    """Return the tickets the caller may see, a page at a time, by default the newest first."""
    asked = tickets_asked(
        page,
        me=caller.identity,
        queue=queue,
        state=state,
        owner=owner,
        q=q,
        request_type=request_type,
        sort=sort,
    )
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        if not viewer.is_operator:
            raise MissingRight("ro")
        found = await list_tickets(
            connection, viewer, asked.wanted, sort=asked.sort, limit=asked.limit, after=asked.after
        )
    return TicketPage(items=found.items, next=asked.cursor(found.next))


@router.get(
    "/api/tickets/{number}",
    operation_id="get_ticket",
    responses=answers_with(200, "ETag", "The version, for the If-Match of a command"),
)
async def ticket(request: Request, response: Response, caller: SignedIn, number: str) -> TicketSeen:
    """Return a ticket as the caller gets it: an operator all of it, its parent's owner what passes
    up, its requester what concerns them.

    The `ETag` is its version, for the If-Match of a command.
    """
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        shown = await get_ticket_or_request(
            connection, viewer, number, language=language_of(request)
        )
    response.headers["ETag"] = etag(shown.version)
    return shown


@router.post("/api/tickets/{number}", include_in_schema=False)
async def nothing_to_post(number: str) -> None:
    """Refuse as absent what no call exists for; by itself the router would answer 405, as if there
    were such a ticket.
    """
    raise NotThere


@router.get(
    "/api/tickets/{number}/history", operation_id="get_ticket_history", responses=OPERATORS_ONLY
)
async def history(request: Request, caller: SignedIn, number: str, page: PageAsked) -> HistoryPage:
    """Return what happened to a ticket, oldest first."""
    scope = f"history {number}"
    after = page.after(scope, int)
    version = after[0] if after else 0
    if not isinstance(version, int) or not 0 <= version < 2**31:
        raise BadInput.of("cursor", UNREADABLE_CURSOR)
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        entries, last = await get_history(
            connection, viewer, number, limit=page.limit, after=version
        )
    system = translator_of(request)("the system")
    named = [
        entry
        if entry.actor.name
        else entry.model_copy(update={"actor": Actor(identity=None, name=system)})
        for entry in entries
    ]
    return HistoryPage(items=named, next=make_cursor(scope, (last,)) if last else None)
