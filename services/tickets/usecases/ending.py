"""How a ticket ends and comes back by an operator's hand: close, reopen."""

from services.tickets.domain.lifecycle import CloseOutcome, step
from services.tickets.domain.rights import admit, keeps_responsible, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, is_queue_open, record, words
from shared.contracts.desk import Desk
from shared.policy.permissions import holder_of


async def close(tickets: Tickets, desk: Desk, *, number: str, outcome: CloseOutcome, answer: str, asked: Asked) -> Ticket:
    """End the ticket with the final answer. Refused while a child has not ended."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="close", asked=asked)
    written = words(answer, field="answer")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="close")
    state = step(ticket.state, "close", await facts_of(tickets, desk, ticket, outcome=outcome))
    change = ticket.closed(answer=written, actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="answer")


async def reopen(tickets: Tickets, desk: Desk, *, number: str, reason: str, asked: Asked) -> Ticket:
    """Open a closed ticket again; it stays the owner's only if he may still work the queue. Refused for a child whose parent has ended."""
    ticket, parent = await tickets.get_with_parent(number)
    roles = admit(desk, ticket, asked.caller, "reopen", parent_owner=holder_of(desk, parent) if parent else None)
    written = words(reason, field="reason")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="reopen")
    state = step(ticket.state, "reopen", await facts_of(tickets, desk, ticket, parent=parent))
    change = ticket.reopened(
        reason=written,
        actor=asked.actor,
        state=state,
        is_owner_able=holder_of(desk, ticket) is not None,
        is_responsible_able=keeps_responsible(desk, ticket.responsible, ticket.queue),
        is_queue_open=is_queue_open(desk, ticket),
        at=asked.now,
    )
    return await record(tickets, ticket, change, asked=asked, field="reason")
