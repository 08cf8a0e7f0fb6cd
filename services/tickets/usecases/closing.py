"""Operators close tickets and open them again."""

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work, words
from shared.contracts.commands.tickets import Close, Reopen


async def close(work: Work, command: Close) -> Ticket:
    """End the ticket with the final answer. Refused while a child has not ended."""
    ticket, roles = await work.admitted(command.number, "close")
    written = words(command.answer, field="answer")
    work.require_turn(ticket, roles, "close")
    change = ticket.closed(
        answer=written, outcome=command.outcome, actor=work.actor, desk=work.desk, at=work.now
    )
    return await work.record(ticket, change, field="answer")


async def reopen(work: Work, command: Reopen) -> Ticket:
    """Open a closed ticket again; the owner stays only if they may still work the queue.

    Refused for a child of an ended parent.
    """
    ticket = await work.tickets.get_with_parent(command.number)
    roles = work.admit(ticket, "reopen")
    written = words(command.reason, field="reason")
    work.require_turn(ticket, roles, "reopen")
    change = ticket.reopened(
        reason=written,
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")
