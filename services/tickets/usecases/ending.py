"""How a ticket ends and comes back by an operator's hand: close, reopen."""

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import keeps_responsible, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work, is_queue_open, words
from shared.contracts.commands.tickets import Close, Reopen
from shared.policy.permissions import holder_of


async def close(work: Work, command: Close) -> Ticket:
    """End the ticket with the final answer. Refused while a child has not ended."""
    ticket, roles = await work.admitted(command.number, "close")
    written = words(command.answer, field="answer")
    require_turn(work.desk, ticket, roles, state=ticket.state, trigger="close")
    state = step(ticket.state, "close", ticket.facts(work.desk, outcome=command.outcome))
    change = ticket.closed(answer=written, actor=work.actor, state=state, at=work.now)
    return await work.record(ticket, change, field="answer")


async def reopen(work: Work, command: Reopen) -> Ticket:
    """Open a closed ticket again; it stays the owner's only if he may still work the queue. Refused for a child whose parent has ended."""
    ticket = await work.tickets.get_with_parent(command.number)
    roles = work.admit(ticket, "reopen")
    written = words(command.reason, field="reason")
    require_turn(work.desk, ticket, roles, state=ticket.state, trigger="reopen")
    state = step(ticket.state, "reopen", ticket.facts(work.desk))
    change = ticket.reopened(
        reason=written,
        actor=work.actor,
        state=state,
        is_owner_able=holder_of(work.desk, ticket) is not None,
        is_responsible_able=keeps_responsible(work.desk, ticket.responsible, ticket.queue),
        is_queue_open=is_queue_open(work.desk, ticket),
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")
