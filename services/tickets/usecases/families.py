"""What people do about children: open one, send it back, complete it."""

from services.tickets.domain.beginning import new_ticket
from services.tickets.domain.lifecycle import step
from services.tickets.domain.numbers import desk_day, ticket_number
from services.tickets.domain.rights import require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.context import Asked, admitted, clean_answers, facts_of, line, record, require_needs, words
from services.tickets.usecases.handing_out import hand_out
from shared.contracts.desk import Desk
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import Routing
from shared.core.errors import ImpossibleValue, TooLarge
from shared.core.ids import derived_id


async def open_child(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    *,
    number: str,
    queue: str | None,
    request_type: str | None,
    subject: str,
    body: str,
    fields: dict[str, Answer],
    asked: Asked,
) -> Ticket:
    """Open a child of the ticket in `queue`, or where the rules send `request_type` (exactly one is given); return the child.

    It carries `fields` and nothing else. Raises ImpossibleValue for a queue that is none, closed, that of a ticket above it, or that needs
    data (named) it would lack. What routing finds missing comes back as `returned` instead.
    """
    parent, roles = await admitted(tickets, desk, number=number, trigger="open_child", asked=asked)
    titled, written, answers = line(subject, field="subject"), words(body, field="body"), clean_answers(fields)
    if (queue is None) == (request_type is None):
        raise ImpossibleValue("queue", "exactly_one")
    if queue is not None:
        await _require_way_down(tickets, desk, parent, queue, answers)
    elif request_type not in desk.forms:
        raise ImpossibleValue("request_type", "unknown_request_type", str(request_type))
    require_turn(desk, parent, roles, state=parent.state, trigger="open_child")
    state = step(parent.state, "open_child", await facts_of(tickets, desk, parent))
    day = desk_day(asked.now, timezone=desk.timezone)
    (counter,) = await counters.draw(day=day, count=1)
    child = new_ticket(
        # From the message that asks, so that a repeat opens the same child.
        ticket_id=derived_id("child", parent.id, asked.cause.causation_id or asked.cause.correlation_id),
        number=ticket_number(day, system_id=desk.system_id, counter=counter),
        requester=parent.requester,
        request_type=request_type,
        request_id=None,
        subject=titled,
        fields=answers,
        context=parent.context,
        language=parent.language,
        priority=parent.priority,
        queue=queue,
        parent=parent,
        routing=Routing(rule=None, reason=f"opened in queue {queue}") if queue else None,
        at=asked.now,
    )
    begun = Done(child, child.created(body=written, written_at=asked.now, actor=asked.actor), asked.cause)
    try:
        await tickets.add([begun])
    except TooLarge as error:
        raise ImpossibleValue("fields", "too_long") from error
    opened = parent.child_opened(child=child, body=written, actor=asked.actor, state=state, run=parent.run, at=asked.now)
    await tickets.record([Done(parent, opened, asked.cause)])
    await tickets.record(await hand_out(presence, desk, landed=[(child, asked.cause)], now=asked.now))
    return child


async def bounce(tickets: Tickets, desk: Desk, *, number: str, reason: str, asked: Asked) -> Ticket:
    """Send a child back to its parent's owner, who completes it or takes it back."""
    child, roles = await admitted(tickets, desk, number=number, trigger="bounce", asked=asked)
    written = words(reason, field="reason")
    require_turn(desk, child, roles, state=child.state, trigger="bounce")
    state = step(child.state, "bounce", await facts_of(tickets, desk, child))
    change = child.bounced(reason=written, actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, child, change, asked=asked, field="reason")


async def resend(tickets: Tickets, desk: Desk, *, number: str, fields: dict[str, Answer], body: str, asked: Asked) -> Ticket:
    """Complete a returned child with `fields` and send it again to the queue that sent it back; where that is closed, by rule.

    Raises ImpossibleValue where that queue still lacks data (named), or is that of a ticket above it.
    """
    child, roles = await admitted(tickets, desk, number=number, trigger="resend", asked=asked)
    written = words(body, field="body")
    whole = {**child.fields, **clean_answers(fields)}
    parent = (await tickets.peek([child.parent_id])).get(child.parent_id) if child.parent_id else None
    known = desk.queues.get(child.queue) if child.queue else None
    queue = child.queue if known is not None and not known.closed else None
    if queue is not None:
        if parent is not None and queue in await queues_above(tickets, parent):
            raise ImpossibleValue("queue", "asks_itself", queue)
        require_needs(desk, queue, whole)
    require_turn(desk, child, roles, state=child.state, trigger="resend")
    state = step(child.state, "resend", await facts_of(tickets, desk, child))
    change = child.resent(fields=whole, body=written, queue=queue, actor=asked.actor, state=state, at=asked.now)
    return await record(tickets, child, change, asked=asked, field="fields")


async def _require_way_down(tickets: Tickets, desk: Desk, parent: Ticket, queue: str, fields: dict[str, Answer]) -> None:
    description = desk.queues.get(queue)
    if description is None:
        raise ImpossibleValue("queue", "unknown_queue", queue)
    if description.closed:
        raise ImpossibleValue("queue", "queue_closed", queue)
    if queue in await queues_above(tickets, parent):
        raise ImpossibleValue("queue", "asks_itself", queue)
    require_needs(desk, queue, fields)


async def queues_above(tickets: Tickets, ticket: Ticket) -> set[str]:
    """Return the queues in which the ticket and those above it are: a child there would be a request of an office to itself."""
    queues = {ticket.queue}
    while ticket.parent_id is not None and (above := (await tickets.peek([ticket.parent_id])).get(ticket.parent_id)) is not None:
        ticket = above
        queues.add(ticket.queue)
    return {queue for queue in queues if queue is not None}
