"""Operators who follow a ticket of their own accord."""

from services.tickets.domain.merging import is_watched, unwatched, watched
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work
from shared.contracts.commands.tickets import Unwatch, Watch


async def watch(work: Work, command: Watch) -> Ticket:
    """Be notified of what happens to the ticket.

    No-op if the operator watches the ticket itself already.
    """
    ticket, roles = await work.admitted(command.number, "watch")
    work.require_turn(ticket, roles, "watch")
    identity = str(work.caller.identity)
    if is_watched(ticket, identity):
        return ticket
    return await work.record(
        ticket, watched(ticket, by=identity, actor=work.actor, desk=work.desk, at=work.now)
    )


async def unwatch(work: Work, command: Unwatch) -> Ticket:
    """Stop watching. No-op if the operator does not watch the ticket."""
    ticket, roles = await work.admitted(command.number, "unwatch")
    work.require_turn(ticket, roles, "unwatch")
    identity = str(work.caller.identity)
    if identity not in ticket.watchers:
        return ticket
    return await work.record(
        ticket, unwatched(ticket, by=identity, actor=work.actor, desk=work.desk, at=work.now)
    )
