"""Postponing a ticket, and having it back: when its time has come, or earlier."""

from datetime import UTC, datetime, timedelta

import structlog

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, record
from shared.contracts.desk import Desk
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue

log = structlog.get_logger()

LONGEST = timedelta(days=5 * 366)
"""Beyond this a date is a slip of the hand."""


async def postpone(tickets: Tickets, desk: Desk, *, number: str, until: datetime, asked: Asked) -> Ticket:
    """Postpone the ticket until `until` (aware); a postponed ticket gets another date.

    Raises ImpossibleValue for a time that has passed or is years away.
    """
    ticket, roles = await admitted(tickets, desk, number=number, trigger="postpone", asked=asked)
    if until <= asked.now:
        raise ImpossibleValue("until", "past", until.isoformat())
    if until > asked.now + LONGEST:
        raise ImpossibleValue("until", "too_far", until.isoformat())
    require_turn(desk, ticket, roles, state=ticket.state, trigger="postpone")
    state = step(ticket.state, "postpone", await facts_of(tickets, desk, ticket))
    if ticket.postponed_until == until:
        return ticket
    change = ticket.postponed(until=until.astimezone(UTC), actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="until")


async def resume(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Open a postponed ticket before its time: its owner does that, or whoever may work it while nobody owns it."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="resume", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="resume")
    state = step(ticket.state, "resume", await facts_of(tickets, desk, ticket))
    return await record(tickets, ticket, ticket.resumed(actor=asked.actor, state=state, at=asked.now), asked=asked)


async def wake_postponed(tickets: Tickets, *, now: datetime, limit: int) -> int:
    """Open up to `limit` postponed tickets whose time has come, the longest due first; return how many.

    Those that another process is at are passed over; each is woken once, because it is locked and then postponed no more.
    """
    due = await tickets.postponed_until(now, limit=limit)
    await tickets.record([Done(ticket, ticket.woken(state=step(ticket.state, "due"), at=now), Cause.fresh()) for ticket in due])
    for ticket in due:
        log.info("tickets.postponed.due", ticket_id=ticket.id)
    return len(due)
