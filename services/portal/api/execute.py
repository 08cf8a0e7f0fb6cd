"""Execute an action for a call of the API, and show the ticket after it."""

from typing import Any

from fastapi import Request

from services.portal.api.bodies import CommandBody
from services.portal.context import portal_of
from services.portal.domain.views import ChildView
from services.portal.queries.tickets import show_request, show_ticket, state_now
from services.portal.queries.viewers import viewer_of
from services.portal.quotas import count_act
from services.portal.schemas import (
    AfterCommand,
    ChildAfterCommand,
    OutOfSight,
    RequestAfterCommand,
    TicketAfterCommand,
)
from services.portal.usecases import Done, act
from shared.contracts.commands.tickets import TicketCommand
from shared.core.cause import Cause
from shared.core.errors import Refusal
from shared.policy.actions.action import Action
from shared.policy.actions.registry import actions_of
from shared.web.auth import Caller
from shared.web.language import language_of
from shared.web.rate import client_of
from shared.web.security_log import log_unseen
from shared.web.versions import version_expected

_ALSO_REQUESTERS = frozenset(action.pulls for action in actions_of("requester").values())
"""What a requester may do, too, by the calls of operators."""


async def execute(
    request: Request,
    caller: Caller,
    action: Action,
    number: str,
    given: CommandBody | None,
    key: str | None,
) -> Done:
    """Have tickets do `action` to ticket `number`; the body's fields are the command's.

    Raises as `usecases.act` does.
    """
    facts = facts_of_command(request, given)
    return await send(
        request, action.command(caller=caller.as_requester(), number=number, **facts), key
    )


def facts_of_command(request: Request, given: CommandBody | None) -> dict[str, Any]:
    """Return what the body and the header If-Match say about a command."""
    body = given.model_dump() if given is not None else {}
    matched = version_expected(request)
    if matched is not None:
        # Of two versions that were read the older one has seen less.
        body |= {
            "expected_version": min(matched, body.get("expected_version") or matched),
            "is_precondition": True,
        }
    return body


async def send(request: Request, command: TicketCommand, key: str | None) -> Done:
    """Have tickets do `command`. Raises as `usecases.act` does, and TooManyRequests."""
    await count_act(portal_of(request), command, client=client_of(request.scope), key=key)
    try:
        return await act(
            portal_of(request),
            command,
            key=key,
            cause=Cause.fresh(traceparent=request.headers.get("traceparent")),
        )
    except Refusal as refusal:
        log_unseen(request, refusal)
        raise


async def execute_and_show(
    request: Request,
    caller: Caller,
    action: Action,
    number: str,
    given: CommandBody | None,
    key: str | None,
) -> AfterCommand:
    """Do as `execute` does and return the ticket as `show_after` does."""
    done = await execute(request, caller, action, number, given, key)
    return await show_after(request, caller, action, done)


async def show_after(request: Request, caller: Caller, action: Action, done: Done) -> AfterCommand:
    """Return the ticket as the command left it, as far as the caller may see it now.

    A repeat is answered like the first call, but what may be seen is decided by the ticket and the
    desk of now: of a ticket that has gone out of sight there is left what the first answer said of
    it at least.
    """
    language, until = language_of(request), done.ticket.updated_at
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        now = await state_now(connection, done.ticket)
        shown = await show_ticket(
            connection, viewer, done.ticket, language=language, until=until, now=now
        )
        if shown is None and action.pulls in _ALSO_REQUESTERS and viewer.asked_for(now):
            asked_for = await show_request(
                connection, viewer, done.ticket, language=language, until=until
            )
            return RequestAfterCommand.model_construct(**dict(asked_for), is_shown=done.is_shown)
    if shown is None:
        return OutOfSight(
            number=done.ticket.number, queue=done.ticket.queue, state=done.ticket.state
        )
    if isinstance(shown, ChildView):
        return ChildAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
    return TicketAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
