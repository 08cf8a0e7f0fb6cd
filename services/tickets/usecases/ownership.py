"""Whose a ticket is: take, release, assign, responsible."""

from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import has_row, step
from services.tickets.ports import Tickets
from services.tickets.rights import admit, require_turn, require_witness, require_worker
from services.tickets.usecases.asked import Asked, facts_of, given, record
from shared.actions import holder_of
from shared.desk import Desk
from shared.errors import HeldByNobody


async def take(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Make the caller the owner. Who holds it already changes nothing; who comes second is told the winner (HeldBySomebodyElse)."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "take")
    if "owner" in roles and has_row(ticket.state, "take"):
        return ticket
    require_turn(desk, ticket, roles, state=ticket.state, trigger="take")
    state = step(ticket.state, "take", facts_of(desk, ticket))
    return await record(tickets, ticket, ticket.taken(actor=asked.actor, state=state, at=asked.now), asked=asked)


async def release(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Give the ticket back to its queue. Raises HeldByNobody where it is nobody's."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "release")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="release")
    if ticket.owner is None:
        raise HeldByNobody("release", ticket.state)
    state = step(ticket.state, "release", facts_of(desk, ticket))
    return await record(tickets, ticket, ticket.released(actor=asked.actor, state=state, at=asked.now), asked=asked)


async def assign(tickets: Tickets, desk: Desk, *, number: str, operator: str, reason: str | None, asked: Asked) -> Ticket:
    """Make `operator` the owner, as if he had taken it. Who holds it already keeps it, and nothing changes."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "assign")
    require_worker(desk, ticket, operator)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="assign")
    state = step(ticket.state, "assign", facts_of(desk, ticket))
    if holder_of(desk, ticket) == operator:
        return ticket
    change = ticket.assigned(operator=operator, actor=asked.actor, reason=given(reason), state=state, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="reason")


async def set_responsible(tickets: Tickets, desk: Desk, *, number: str, operator: str, reason: str | None, asked: Asked) -> Ticket:
    """Make `operator` accountable. Who is already stays so, and nothing changes."""
    ticket = await tickets.get(number)
    roles = admit(desk, ticket, asked.caller, "responsible")
    require_witness(desk, ticket, operator)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="responsible")
    step(ticket.state, "responsible", facts_of(desk, ticket))
    if ticket.responsible == operator:
        return ticket
    change = ticket.responsible_changed(operator=operator, actor=asked.actor, reason=given(reason), at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="reason")
