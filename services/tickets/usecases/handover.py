"""Where a ticket goes next and how urgent it is: move, escalate, priority."""

from datetime import datetime

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import keeps_responsible, require_entrance, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, given, record, require_needs, words
from services.tickets.usecases.families import queues_above
from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.policy.rules import next_level


async def move(tickets: Tickets, desk: Desk, *, number: str, queue: str, reason: str | None, asked: Asked) -> Ticket:
    """Send the ticket to another queue, where it is nobody's.

    Raises ImpossibleValue where the queue is none, closed or the ticket's own, or needs data (named) that the ticket lacks.
    """
    ticket, roles = await admitted(tickets, desk, number=number, trigger="move", asked=asked)
    require_entrance(desk, asked.caller, queue)
    if queue == ticket.queue:
        raise ImpossibleValue("queue", "same_queue", queue)
    require_needs(desk, queue, ticket.fields)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="move")
    state = step(ticket.state, "move", await facts_of(tickets, desk, ticket))
    change = ticket.moved(
        queue=queue,
        reason=given(reason),
        actor=asked.actor,
        state=state,
        is_responsible_able=keeps_responsible(desk, ticket.responsible, queue),
        at=asked.now,
    )
    return await record(tickets, ticket, change, asked=asked, field="reason")


async def escalate(tickets: Tickets, desk: Desk, *, number: str, reason: str, asked: Asked) -> Ticket:
    """Give the ticket to the next level; routing picks its queue by rule.

    Raises ImpossibleValue where no rule leads to another level, or to one that needs data (named) that the ticket lacks.
    """
    ticket, roles = await admitted(tickets, desk, number=number, trigger="escalate", asked=asked)
    written = words(reason, field="reason")
    await _require_next_level(tickets, desk, ticket, now=asked.now)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="escalate")
    state = step(ticket.state, "escalate", await facts_of(tickets, desk, ticket))
    if ticket.queue is None:
        # Routing is at it already; until it has answered there is no level to go up from.
        raise ImpossibleValue("queue", "no_queue", "")
    change = ticket.escalated(reason=written, actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, ticket, change, asked=asked, field="reason")


async def set_priority(tickets: Tickets, desk: Desk, *, number: str, priority: int, asked: Asked) -> Ticket:
    """Make the ticket more or less urgent, 1 very low to 5 very high. One that is so already stays as it is."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="priority", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="priority")
    step(ticket.state, "priority", await facts_of(tickets, desk, ticket))
    if ticket.priority == priority:
        return ticket
    return await record(tickets, ticket, ticket.prioritized(priority=priority, actor=asked.actor, at=asked.now), asked=asked)


async def _require_next_level(tickets: Tickets, desk: Desk, ticket: Ticket, *, now: datetime) -> None:
    if ticket.queue is None:
        # Routing is at it already, which is said once the state allows the rest.
        return
    queue = next_level(desk, ticket, now)
    if queue is None:
        raise ImpossibleValue("queue", "no_next_level", ticket.queue)
    if ticket.parent_id is not None and queue in await queues_above(tickets, ticket):
        raise ImpossibleValue("queue", "asks_itself", queue)
    require_needs(desk, queue, ticket.fields)
