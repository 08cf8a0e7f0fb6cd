"""What operators write: reply, ask, note."""

from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import step
from services.tickets.ports import Tickets
from services.tickets.rights import admit, require_turn
from services.tickets.usecases.asked import Asked, facts_of, record, words
from shared.desk import Desk


async def reply(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Write to the requester; the state stays."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "reply")
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="reply")
    state = step(ticket.state, "reply", facts_of(desk, ticket))
    return await record(tickets, ticket, ticket.answered(body=written, actor=asked.actor, state=state, at=asked.now), asked=asked)


async def ask(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Ask the requester something and wait for the answer."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "ask")
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="ask")
    state = step(ticket.state, "ask", facts_of(desk, ticket))
    return await record(tickets, ticket, ticket.question_asked(body=written, actor=asked.actor, state=state, at=asked.now), asked=asked)


async def note(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Add an internal note, in any state."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "note")
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="note")
    step(ticket.state, "note", facts_of(desk, ticket))
    return await record(tickets, ticket, ticket.noted(body=written, actor=asked.actor, at=asked.now), asked=asked)
