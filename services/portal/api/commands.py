"""What operators do to a ticket by itself. Each call is answered with the ticket after the change."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from services.portal.api.answers import After, do
from services.portal.api.bodies import (
    BodyGiven,
    CloseGiven,
    ForwardGiven,
    MoveGiven,
    NothingButVersion,
    OperatorGiven,
    PostponeGiven,
    PriorityGiven,
    ReasonGiven,
)
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}", dependencies=[IF_MATCH])

NothingGiven = Annotated[NothingButVersion | None, Body()]


@router.post("/take")
async def take(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Become the owner. 409 names who was faster."""
    return await do(request, caller, "take", number, given, key)


@router.post("/release")
async def release(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Give the ticket back to its queue."""
    return await do(request, caller, "release", number, given, key)


@router.post("/assign")
async def assign(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> After:
    """Make an operator the owner."""
    return await do(request, caller, "assign", number, given, key)


@router.post("/responsible")
async def responsible(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> After:
    """Make an operator the responsible."""
    return await do(request, caller, "responsible", number, given, key)


@router.post("/move")
async def move(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: MoveGiven) -> After:
    """Send the ticket to another queue, where it is nobody's."""
    return await do(request, caller, "move", number, given, key)


@router.post("/escalate")
async def escalate(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> After:
    """Give the ticket to the next level; which queue that is, a rule says."""
    return await do(request, caller, "escalate", number, given, key)


@router.post("/postpone")
async def postpone(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PostponeGiven) -> After:
    """Put the ticket off; it is open again when the time has come."""
    return await do(request, caller, "postpone", number, given, key)


@router.post("/resume")
async def resume(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> After:
    """Open a postponed ticket before its time."""
    return await do(request, caller, "resume", number, given, key)


@router.post("/priority")
async def priority(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PriorityGiven) -> After:
    """Make the ticket more or less urgent."""
    return await do(request, caller, "priority", number, given, key)


@router.post("/reply")
async def reply(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Write to the requester."""
    return await do(request, caller, "reply", number, given, key)


@router.post("/ask")
async def ask(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Ask the requester something; the ticket waits for the answer."""
    return await do(request, caller, "ask", number, given, key)


@router.post("/note")
async def note(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Add an internal note, which never reaches the requester."""
    return await do(request, caller, "note", number, given, key)


@router.post("/forward")
async def forward(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ForwardGiven) -> After:
    """Send words about the ticket to an outside address."""
    return await do(request, caller, "forward", number, given, key)


@router.post("/close")
async def close(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: CloseGiven) -> After:
    """End the ticket with its final answer."""
    return await do(request, caller, "close", number, given, key)


@router.post("/reopen")
async def reopen(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> After:
    """Open a closed ticket again."""
    return await do(request, caller, "reopen", number, given, key)
