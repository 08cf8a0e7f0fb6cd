"""Having a command done, and answering with the ticket after it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request

from services.portal.api.bodies import (
    BodyGiven,
    ChildGiven,
    CloseGiven,
    DecideGiven,
    ForwardGiven,
    Given,
    LinkGiven,
    MergeGiven,
    MoveGiven,
    NothingButVersion,
    OperatorGiven,
    PostponeGiven,
    PriorityGiven,
    ReasonGiven,
    ResendGiven,
    ShareCommandGiven,
    UndoGiven,
    UnlinkGiven,
    UnshareCommandGiven,
)
from services.portal.context import portal_of
from services.portal.counts import count_act
from services.portal.domain.views import ChildView
from services.portal.queries.tickets import show_request, show_ticket, state_now
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import AfterCommand, ChildAfterCommand, OutOfSight, RequestAfterCommand, TicketAfterCommand
from services.portal.usecases import Done, act
from shared.contracts.commands import merging
from shared.contracts.commands import tickets as commands
from shared.core.cause import Cause
from shared.core.errors import Refusal
from shared.web.auth import Caller
from shared.web.language import language_of
from shared.web.rate import client_of
from shared.web.security_log import log_unseen
from shared.web.versions import version_expected

ACTIONS: Mapping[str, tuple[type[Given], type[commands.TicketCommand]]] = MappingProxyType(
    {
        "take": (NothingButVersion, commands.Take),
        "release": (NothingButVersion, commands.Release),
        "assign": (OperatorGiven, commands.Assign),
        "responsible": (OperatorGiven, commands.SetResponsible),
        "move": (MoveGiven, commands.Move),
        "escalate": (ReasonGiven, commands.Escalate),
        "postpone": (PostponeGiven, commands.Postpone),
        "resume": (NothingButVersion, commands.Resume),
        "priority": (PriorityGiven, commands.SetPriority),
        "reply": (BodyGiven, commands.Reply),
        "ask": (BodyGiven, commands.Ask),
        "note": (BodyGiven, commands.AddNote),
        "forward": (ForwardGiven, commands.Forward),
        "close": (CloseGiven, commands.Close),
        "reopen": (ReasonGiven, commands.Reopen),
        "children": (ChildGiven, commands.OpenChild),
        "bounce": (ReasonGiven, commands.Bounce),
        "resend": (ResendGiven, commands.Resend),
        "withdraw": (NothingButVersion, commands.Withdraw),
        "decide": (DecideGiven, commands.DecideStep),
        "merge": (MergeGiven, merging.Merge),
        "links": (LinkGiven, merging.SetLink),
        "unlink": (UnlinkGiven, merging.Unlink),
        "watch": (NothingButVersion, commands.Watch),
        "unwatch": (NothingButVersion, commands.Unwatch),
        "share": (ShareCommandGiven, commands.Share),
        "unshare": (UnshareCommandGiven, commands.Unshare),
        "undo": (UndoGiven, merging.Undo),
    }
)
"""What operators do to a ticket: the last part of the address, what its body holds, and what tickets is asked."""

_ALSO_THE_REQUESTERS = frozenset({"withdraw", "share", "unshare"})


async def ask(request: Request, caller: Caller, action: str, number: str, given: Given | None, key: str | None) -> Done:
    """Have tickets do `action` to ticket `number`; the body's fields are the command's. Raises as `usecases.act` does."""
    _, kind = ACTIONS[action]
    command = kind(caller=caller.as_requester(), number=number, **command_facts(request, given))
    return await send(request, command, key)


def command_facts(request: Request, given: Given | None) -> dict[str, Any]:
    """Return what the body and the header If-Match say about a command."""
    body = given.model_dump() if given is not None else {}
    matched = version_expected(request)
    if matched is not None:
        # Of two versions that were read the older one has seen less.
        body |= {"expected_version": min(matched, body.get("expected_version") or matched), "is_precondition": True}
    return body


async def send(request: Request, command: commands.TicketCommand, key: str | None) -> Done:
    """Have tickets do `command`. Raises as `usecases.act` does, and TooManyRequests."""
    await count_act(portal_of(request), command, client=client_of(request.scope), key=key)
    try:
        return await act(portal_of(request), command, key=key, cause=Cause.fresh(traceparent=request.headers.get("traceparent")))
    except Refusal as refusal:
        log_unseen(request, refusal)
        raise


async def do(request: Request, caller: Caller, action: str, number: str, given: Given | None, key: str | None) -> AfterCommand:
    """Do as `ask` does and return the ticket as `after` does."""
    return await after(request, caller, action, await ask(request, caller, action, number, given, key))


async def after(request: Request, caller: Caller, action: str, done: Done) -> AfterCommand:
    """Return the ticket as the command left it, as far as the caller may see it now.

    A repeat is answered like the first call, but what may be seen is decided by the ticket and the desk of now: of a ticket that has gone
    out of sight there is left what the first answer said of it at least.
    """
    language, until = language_of(request), done.ticket.updated_at
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        now = await state_now(connection, done.ticket)
        shown = await show_ticket(connection, viewer, done.ticket, language=language, until=until, now=now)
        if shown is None and action in _ALSO_THE_REQUESTERS and viewer.asked_for(now):
            asked_for = await show_request(connection, viewer, done.ticket, language=language, until=until)
            return RequestAfterCommand.model_construct(**dict(asked_for), is_shown=done.is_shown)
    if shown is None:
        return OutOfSight(number=done.ticket.number, queue=done.ticket.queue, state=done.ticket.state)
    if isinstance(shown, ChildView):
        return ChildAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
    return TicketAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
