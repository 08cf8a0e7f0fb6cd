"""What operators do to a ticket by itself. Each call is answered with the ticket after the change."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from services.portal.api.answers import do
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
from services.portal.api.described import COMMANDS
from services.portal.schemas import AfterCommand
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}", dependencies=[IF_MATCH], responses=COMMANDS)

NothingGiven = Annotated[NothingButVersion | None, Body()]


@router.post("/take", operation_id="take_ticket")
async def take(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Become the owner. 409 names who was faster."""
    return await do(request, caller, "take", number, given, key)


@router.post("/release", operation_id="release_ticket")
async def release(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Give the ticket back to its queue."""
    return await do(request, caller, "release", number, given, key)


@router.post("/assign", operation_id="assign_ticket")
async def assign(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> AfterCommand:
    """Make an operator the owner."""
    return await do(request, caller, "assign", number, given, key)


@router.post("/responsible", operation_id="set_responsible")
async def responsible(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> AfterCommand:
    """Make an operator the responsible."""
    return await do(request, caller, "responsible", number, given, key)


@router.post("/move", operation_id="move_ticket")
async def move(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: MoveGiven) -> AfterCommand:
    """Send the ticket to another queue, where it is nobody's."""
    return await do(request, caller, "move", number, given, key)


@router.post("/escalate", operation_id="escalate_ticket")
async def escalate(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> AfterCommand:
    """Give the ticket to the next level; which queue that is, a rule says."""
    return await do(request, caller, "escalate", number, given, key)


@router.post("/postpone", operation_id="postpone_ticket")
async def postpone(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PostponeGiven) -> AfterCommand:
    """Put the ticket off; it is open again when the time has come."""
    return await do(request, caller, "postpone", number, given, key)


@router.post("/resume", operation_id="resume_ticket")
async def resume(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: NothingGiven = None) -> AfterCommand:
    """Open a postponed ticket before its time."""
    return await do(request, caller, "resume", number, given, key)


@router.post("/priority", operation_id="set_priority")
async def priority(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PriorityGiven) -> AfterCommand:
    """Make the ticket more or less urgent."""
    return await do(request, caller, "priority", number, given, key)


@router.post("/reply", operation_id="reply_to_requester")
async def reply(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> AfterCommand:
    """Write to the requester."""
    return await do(request, caller, "reply", number, given, key)


@router.post("/ask", operation_id="ask_requester")
async def ask(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> AfterCommand:
    """Ask the requester something; the ticket waits for the answer."""
    return await do(request, caller, "ask", number, given, key)


@router.post("/note", operation_id="add_note")
async def note(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> AfterCommand:
    """Add an internal note, which never reaches the requester."""
    return await do(request, caller, "note", number, given, key)


@router.post("/forward", operation_id="forward_ticket")
async def forward(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ForwardGiven) -> AfterCommand:
    """Send words about the ticket to an outside address."""
    return await do(request, caller, "forward", number, given, key)


@router.post("/close", operation_id="close_ticket")
async def close(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: CloseGiven) -> AfterCommand:
    """End the ticket with its final answer."""
    return await do(request, caller, "close", number, given, key)


@router.post("/reopen", operation_id="reopen_ticket")
async def reopen(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> AfterCommand:
    """Open a closed ticket again."""
    return await do(request, caller, "reopen", number, given, key)
