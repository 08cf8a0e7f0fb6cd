"""What requesters see and do: their own requests, and those that others shared with them, which
they only read.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.portal.api.bodies import CommandBody, takes_body
from services.portal.api.described import REQUESTS
from services.portal.api.pagination import SortGiven, StateGiven, tickets_asked
from services.portal.context import portal_of
from services.portal.domain.views import RequestWithArticles
from services.portal.queries.lists import list_requests
from services.portal.queries.tickets import get_request, show_request, state_now
from services.portal.queries.viewers import viewer_of
from services.portal.quotas import count_act
from services.portal.schemas import AfterOwnCommand, OutOfSight, RequestAfterCommand, RequestPage
from services.portal.usecases import act
from shared.contracts.commands.tickets import TicketCommand
from shared.core.cause import Cause
from shared.policy.actions.action import Action
from shared.policy.actions.registry import actions_of
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
    q: Annotated[
        str,
        Query(
            description="A ticket number, or words that all must occur in what the caller may read"
        ),
    ] = "",
    sort: SortGiven = "",
) -> RequestPage:
    """Return the caller's own requests and those shared with them, by default the newest first."""
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
    """Return one of the caller's own requests, or one shared with them, with what its requester may
    read of it.
    """
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        return await get_request(connection, viewer, number, language=language_of(request))


def _add_route(action: Action) -> None:
    async def route(
        request: Request,
        caller: SignedIn,
        number: str,
        key: IdempotencyKey,
        given: CommandBody | None = None,
    ) -> AfterOwnCommand:
        facts = given.model_dump() if given is not None else {}
        command = action.command(caller=caller.as_requester(), number=number, **facts)
        return await _do(request, caller, command, key)

    router.add_api_route(
        f"/{{number}}/{action.path}",
        takes_body(route, action),
        methods=["POST"],
        name=action.path,
        operation_id=action.operation,
        description=action.about,
        responses=REQUESTS,
    )


for _action in actions_of("requester").values():
    _add_route(_action)


async def _do(
    request: Request, caller: Caller, command: TicketCommand, key: str | None
) -> AfterOwnCommand:
    portal = portal_of(request)
    await count_act(portal, command, client=client_of(request.scope), key=key)
    done = await act(
        portal, command, key=key, cause=Cause.fresh(traceparent=request.headers.get("traceparent"))
    )
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        # A repeat shows what may be read now.
        if not viewer.may_read(await state_now(connection, done.ticket)):
            return OutOfSight(number=done.ticket.number, queue=None, state=done.ticket.state)
        shown = await show_request(
            connection,
            viewer,
            done.ticket,
            language=language_of(request),
            until=done.ticket.updated_at,
        )
    return RequestAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
