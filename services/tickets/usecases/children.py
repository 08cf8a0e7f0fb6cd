"""Children: operators open them, send them back and complete them; their parents hear what happened
to them.
"""

from collections.abc import Sequence
from datetime import datetime

from services.tickets.domain.children import (
    bounced,
    child_answered,
    child_opened,
    child_reported,
    resent,
)
from services.tickets.domain.creation import new_ticket
from services.tickets.domain.families import article_id_of
from services.tickets.domain.numbers import desk_day, ticket_number
from services.tickets.domain.recipes import due_steps, run_as
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.auto_assignment import assign_automatically
from services.tickets.usecases.context import Work, clean_answers, line, require_needs, words
from services.tickets.usecases.recipes import CAN_OPEN_CHILDREN, go_on
from shared.contracts.commands.tickets import Bounce, OpenChild, Resend
from shared.contracts.desk import Desk
from shared.contracts.events.families import ChildTold
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import Routing
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, NotYet, TooLarge
from shared.core.ids import derived_id


async def open_child(work: Work, command: OpenChild) -> Ticket:
    """Open a child of the ticket in `queue`, or where the rules send `request_type` (exactly one is
    given); return the child.

    It carries `fields` and nothing else. Raises ImpossibleValue for a queue that does not exist, is
    closed, is that of a ticket above it, or needs data (named) that the child would lack. What
    routing finds missing makes the child `returned` instead.
    """
    parent, roles = await work.admitted(command.number, "open_child")
    titled, written, answers = (
        line(command.subject, field="subject"),
        words(command.body, field="body"),
        clean_answers(command.fields),
    )
    if (command.queue is None) == (command.request_type is None):
        raise ImpossibleValue("queue", "exactly_one")
    if command.queue is not None:
        await _require_way_down(work.tickets, work.desk, parent, command.queue, answers)
    elif command.request_type not in work.desk.forms:
        raise ImpossibleValue("request_type", "unknown_request_type", str(command.request_type))
    work.require_turn(parent, roles, "open_child")
    day = desk_day(work.now, timezone=work.desk.timezone)
    (counter,) = await work.counters.draw(day=day, count=1)
    child = new_ticket(
        # From the message that asks, so that a repeat opens the same child.
        ticket_id=derived_id(
            "child", parent.id, work.cause.causation_id or work.cause.correlation_id
        ),
        number=ticket_number(day, system_id=work.desk.system_id, counter=counter),
        requester=parent.requester,
        request_type=command.request_type,
        request_id=None,
        subject=titled,
        fields=answers,
        context=parent.context,
        language=parent.language,
        priority=parent.priority,
        queue=command.queue,
        parent=parent,
        routing=Routing(rule=None, reason=f"opened in queue {command.queue}")
        if command.queue
        else None,
        at=work.now,
    )
    begun = work.done(child, child.created(body=written, written_at=work.now, actor=work.actor))
    try:
        await work.tickets.add([begun])
    except TooLarge as error:
        raise ImpossibleValue("fields", "too_long") from error
    opened = child_opened(
        parent,
        child=child,
        body=written,
        actor=work.actor,
        desk=work.desk,
        run=parent.run,
        at=work.now,
    )
    await work.tickets.record([work.done(parent, opened)])
    await work.tickets.record(
        await assign_automatically(
            work.presence, work.desk, landed=[(child, work.cause)], now=work.now
        )
    )
    return child


async def bounce(work: Work, command: Bounce) -> Ticket:
    """Send a child back to the owner of its parent, who completes or withdraws it."""
    child, roles = await work.admitted(command.number, "bounce")
    written = words(command.reason, field="reason")
    work.require_turn(child, roles, "bounce")
    change = bounced(child, reason=written, actor=work.actor, desk=work.desk, at=work.now)
    return await work.record(child, change, field="reason")


async def resend(work: Work, command: Resend) -> Ticket:
    """Complete a returned child with `fields` and send it again to the queue that sent it back;
    where that is closed, by rule.

    Raises ImpossibleValue where that queue still lacks data (named), or is that of a ticket above
    it.
    """
    child, roles = await work.admitted(command.number, "resend")
    written = words(command.body, field="body")
    whole = {**child.fields, **clean_answers(command.fields)}
    parent = (
        (await work.tickets.peek([child.parent_id])).get(child.parent_id)
        if child.parent_id
        else None
    )
    known = work.desk.queues.get(child.queue) if child.queue else None
    queue = child.queue if known is not None and not known.closed else None
    if queue is not None:
        if parent is not None and queue in await queues_above(work.tickets, parent):
            raise ImpossibleValue("queue", "asks_itself", queue)
        require_needs(work.desk, queue, whole)
    work.require_turn(child, roles, "resend")
    change = resent(
        child,
        fields=whole,
        body=written,
        queue=queue,
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    return await work.record(child, change, field="fields")


async def _require_way_down(
    tickets: Tickets, desk: Desk, parent: Ticket, queue: str, fields: dict[str, Answer]
) -> None:
    description = desk.queues.get(queue)
    if description is None:
        raise ImpossibleValue("queue", "unknown_queue", queue)
    if description.closed:
        raise ImpossibleValue("queue", "queue_closed", queue)
    if queue in await queues_above(tickets, parent):
        raise ImpossibleValue("queue", "asks_itself", queue)
    require_needs(desk, queue, fields)


async def queues_above(tickets: Tickets, ticket: Ticket) -> set[str]:
    """Return the queues in which the ticket and those above it are: a child there would be a
    request of an office to itself.
    """
    queues = {ticket.queue}
    while (
        ticket.parent_id is not None
        and (above := (await tickets.peek([ticket.parent_id])).get(ticket.parent_id)) is not None
    ):
        ticket = above
        queues.add(ticket.queue)
    return {queue for queue in queues if queue is not None}


async def hear_of_children(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    *,
    news: Sequence[tuple[ChildTold, Cause]],
    now: datetime,
) -> None:
    """Add to each parent, once, what happened to a child; after the last end it is open again, or
    its recipe opens the next.

    The parents are locked, and the states of all their children are read after that, so that of two
    children that end at once the second is decided with both. Raises NotYet for a parent that does
    not exist yet.
    """
    parents = await tickets.load({told.parent_id for told, _ in news})
    known = await tickets.known_articles({article_id_of(told) for told, _ in news})
    for told, cause in news:
        parent = parents.get(told.parent_id)
        if parent is None:
            raise NotYet(f"ticket {told.parent_id}")
        if article_id_of(told) in known:
            continue
        known.add(article_id_of(told))
        await _hear(tickets, counters, presence, desk, parent, told, cause, now)


async def _hear(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    parent: Ticket,
    told: ChildTold,
    cause: Cause,
    now: datetime,
) -> None:
    if _goes_to_requester(desk, parent, told):
        await tickets.record([Done(parent, child_answered(parent, news=told, at=now), cause)])
        return
    run = run_as(parent.run, parent.states_of_children) if parent.run else None
    will_open = run is not None and parent.state in CAN_OPEN_CHILDREN and bool(due_steps(run))
    reported = child_reported(
        parent, news=told, run=run, opens_another=will_open, desk=desk, at=now
    )
    await tickets.record([Done(parent, reported, cause)])
    if will_open:
        await go_on(tickets, counters, presence, desk, ticket=parent, cause=cause, now=now)


def _goes_to_requester(desk: Desk, parent: Ticket, told: ChildTold) -> bool:
    description = desk.queues.get(told.queue) if told.queue else None
    return (
        told.news == "answer"
        and description is not None
        and description.answers_requester
        and parent.parent_id is None
    )
