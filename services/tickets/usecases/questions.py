"""Questions that the requester does not answer: one reminder, then the end."""

from datetime import datetime, timedelta

import structlog

from services.tickets.domain.changes import Change
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from shared.contracts.desk import Desk
from shared.core.cause import Cause
from shared.core.errors import ChildrenOpen

log = structlog.get_logger()


async def remind_of_questions(tickets: Tickets, desk: Desk, *, now: datetime, limit: int) -> int:
    """Remind up to `limit` requesters whose question is as old as the desk says, the oldest first;
    return how many.

    Each is reminded once, because their ticket is locked meanwhile. At a child the owner of its
    parent stands in the requester's place and hears of it at once; for all others the time to
    answer begins when the mail has left (`append_notices`).
    """
    asked_by = now - timedelta(days=desk.policies.question_reminder_after_days)
    unanswered = await tickets.unanswered_since(asked_by, limit=limit)
    await tickets.record(
        [Done(ticket, _reminded(ticket, desk, now=now), Cause.fresh()) for ticket in unanswered]
    )
    for ticket in unanswered:
        log.info("tickets.question.reminded", ticket_id=ticket.id)
    return len(unanswered)


async def end_unanswered(tickets: Tickets, desk: Desk, *, now: datetime, limit: int) -> int:
    """Close up to `limit` tickets whose question stayed unanswered also after the reminder; return
    how many were due.

    A ticket with an open child waits for that child.
    """
    found = await tickets.expired_at(now, limit=limit)
    for ticket in found:
        try:
            expired = ticket.expired(desk=desk, at=now)
        except ChildrenOpen:
            log.info("tickets.question.waits_for_child", ticket_id=ticket.id)
            continue
        await tickets.record([Done(ticket, expired, Cause.fresh())])
        log.info("tickets.question.expired", ticket_id=ticket.id)
    return len(found)


def days_to_answer(desk: Desk) -> timedelta:
    """Return the time to answer after the reminder."""
    days = desk.policies.question_expires_after_days - desk.policies.question_reminder_after_days
    return timedelta(days=max(days, 1))


def _reminded(ticket: Ticket, desk: Desk, *, now: datetime) -> Change:
    return ticket.reminded(
        expires_at=now + days_to_answer(desk) if ticket.parent_id is not None else None, at=now
    )
