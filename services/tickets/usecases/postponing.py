"""Postponing a ticket, and having it back: when its time has come, or earlier."""

from datetime import UTC, datetime, timedelta

import structlog

from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Work
from shared.contracts.commands.tickets import Postpone, Resume
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue

log = structlog.get_logger()

LONGEST = timedelta(days=5 * 366)
"""A later date is taken for a typing error."""


async def postpone(work: Work, command: Postpone) -> Ticket:
    """Postpone the ticket until `until` (aware); a postponed ticket gets another date.

    Raises ImpossibleValue for a time that has passed or is years away.
    """
    ticket, roles = await work.admitted(command.number, "postpone")
    if command.until <= work.now:
        raise ImpossibleValue("until", "past", command.until.isoformat())
    if command.until > work.now + LONGEST:
        raise ImpossibleValue("until", "too_far", command.until.isoformat())
    work.require_turn(ticket, roles, "postpone")
    if ticket.postponed_until == command.until:
        return ticket
    change = ticket.postponed(
        until=command.until.astimezone(UTC), actor=work.actor, desk=work.desk, at=work.now
    )
    return await work.record(ticket, change, field="until")


async def resume(work: Work, command: Resume) -> Ticket:
    """Open a postponed ticket before its time: its owner does that, or whoever may work it while
    nobody owns it.
    """
    ticket, roles = await work.admitted(command.number, "resume")
    work.require_turn(ticket, roles, "resume")
    return await work.record(ticket, ticket.resumed(actor=work.actor, desk=work.desk, at=work.now))


async def wake_postponed(tickets: Tickets, *, now: datetime, limit: int) -> int:
    """Open up to `limit` postponed tickets whose time has come, the longest due first; return how
    many.

    Tickets that another process has locked are skipped. Each is opened once: then it is no longer
    postponed.
    """
    due = await tickets.postponed_until(now, limit=limit)
    await tickets.record([Done(ticket, ticket.woken(at=now), Cause.fresh()) for ticket in due])
    for ticket in due:
        log.info("tickets.postponed.due", ticket_id=ticket.id)
    return len(due)
