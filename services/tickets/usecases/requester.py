"""What the person who asked may write."""

from functools import partial
from uuid import UUID

from services.tickets.domain.beginning import new_ticket
from services.tickets.domain.lifecycle import CLOSED, step
from services.tickets.domain.numbers import desk_day, ticket_number
from services.tickets.domain.rights import admit_requester, keeps_responsible
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Tickets
from services.tickets.usecases.context import Asked, facts_of, is_queue_open, record, words
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import Link, State
from shared.core.errors import ImpossibleValue, ReplyRejected, StateForbids, TooLarge
from shared.core.ids import derived_id
from shared.policy.permissions import holder_of, is_own_request


async def requester_reply(
    tickets: Tickets, counters: Counters, desk: Desk, *, number: str, body: str, asked: Asked, is_admitted: bool = False
) -> Ticket:
    """Let the requester write; return the ticket that got the words.

    `is_admitted`: a link made sure that the caller may act for the requester.

    What a reply to a closed ticket does is the desk's policy: it opens it again, is refused (ReplyRejected), or becomes a new ticket
    that is linked to it; then the new one is returned. A reply to a merged ticket is for the one that goes on with it.
    """
    ticket = await tickets.get(number)
    if not is_admitted:
        admit_requester(desk, ticket, asked.caller, "requester_replies")
    written = words(body, field="body")
    goal = await _goes_on_as(tickets, ticket)
    if goal.state in CLOSED and desk.policies.reopen == "reject":
        raise ReplyRejected(goal.state, "requester_replies", ticket.request_type if ticket.request_type in desk.forms else None)
    state = step(goal.state, "requester_replies", await facts_of(tickets, desk, goal))
    if state in CLOSED:
        return await _begin_linked(tickets, counters, desk, written_to=ticket, closed=goal, body=written, asked=asked)
    return await _write(tickets, desk, ticket, goal, written=written, state=state, asked=asked)


async def answer_the_office(tickets: Tickets, desk: Desk, *, child: Ticket, parent: Ticket | None, body: str, asked: Asked) -> Ticket:
    """Let the owner of its `parent` write to the office that has the `child`, where they stand in the requester's place.

    A closed child is open again if the desk lets replies reopen tickets and the parent has not ended; it never becomes a new ticket.
    A reply to a merged child is for the one that goes on with it.
    """
    written = words(body, field="body")
    goal = await _goes_on_as(tickets, child)
    state = step(goal.state, "requester_replies", await facts_of(tickets, desk, goal, parent=parent))
    if state in CLOSED:
        raise StateForbids(goal.state, "requester_replies")
    return await _write(tickets, desk, child, goal, written=written, state=state, asked=asked)


async def _write(tickets: Tickets, desk: Desk, ticket: Ticket, goal: Ticket, *, written: str, state: State, asked: Asked) -> Ticket:
    """Record what was written to `ticket`, for which `goal` goes on where it was merged.

    The words stay with the ticket that they were written to, where they are found also when the merge has been undone.
    """
    is_merged = goal.id != ticket.id
    replied = partial(
        goal.requester_replied,
        actor=asked.actor,
        state=state,
        is_owner_able=holder_of(desk, goal) is not None,
        is_responsible_able=keeps_responsible(desk, goal.responsible, goal.queue),
        is_queue_open=is_queue_open(desk, goal),
        at=asked.now,
    )
    if not is_merged:
        return await record(tickets, ticket, replied(body=written), asked=asked)
    await record(tickets, ticket, ticket.written_to(body=written, actor=asked.actor, at=asked.now), asked=asked)
    await record(tickets, goal, replied(body=None), asked=asked)
    return ticket


async def _goes_on_as(tickets: Tickets, ticket: Ticket) -> Ticket:
    while ticket.merged_into is not None:
        ticket = await tickets.get(ticket.merged_into)
    return ticket


async def _begin_linked(
    tickets: Tickets, counters: Counters, desk: Desk, *, written_to: Ticket, closed: Ticket, body: str, asked: Asked
) -> Ticket:
    """Begin a ticket with what the caller wrote to `written_to`, their own request, for which `closed` went on.

    It inherits from the request that they wrote to, and is linked to the other one only where that is their own as well.
    """
    day = desk_day(asked.now, timezone=desk.timezone)
    (counter,) = await counters.draw(day=day, count=1)
    own = {one.id: one for one in (written_to, closed) if one.id == written_to.id or is_own_request(one, asked.caller)}
    begun = new_ticket(
        ticket_id=_id_of(closed, asked),
        number=ticket_number(day, system_id=desk.system_id, counter=counter),
        requester=written_to.requester,
        request_type=written_to.request_type,
        request_id=None,
        subject=written_to.subject,
        fields=written_to.fields,
        context=written_to.context,
        language=written_to.language,
        priority=written_to.priority,
        links=tuple(Link(to=one.number, kind="related") for one in own.values()),
        at=asked.now,
    )
    try:
        await tickets.add([Done(begun, begun.created(body=body, written_at=asked.now, actor=asked.actor), asked.cause)])
    except TooLarge as error:
        raise ImpossibleValue("body", "too_long") from error
    link = Link(to=begun.number, kind="related")
    await tickets.record([Done(one, one.linked(to=link, actor=asked.actor, at=asked.now), asked.cause) for one in own.values()])
    return begun


def _id_of(closed: Ticket, asked: Asked) -> UUID:
    # From the message that asks, so that a repeat begins the same ticket.
    return derived_id("reply", closed.id, asked.cause.causation_id or asked.cause.correlation_id)
