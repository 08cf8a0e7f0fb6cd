"""What operators do between tickets and between people: families, recipes, merging, links, watching, sharing."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from services.portal.api.answers import After, ask, do
from services.portal.api.bodies import (
    ChildGiven,
    DecideGiven,
    LinkGiven,
    MergeGiven,
    NothingButVersion,
    ReasonGiven,
    ResendGiven,
    ShareCommandGiven,
    UndoGiven,
    UnlinkGiven,
    UnshareCommandGiven,
)
from services.portal.schemas import ChildOpened
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}", dependencies=[IF_MATCH])

NothingGiven = Annotated[NothingButVersion | None, Body()]


@router.post("/children", status_code=201)
async def children(
    request: Request, response: Response, caller: SignedIn, number: str, key: IdempotencyKey, given: ChildGiven
) -> ChildOpened:
    """Open a child in another queue, or where the rules send requests of a type; the ticket waits for it."""
    done = await ask(request, caller, "children", number, given, key)
    response.headers["Location"] = f"/api/tickets/{done.ticket.number}"
    return ChildOpened(number=done.ticket.number, parent=done.ticket.parent or number)


@router.post("/bounce")
async def bounce(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> After:
    """Send a child back to its parent's owner, who completes it or withdraws it."""
    return await do(request, caller, "bounce", number, given, key)


@router.post("/resend")
async def resend(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ResendGiven) -> After:
    """Send a child that came back again, to the queue it came from."""
    return await do(request, caller, "resend", number, given, key)


@router.post("/withdraw")
async def withdraw(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Take a child back while nobody has taken it."""
    return await do(request, caller, "withdraw", number, given, key)


@router.post("/decide")
async def decide(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: DecideGiven) -> After:
    """Say how a recipe goes on after a step that ended unsuccessfully."""
    return await do(request, caller, "decide", number, given, key)


@router.post("/merge")
async def merge(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: MergeGiven) -> After:
    """Make one of two tickets: the other one goes on."""
    return await do(request, caller, "merge", number, given, key)


@router.post("/links")
async def links(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: LinkGiven) -> After:
    """Refer to another ticket."""
    return await do(request, caller, "links", number, given, key)


@router.post("/unlink")
async def unlink(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UnlinkGiven) -> After:
    """Stop referring to another ticket, at both."""
    return await do(request, caller, "unlink", number, given, key)


@router.post("/watch")
async def watch(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Be told of what happens to the ticket."""
    return await do(request, caller, "watch", number, given, key)


@router.post("/unwatch")
async def unwatch(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Be told no more."""
    return await do(request, caller, "unwatch", number, given, key)


@router.post("/share")
async def share(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ShareCommandGiven) -> After:
    """Let somebody read the ticket as its requester does, whoever signs in with that address."""
    return await do(request, caller, "share", number, given, key)


@router.post("/unshare")
async def unshare(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UnshareCommandGiven) -> After:
    """Let whoever has this address read it no more."""
    return await do(request, caller, "unshare", number, given, key)


@router.post("/undo")
async def undo(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UndoGiven) -> After:
    """Take back a merge or a move."""
    return await do(request, caller, "undo", number, given, key)
