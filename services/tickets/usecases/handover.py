"""Where a ticket goes next and how urgent it is: move, escalate, priority."""

from datetime import datetime

from services.tickets.domain import placement
from services.tickets.domain.rights import require_entrance
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.children import queues_above
from services.tickets.usecases.context import Work, given, require_needs, words
from shared.contracts.commands.tickets import Escalate, Move, SetPriority
from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.policy.rules import next_level


async def move(work: Work, command: Move) -> Ticket:
    """Send the ticket to another queue, where it has no owner.

    Raises ImpossibleValue where the queue does not exist, is closed or is the ticket's own, or
    needs data (named) that the ticket lacks.
    """
    ticket, roles = await work.admitted(command.number, "move")
    require_entrance(work.desk, work.caller, command.queue)
    if command.queue == ticket.queue:
        raise ImpossibleValue("queue", "same_queue", command.queue)
    require_needs(work.desk, command.queue, ticket.fields)
    work.require_turn(ticket, roles, "move")
    change = placement.moved(
        ticket,
        queue=command.queue,
        reason=given(command.reason),
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")


async def escalate(work: Work, command: Escalate) -> Ticket:
    """Give the ticket to the next level; routing picks its queue by rule.

    Raises ImpossibleValue where no rule leads to another level, or to one that needs data (named)
    that the ticket lacks.
    """
    ticket, roles = await work.admitted(command.number, "escalate")
    written = words(command.reason, field="reason")
    await _require_next_level(work.tickets, work.desk, ticket, now=work.now)
    work.require_turn(ticket, roles, "escalate")
    if ticket.queue is None:
        # Routing is at it already; until it has answered there is no level to go up from.
        raise ImpossibleValue("queue", "no_queue", "")
    change = placement.escalated(
        ticket, reason=written, actor=work.actor, desk=work.desk, at=work.now
    )
    return await work.record(ticket, change, field="reason")


async def set_priority(work: Work, command: SetPriority) -> Ticket:
    """Make the ticket more or less urgent, 1 very low to 5 very high.

    No-op if it has that priority.
    """
    ticket, roles = await work.admitted(command.number, "priority")
    work.require_turn(ticket, roles, "priority")
    if ticket.priority == command.priority:
        return ticket
    return await work.record(
        ticket,
        ticket.prioritized(
            priority=command.priority, actor=work.actor, desk=work.desk, at=work.now
        ),
    )


async def _require_next_level(
    tickets: Tickets, desk: Desk, ticket: Ticket, *, now: datetime
) -> None:
    if ticket.queue is None:
        # Routing decides already; `escalate` refuses that later, after the refusals about state and
        # owner.
        return
    queue = next_level(desk, ticket, now)
    if queue is None:
        raise ImpossibleValue("queue", "no_next_level", ticket.queue)
    if ticket.parent_id is not None and queue in await queues_above(tickets, ticket):
        raise ImpossibleValue("queue", "asks_itself", queue)
    require_needs(desk, queue, ticket.fields)
