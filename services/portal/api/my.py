"""What the person who asked sees and does: own requests; and those that others shared with him, which he only reads."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request

from services.portal.api.bodies import Nothing, ReplyGiven, ShareGiven, UnshareGiven
from services.portal.api.described import REQUESTS
from services.portal.api.pagination import SortGiven, StateGiven, tickets_asked
from services.portal.context import portal_of
from services.portal.counts import count_act
from services.portal.domain.views import RequestWithArticles
from services.portal.queries.lists import list_requests
from services.portal.queries.tickets import get_request, show_request, state_now
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import AfterOwnCommand, OutOfSight, RequestAfterCommand, RequestPage
from services.portal.usecases import act
from shared.contracts.commands.tickets import RequesterReply, RequesterShare, RequesterUnshare, RequesterWithdraw, TicketCommand
from shared.core.cause import Cause
from shared.web.auth import Caller, SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.language import language_of
from shared.web.pagination import PageAsked
from shared.web.rate import client_of

router = APIRouter(tags=["my requests"], prefix="/api/my/requests")


@router.get("", operation_id="list_my_requests")
async def my_requests(
    request: Request,
    caller: SignedIn,
    page: PageAsked,
    state: StateGiven = "",
    q: Annotated[str, Query(description="A ticket number, or words that all must occur in what the caller may read")] = "",
    sort: SortGiven = "",
) -> RequestPage:
    """Return the caller's own requests and those shared with him, by default the newest first."""
    asked = tickets_asked(page, me=caller.identity, state=state, q=q, sort=sort, name="my requests")
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        found = await list_requests(
            connection,
            viewer,
            language=language_of(request),
            limit=asked.limit,
            after=asked.after,
            states=asked.wanted.states,
            sort=asked.sort,
            words=asked.wanted.words,
        )
    return RequestPage(items=found.items, next=asked.cursor(found.next))


@router.get("/{number}", operation_id="get_my_request")
async def my_request(request: Request, caller: SignedIn, number: str) -> RequestWithArticles:
    """Return one of the caller's own requests, or one shared with him, with what its requester may read of it."""
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        return await get_request(connection, viewer, number, language=language_of(request))


@router.post("/{number}/reply", operation_id="reply_to_my_request", responses=REQUESTS)
async def reply(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReplyGiven) -> AfterOwnCommand:
    """Write to the office."""
    return await _do(request, caller, RequesterReply(caller=caller.as_requester(), number=number, body=given.body), key)


@router.post("/{number}/withdraw", operation_id="withdraw_my_request", responses=REQUESTS)
async def withdraw(
    request: Request, caller: SignedIn, number: str, key: IdempotencyKey, _given: Annotated[Nothing | None, Body()] = None
) -> AfterOwnCommand:
    """Take the request back, while nobody works on it."""
    return await _do(request, caller, RequesterWithdraw(caller=caller.as_requester(), number=number), key)


@router.post("/{number}/share", operation_id="share_my_request", responses=REQUESTS)
async def share(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ShareGiven) -> AfterOwnCommand:
    """Let somebody read the request, whoever signs in with that address."""
    command = RequesterShare(caller=caller.as_requester(), number=number, name=given.name, email=given.email)
    return await _do(request, caller, command, key)


@router.post("/{number}/unshare", operation_id="unshare_my_request", responses=REQUESTS)
async def unshare(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UnshareGiven) -> AfterOwnCommand:
    """Let whoever has this address read it no more."""
    return await _do(request, caller, RequesterUnshare(caller=caller.as_requester(), number=number, email=given.email), key)


async def _do(request: Request, caller: Caller, command: TicketCommand, key: str | None) -> AfterOwnCommand:
    portal = portal_of(request)
    await count_act(portal, command, client=client_of(request.scope), key=key)
    done = await act(portal, command, key=key, cause=Cause.fresh(traceparent=request.headers.get("traceparent")))
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        # A repeat shows what may be read now.
        if not viewer.may_read(await state_now(connection, done.ticket)):
            return OutOfSight(number=done.ticket.number, queue=None, state=done.ticket.state)
        shown = await show_request(connection, viewer, done.ticket, language=language_of(request), until=done.ticket.updated_at)
    return RequestAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
