"""How a ticket ends and comes back by an operator's hand: close, reopen."""

from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import CloseOutcome, step
from services.tickets.ports import Tickets
from services.tickets.rights import admit, require_turn
from services.tickets.usecases.asked import Asked, facts_of, record, words
from shared.actions import holder_of
from shared.desk import Desk


async def close(tickets: Tickets, desk: Desk, *, number: str, outcome: CloseOutcome, answer: str, asked: Asked) -> Ticket:
    """End the ticket with the final answer. Refused while a child has not ended."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "close")
    written = words(answer, field="answer")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="close")
    open_children = await tickets.has_open_children(ticket.id)
    state = step(ticket.state, "close", facts_of(desk, ticket, open_children=open_children, outcome=outcome))
    change = ticket.closed(answer=written, actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="answer")


async def reopen(tickets: Tickets, desk: Desk, *, number: str, reason: str, asked: Asked) -> Ticket:
    """Open a closed ticket again; it stays the owner's only if he may still work the queue."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "reopen")
    written = words(reason, field="reason")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="reopen")
    state = step(ticket.state, "reopen", facts_of(desk, ticket))
    is_owner_able = holder_of(desk, ticket) is not None
    change = ticket.reopened(reason=written, actor=asked.actor, state=state, is_owner_able=is_owner_able, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="reason")
