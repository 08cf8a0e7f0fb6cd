"""What the person who asked may write."""

from uuid import UUID

from services.tickets.domain.beginning import new_ticket
from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import CLOSED, step
from services.tickets.numbers import desk_day, ticket_number
from services.tickets.ports import Counters, Done, Tickets
from services.tickets.rights import admit_requester, keeps_responsible
from services.tickets.usecases.asked import Asked, facts_of, is_queue_open, record, words
from shared.actions import holder_of, is_own_request
from shared.desk import Desk
from shared.errors import ImpossibleValue, StateForbids, TooLarge
from shared.events.ticket_state import Link, State
from shared.ids import derived_id


async def requester_reply(tickets: Tickets, counters: Counters, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Let the requester write; return the ticket that got the words.

    What a reply to a closed ticket does is the desk's policy: it opens it again, is refused (StateForbids), or becomes a new ticket that
    is linked to it; then the new one is returned. A reply to a merged ticket goes to the one that goes on with it.
    """
    asked_about = await tickets.get(number)
    admit_requester(desk, asked_about, asked.caller, "requester_replies")
    written = words(body, field="body")
    ticket = await _goes_on_as(tickets, asked_about)
    state = step(ticket.state, "requester_replies", await facts_of(tickets, desk, ticket))
    if state in CLOSED:
        return await _begin_linked(tickets, counters, desk, closed=ticket, body=written, asked=asked)
    is_by_requester = is_own_request(ticket, asked.caller)
    await _write(tickets, desk, ticket, written=written, state=state, asked=asked, is_by_requester=is_by_requester)
    return asked_about if asked_about.id != ticket.id else ticket


async def answer_the_office(tickets: Tickets, desk: Desk, *, child: Ticket, parent: Ticket | None, body: str, asked: Asked) -> Ticket:
    """Let the owner of its `parent` write to the office that has the `child`, where he stands in the requester's place.

    A closed child is open again if the desk lets replies reopen tickets and the parent has not ended; it never becomes a new ticket.
    """
    written = words(body, field="body")
    state = step(child.state, "requester_replies", await facts_of(tickets, desk, child, parent=parent))
    if state in CLOSED:
        raise StateForbids(child.state, "requester_replies")
    return await _write(tickets, desk, child, written=written, state=state, asked=asked)


async def _write(
    tickets: Tickets, desk: Desk, ticket: Ticket, *, written: str, state: State, asked: Asked, is_by_requester: bool = True
) -> Ticket:
    change = ticket.requester_replied(
        body=written,
        actor=asked.actor,
        state=state,
        is_owner_able=holder_of(desk, ticket) is not None,
        is_responsible_able=keeps_responsible(desk, ticket.responsible, ticket.queue),
        is_queue_open=is_queue_open(desk, ticket),
        is_by_requester=is_by_requester,
        at=asked.now,
    )
    return await record(tickets, ticket, change, asked=asked)


async def _goes_on_as(tickets: Tickets, ticket: Ticket) -> Ticket:
    while ticket.merged_into is not None:
        ticket = await tickets.get(ticket.merged_into)
    return ticket


async def _begin_linked(tickets: Tickets, counters: Counters, desk: Desk, *, closed: Ticket, body: str, asked: Asked) -> Ticket:
    day = desk_day(asked.now, timezone=desk.timezone)
    (counter,) = await counters.draw(day=day, count=1)
    begun = new_ticket(
        ticket_id=_id_of(closed, asked),
        number=ticket_number(day, system_id=desk.system_id, counter=counter),
        requester=closed.requester,
        request_type=closed.request_type,
        request_id=None,
        subject=closed.subject,
        fields=closed.fields,
        context=closed.context,
        language=closed.language,
        priority=closed.priority,
        links=(Link(to=closed.number, kind="related"),),
        at=asked.now,
    )
    try:
        await tickets.add([Done(begun, begun.created(body=body, written_at=asked.now), asked.cause)])
    except TooLarge as error:
        raise ImpossibleValue("body", "too_long") from error
    change = closed.linked(to=Link(to=begun.number, kind="related"), actor=asked.actor, at=asked.now)
    await tickets.record([Done(closed, change, asked.cause)])
    return begun


def _id_of(closed: Ticket, asked: Asked) -> UUID:
    # From the message that asks, so that a repeat begins the same ticket.
    return derived_id("reply", closed.id, asked.cause.causation_id or asked.cause.correlation_id)
