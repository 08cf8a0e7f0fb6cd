"""Signing in (by choosing an identity, in demo mode), signing out, and who one is."""

from hashlib import sha256

from fastapi import APIRouter, Depends, Request, Response

from services.portal.api.bodies import SessionGiven
from services.portal.api.described import SIGNING_IN
from services.portal.context import portal_of
from services.portal.errors import DemoOnly
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import Me, SessionMade, me_of
from services.portal.usecases import use_key
from shared.core.errors import ImpossibleValue
from shared.database.desk_copy import current_desk
from shared.web.auth import SignedIn, clear_session, same_site, set_session
from shared.web.demo import demo_from_here, known_person
from shared.web.idempotency import IdempotencyKey
from shared.web.security_log import log_security

router = APIRouter(tags=["session"])


@router.post(
    "/api/session",
    operation_id="sign_in",
    responses=SIGNING_IN,
    dependencies=[Depends(same_site), Depends(demo_from_here)],
)
async def sign_in(
    request: Request, response: Response, given: SessionGiven, key: IdempotencyKey
) -> SessionMade:
    """Sign in as one of the desk's identities (demo mode only): a cookie, and the same token for
    `Authorization: Bearer`.

    A repeat with the same key is the same person signed in anew; no token is kept anywhere.
    """
    portal = portal_of(request)
    if not portal.is_demo:
        raise DemoOnly
    async with portal.database.reading() as connection:
        desk = (await current_desk(connection)).desk
    try:
        caller = known_person(desk, given.identity)
    except ImpossibleValue:
        log_security("security.sign_in.refused", request)
        raise
    if key is not None:
        async with portal.database.transaction() as uow:
            await use_key(
                uow, key, scope="portal.session", meant=sha256(caller.identity.encode()).digest()
            )
    token = set_session(request, response, caller)
    log_security("security.signed_in", request, identity=caller.identity)
    return SessionMade(token=token, identity=caller.identity, name=caller.name)


@router.delete("/api/session", operation_id="sign_out", status_code=204)
async def sign_out(request: Request) -> Response:
    """Sign out; harmless for somebody who is not signed in."""
    response = Response(status_code=204)
    log_security("security.signed_out", request)
    clear_session(request, response)
    return response


@router.get("/api/me", operation_id="get_me")
async def me(request: Request, caller: SignedIn) -> Me:
    """Return who the caller is and may do."""
    async with portal_of(request).database.reading() as connection:
        return me_of(await viewer_of(connection, caller.as_requester()))
