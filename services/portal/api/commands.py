"""What operators do to a ticket. Each call is answered with the ticket after the change."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from services.portal.context import portal_of
from services.portal.domain.views import ChildView
from services.portal.queries.tickets import show_ticket
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import (
    BodyGiven,
    ChildAfterCommand,
    CloseGiven,
    MoveGiven,
    Nothing,
    OperatorGiven,
    OutOfSight,
    PostponeGiven,
    PriorityGiven,
    ReasonGiven,
    TicketAfterCommand,
)
from services.portal.usecases import act
from shared.cause import Cause
from shared.commands.tickets import (
    AddNote,
    Ask,
    Assign,
    Close,
    Escalate,
    Move,
    Postpone,
    Release,
    Reopen,
    Reply,
    SetPriority,
    SetResponsible,
    Take,
    TicketCommand,
)
from shared.web.auth import Caller, SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.language import language_of

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}")

After = TicketAfterCommand | ChildAfterCommand | OutOfSight
NothingGiven = Annotated[Nothing | None, Body()]


async def _do(request: Request, caller: Caller, command: TicketCommand, key: str | None) -> After:
    portal = portal_of(request)
    done = await act(portal, command, key=key, cause=Cause.fresh(traceparent=request.headers.get("traceparent")))
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        shown = await show_ticket(connection, viewer, done.ticket, language=language_of(request), until=done.ticket.updated_at)
    if shown is None:
        return OutOfSight(number=done.ticket.number, queue=done.ticket.queue, state=done.ticket.state)
    if isinstance(shown, ChildView):
        return ChildAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
    return TicketAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)


@router.post("/take")
async def take(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, _given: NothingGiven = None) -> After:
    """Become the owner. 409 names who was faster."""
    return await _do(request, caller, Take(caller=caller.as_requester(), number=number), key)


@router.post("/release")
async def release(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, _given: NothingGiven = None) -> After:
    """Give the ticket back to its queue."""
    return await _do(request, caller, Release(caller=caller.as_requester(), number=number), key)


@router.post("/assign")
async def assign(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> After:
    """Make an operator the owner."""
    return await _do(
        request, caller, Assign(caller=caller.as_requester(), number=number, operator=given.operator, reason=given.reason), key
    )


@router.post("/responsible")
async def responsible(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: OperatorGiven) -> After:
    """Make an operator the responsible."""
    command = SetResponsible(caller=caller.as_requester(), number=number, operator=given.operator, reason=given.reason)
    return await _do(request, caller, command, key)


@router.post("/move")
async def move(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: MoveGiven) -> After:
    """Send the ticket to another queue, where it is nobody's."""
    return await _do(request, caller, Move(caller=caller.as_requester(), number=number, queue=given.queue, reason=given.reason), key)


@router.post("/escalate")
async def escalate(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> After:
    """Give the ticket to the next level; which queue that is, a rule says."""
    return await _do(request, caller, Escalate(caller=caller.as_requester(), number=number, reason=given.reason), key)


@router.post("/postpone")
async def postpone(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PostponeGiven) -> After:
    """Put the ticket off; it is open again when the time has come."""
    return await _do(request, caller, Postpone(caller=caller.as_requester(), number=number, until=given.until), key)


@router.post("/priority")
async def priority(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: PriorityGiven) -> After:
    """Make the ticket more or less urgent."""
    return await _do(request, caller, SetPriority(caller=caller.as_requester(), number=number, priority=given.priority), key)


@router.post("/reply")
async def reply(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Write to the requester."""
    return await _do(request, caller, Reply(caller=caller.as_requester(), number=number, body=given.body), key)


@router.post("/ask")
async def ask(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Ask the requester something; the ticket waits for the answer."""
    return await _do(request, caller, Ask(caller=caller.as_requester(), number=number, body=given.body), key)


@router.post("/note")
async def note(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: BodyGiven) -> After:
    """Add an internal note, which never reaches the requester."""
    return await _do(request, caller, AddNote(caller=caller.as_requester(), number=number, body=given.body), key)


@router.post("/close")
async def close(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: CloseGiven) -> After:
    """End the ticket with its final answer."""
    command = Close(caller=caller.as_requester(), number=number, outcome=given.outcome, answer=given.answer)
    return await _do(request, caller, command, key)


@router.post("/reopen")
async def reopen(request: Request, caller: SignedIn, number: str, key: IdempotencyKey, given: ReasonGiven) -> After:
    """Open a closed ticket again."""
    return await _do(request, caller, Reopen(caller=caller.as_requester(), number=number, reason=given.reason), key)
