"""Whose a ticket is: take, release, assign, responsible."""

from services.tickets.domain.lifecycle import has_row, step
from services.tickets.domain.recipe_run import begin_run
from services.tickets.domain.rights import require_turn, require_witness, require_worker
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, given, record
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import Run
from shared.core.errors import HeldByNobody, ImpossibleValue
from shared.core.ids import derived_id
from shared.policy.permissions import holder_of


async def take(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Make the caller the owner. Who holds it already changes nothing; who comes second is told the winner (HeldBySomebodyElse)."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="take", asked=asked)
    if "owner" in roles and has_row(ticket.state, "take"):
        return ticket
    require_turn(desk, ticket, roles, state=ticket.state, trigger="take")
    state = step(ticket.state, "take", await facts_of(tickets, desk, ticket))
    change = ticket.taken(actor=asked.actor, state=state, run=first_run(desk, ticket), at=asked.now)
    return await record(tickets, ticket, change, asked=asked)


async def release(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Give the ticket back to its queue. Raises HeldByNobody where it is nobody's."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="release", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="release")
    if ticket.owner is None:
        raise HeldByNobody("release", ticket.state)
    state = step(ticket.state, "release", await facts_of(tickets, desk, ticket))
    return await record(tickets, ticket, ticket.released(actor=asked.actor, state=state, at=asked.now), asked=asked)


async def assign(tickets: Tickets, desk: Desk, *, number: str, operator: str, reason: str | None, asked: Asked) -> Ticket:
    """Make `operator` the owner, as if they had taken it. If they own it already, nothing changes.

    Raises ImpossibleValue for somebody who may not work the queue, and where another operator's ticket is given away or taken over
    without a reason.
    """
    ticket, roles = await admitted(tickets, desk, number=number, trigger="assign", asked=asked)
    require_worker(desk, ticket, operator)
    if holder_of(desk, ticket) not in (None, asked.caller.identity, operator) and given(reason) is None:
        raise ImpossibleValue("reason", "taken_over", str(ticket.owner))
    require_turn(desk, ticket, roles, state=ticket.state, trigger="assign")
    state = step(ticket.state, "assign", await facts_of(tickets, desk, ticket))
    if holder_of(desk, ticket) == operator:
        return ticket
    change = ticket.assigned(
        operator=operator, actor=asked.actor, reason=given(reason), state=state, run=first_run(desk, ticket), at=asked.now
    )
    return await record(tickets, ticket, change, asked=asked, field="reason")


async def set_responsible(tickets: Tickets, desk: Desk, *, number: str, operator: str, reason: str | None, asked: Asked) -> Ticket:
    """Make `operator` accountable. Who is already stays so, and nothing changes."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="responsible", asked=asked)
    require_witness(desk, ticket, operator)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="responsible")
    step(ticket.state, "responsible", await facts_of(tickets, desk, ticket))
    if ticket.responsible == operator:
        return ticket
    change = ticket.responsible_changed(operator=operator, actor=asked.actor, reason=given(reason), at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="reason")


def first_run(desk: Desk, ticket: Ticket) -> Run | None:
    """Return the run of the recipe that begins when the ticket is first taken, None where there is none or it began before."""
    form = desk.forms.get(ticket.request_type) if ticket.request_type else None
    if form is None or form.recipe is None or ticket.run is not None or ticket.parent_id is not None or ticket.is_taking_told:
        return None
    return begin_run(form.recipe, run_id=derived_id("run", ticket.id), fields=ticket.fields)
