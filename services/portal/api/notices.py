"""What an operator was told, and how he wants to be told."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema

from services.portal.api.bodies import PreferencesGiven, ReadGiven
from services.portal.api.described import OPERATORS_ONLY, PREFERENCES
from services.portal.api.pagination import read_notice_position, write_notice_cursor
from services.portal.context import portal_of
from services.portal.domain.notices import Preferences
from services.portal.queries.notices import count_unread, list_notices, preferences_of
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import NoticePage, Unread
from services.portal.usecases import read_notices, set_preferences
from shared.contracts.commands.notify import SetPreferences
from shared.core.cause import Cause
from shared.core.errors import MissingRight
from shared.web.auth import Caller, SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.pagination import PageAsked

router = APIRouter(tags=["notices"], prefix="/api/notices", responses=OPERATORS_ONLY)


@router.get("", operation_id="list_notices")
async def notices(
    request: Request,
    caller: SignedIn,
    page: PageAsked,
    unread: Annotated[
        bool | None,
        Query(description="Only what is unread, or only what was read"),
        WithJsonSchema({"type": "boolean"}),
    ] = None,
) -> NoticePage:
    """Return what the caller was told about tickets that he still sees, newest first."""
    after = read_notice_position(page)
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        if not viewer.is_operator:
            raise MissingRight("ro")
        found, following = await list_notices(
            connection, viewer, unread=unread, limit=page.limit, after=after
        )
    return NoticePage(items=found, next=write_notice_cursor(following))


@router.get("/unread", operation_id="count_unread_notices")
async def unread(request: Request, caller: SignedIn) -> Unread:
    """Return how many notices are unread, counted up to 100."""
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        if not viewer.is_operator:
            raise MissingRight("ro")
        return Unread(unread=await count_unread(connection, viewer))


@router.post("/read", operation_id="read_notices", status_code=204)
async def read(request: Request, caller: SignedIn, key: IdempotencyKey, given: ReadGiven) -> None:
    """Mark notices as read: some, or all.

    Ids that are not among the caller's own change nothing.
    """
    await _operators_only(request, caller)
    await read_notices(portal_of(request), operator=caller.identity, ids=given.ids, key=key)


@router.get("/preferences", operation_id="get_preferences")
async def preferences(request: Request, caller: SignedIn) -> Preferences:
    """Return how the caller wants to be told."""
    await _operators_only(request, caller)
    async with portal_of(request).database.reading() as connection:
        return await preferences_of(connection, caller.identity)


@router.put("/preferences", operation_id="set_preferences", responses=PREFERENCES)
async def choose(
    request: Request, caller: SignedIn, key: IdempotencyKey, given: PreferencesGiven
) -> Preferences:
    """Choose how to be told, whole: what is not named is as it was at the beginning."""
    await _operators_only(request, caller)
    command = SetPreferences(
        caller=caller.as_requester(), rhythm=given.rhythm, muted=tuple(given.muted)
    )
    cause = Cause.fresh(traceparent=request.headers.get("traceparent"))
    return await set_preferences(portal_of(request), command, key=key, cause=cause)


async def _operators_only(request: Request, caller: Caller) -> None:
    async with portal_of(request).database.reading() as connection:
        if not (await viewer_of(connection, caller.as_requester())).is_operator:
            raise MissingRight("ro")
