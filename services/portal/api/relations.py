"""What operators do between tickets and between people: families, recipes, merging, links, watching, sharing."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from services.portal.api.answers import ask, do
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
from services.portal.api.described import COMMANDS, OPENING
from services.portal.schemas import AfterCommand, ChildOpened
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}", dependencies=[IF_MATCH], responses=COMMANDS)

NothingGiven = Annotated[NothingButVersion | None, Body()]


@router.post("/children", operation_id="open_child", status_code=201, responses=COMMANDS | OPENING)
async def children(
    request: Request, response: Response, caller: SignedIn, number: str, key: IdempotencyKey, given: ChildGiven
) -> ChildOpened:
    """Open a child in another queue, or where the rules send requests of a type; the ticket waits for it."""
    done = await ask(request, caller, "children", number, given, key)
    response.headers["Location"] = f"/api/tickets/{done.ticket.number}"
    return ChildOpened(number=done.ticket.number, parent=done.ticket.parent or number)


@router.post("/bounce", operation_id="bounce_child")
async def bounce(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> AfterCommand:
    """Send a child back to its parent's owner, who completes it or withdraws it."""
    return await do(request, caller, "bounce", number, given, key)


@router.post("/resend", operation_id="resend_child")
async def resend(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ResendGiven) -> AfterCommand:
    """Send a child that came back again, to the queue it came from."""
    return await do(request, caller, "resend", number, given, key)


@router.post("/withdraw", operation_id="withdraw_child")
async def withdraw(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Take a child back while nobody has taken it."""
    return await do(request, caller, "withdraw", number, given, key)


@router.post("/decide", operation_id="decide_step")
async def decide(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: DecideGiven) -> AfterCommand:
    """Say how a recipe goes on after a step that ended unsuccessfully."""
    return await do(request, caller, "decide", number, given, key)


@router.post("/merge", operation_id="merge_ticket")
async def merge(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: MergeGiven) -> AfterCommand:
    """Make one of two tickets: the other one goes on."""
    return await do(request, caller, "merge", number, given, key)


@router.post("/links", operation_id="link_ticket")
async def links(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: LinkGiven) -> AfterCommand:
    """Refer to another ticket."""
    return await do(request, caller, "links", number, given, key)


@router.post("/unlink", operation_id="unlink_ticket")
async def unlink(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UnlinkGiven) -> AfterCommand:
    """Stop referring to another ticket, at both."""
    return await do(request, caller, "unlink", number, given, key)


@router.post("/watch", operation_id="watch_ticket")
async def watch(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Be told of what happens to the ticket."""
    return await do(request, caller, "watch", number, given, key)


@router.post("/unwatch", operation_id="unwatch_ticket")
async def unwatch(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Be told no more."""
    return await do(request, caller, "unwatch", number, given, key)


@router.post("/share", operation_id="share_ticket")
async def share(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ShareCommandGiven) -> AfterCommand:
    """Let somebody read the ticket as its requester does, whoever signs in with that address."""
    return await do(request, caller, "share", number, given, key)


@router.post("/unshare", operation_id="unshare_ticket")
async def unshare(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UnshareCommandGiven) -> AfterCommand:
    """Let whoever has this address read it no more."""
    return await do(request, caller, "unshare", number, given, key)


@router.post("/undo", operation_id="undo_change")
async def undo(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: UndoGiven) -> AfterCommand:
    """Take back a merge or a move."""
    return await do(request, caller, "undo", number, given, key)
