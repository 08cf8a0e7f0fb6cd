"""What the person who asked may write."""

from functools import partial
from uuid import UUID

from services.tickets.domain import correspondence
from services.tickets.domain.creation import new_ticket
from services.tickets.domain.lifecycle import CLOSED
from services.tickets.domain.merging import linked
from services.tickets.domain.numbers import desk_day, ticket_number
from services.tickets.domain.rights import admit_requester
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Work, words
from shared.contracts.commands.tickets import RequesterReply
from shared.contracts.events.ticket_state import Link
from shared.core.errors import ImpossibleValue, ReplyRejected, StateForbids, TooLarge
from shared.core.ids import derived_id
from shared.policy.permissions import is_own_request


async def requester_reply(work: Work, command: RequesterReply) -> Ticket:
    """Let the requester write; see `write_as_requester`."""
    ticket = await work.tickets.get(command.number)
    admit_requester(work.desk, ticket, work.caller, "requester_replies")
    return await write_as_requester(work, ticket, body=command.body)


async def write_as_requester(work: Work, ticket: Ticket, *, body: str) -> Ticket:
    """Let the caller, who may act for the requester, write to `ticket`; return the ticket that got
    the words.

    What a reply to a closed ticket does is the desk's policy: it opens it again, is refused
    (ReplyRejected), or becomes a new ticket that is linked to it; then the new one is returned. A
    reply to a merged ticket is for the one that goes on with it.
    """
    written = words(body, field="body")
    goal = await _goes_on_as(work.tickets, ticket)
    if goal.state in CLOSED and work.desk.policies.reopen == "reject":
        form = ticket.request_type if ticket.request_type in work.desk.forms else None
        raise ReplyRejected(goal.state, "requester_replies", form)
    if goal.state_after("requester_replies", work.desk) in CLOSED:
        return await _begin_linked(work, written_to=ticket, closed=goal, body=written)
    return await _write(work, ticket, goal, written=written)


async def answer_the_office(work: Work, *, child: Ticket, body: str) -> Ticket:
    """Let the owner of the parent, who stands in the requester's place, write to the office that
    has `child`.

    A closed child is open again if the desk lets replies reopen tickets and the parent has not
    ended; it never becomes a new ticket. A reply to a merged child is for the one that goes on with
    it.
    """
    written = words(body, field="body")
    goal = await _goes_on_as(work.tickets, child)
    if goal.state_after("requester_replies", work.desk) in CLOSED:
        raise StateForbids(goal.state, "requester_replies")
    return await _write(work, child, goal, written=written)


async def _write(work: Work, ticket: Ticket, goal: Ticket, *, written: str) -> Ticket:
    """Record what was written to `ticket`, for which `goal` goes on where it was merged.

    The words stay with the ticket that they were written to, where they are found also when the
    merge has been undone.
    """
    is_merged = goal.id != ticket.id
    replied = partial(
        correspondence.requester_replied,
        goal,
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    if not is_merged:
        return await work.record(ticket, replied(body=written))
    await work.record(
        ticket, correspondence.written_to(ticket, body=written, actor=work.actor, at=work.now)
    )
    await work.record(goal, replied(body=None))
    return ticket


async def _goes_on_as(tickets: Tickets, ticket: Ticket) -> Ticket:
    while ticket.merged_into is not None:
        ticket = await tickets.get(ticket.merged_into)
    return ticket


async def _begin_linked(work: Work, *, written_to: Ticket, closed: Ticket, body: str) -> Ticket:
    """Begin a ticket with what the caller wrote to `written_to`, their own request, for which
    `closed` went on.

    It inherits from the request that they wrote to, and is linked to the other one only where that
    is their own as well.
    """
    day = desk_day(work.now, timezone=work.desk.timezone)
    (counter,) = await work.counters.draw(day=day, count=1)
    own = {
        one.id: one
        for one in (written_to, closed)
        if one.id == written_to.id or is_own_request(one, work.caller)
    }
    begun = new_ticket(
        ticket_id=_id_of(work, closed),
        number=ticket_number(day, system_id=work.desk.system_id, counter=counter),
        requester=written_to.requester,
        request_type=written_to.request_type,
        request_id=None,
        subject=written_to.subject,
        fields=written_to.fields,
        context=written_to.context,
        language=written_to.language,
        priority=written_to.priority,
        links=tuple(Link(to=one.number, kind="related") for one in own.values()),
        at=work.now,
    )
    try:
        await work.tickets.add(
            [work.done(begun, begun.created(body=body, written_at=work.now, actor=work.actor))]
        )
    except TooLarge as error:
        raise ImpossibleValue("body", "too_long") from error
    link = Link(to=begun.number, kind="related")
    await work.tickets.record(
        [
            work.done(one, linked(one, to=link, actor=work.actor, desk=work.desk, at=work.now))
            for one in own.values()
        ]
    )
    return begun


def _id_of(work: Work, closed: Ticket) -> UUID:
    return derived_id("reply", closed.id, work.cause.causation_id or work.cause.correlation_id)
