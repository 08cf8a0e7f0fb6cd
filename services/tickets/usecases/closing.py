"""How a ticket ends and comes back by an operator's hand: close, reopen."""

from services.tickets.domain.rights import require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work, words
from shared.contracts.commands.tickets import Close, Reopen


async def close(work: Work, command: Close) -> Ticket:
    """End the ticket with the final answer. Refused while a child has not ended."""
    ticket, roles = await work.admitted(command.number, "close")
    written = words(command.answer, field="answer")
    require_turn(work.desk, ticket, roles, state=ticket.state, trigger="close")
    change = ticket.closed(answer=written, outcome=command.outcome, actor=work.actor, desk=work.desk, at=work.now)
    return await work.record(ticket, change, field="answer")


async def reopen(work: Work, command: Reopen) -> Ticket:
    """Open a closed ticket again; it stays the owner's only if he may still work the queue. Refused for a child whose parent has ended."""
    ticket = await work.tickets.get_with_parent(command.number)
    roles = work.admit(ticket, "reopen")
    written = words(command.reason, field="reason")
    require_turn(work.desk, ticket, roles, state=ticket.state, trigger="reopen")
    change = ticket.reopened(
        reason=written,
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")
