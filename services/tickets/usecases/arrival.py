"""What other services publish, a batch at a time: requests, decisions of routing, mails that went
out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.tickets.domain import correspondence, placement
from services.tickets.domain.changes import Change
from services.tickets.domain.children import landed_wrong
from services.tickets.domain.creation import new_ticket
from services.tickets.domain.numbers import desk_day, is_ticket_number, ticket_number
from services.tickets.domain.sentences import above_sentence, needs_sentence
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.auto_assignment import assign_automatically
from services.tickets.usecases.children import queues_above
from services.tickets.usecases.context import clean_answers
from services.tickets.usecases.questions import days_to_answer
from shared.contracts.desk import Desk
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.notify import DeliveryEvent, MailKind
from shared.contracts.events.routing import TicketRouted
from shared.contracts.events.ticket_state import Routing
from shared.core.cause import Cause
from shared.core.errors import NotYet
from shared.core.ids import TicketNumber, derived_id
from shared.text.cleaning import clean_line, clean_text

log = structlog.get_logger()

NOTICES: frozenset[MailKind] = frozenset({"receipt", "taking_charge", "reminder", "expired"})
"""The mails that become articles when their delivery is published; the others carry an article that
exists already.
"""


async def create_tickets(
    tickets: Tickets,
    counters: Counters,
    desk: Desk,
    *,
    requests: Sequence[tuple[RequestSubmitted, Cause]],
    now: datetime,
) -> set[UUID]:
    """Make one ticket of each request; return the ids of the tickets of requests that were seen
    before.

    This is idempotent, because the id of a ticket derives from the id of its request. A request
    that had a number before gets that number, unless another ticket has it by now.
    """
    once = {
        derived_id("ticket", request.request_id): (request, cause) for request, cause in requests
    }
    # Intake says so of most requests when it publishes them all again: no numbers are drawn for
    # them.
    known = set(
        await tickets.peek(
            {ticket_id for ticket_id, (request, _) in once.items() if request.ticket_number}
        )
    )
    new = {
        ticket_id: (request, cause)
        for ticket_id, (request, cause) in once.items()
        if ticket_id not in known
    }
    numbers = await _numbers(
        tickets,
        counters,
        desk,
        requests={ticket_id: request for ticket_id, (request, _) in new.items()},
        now=now,
    )
    done = []
    for ticket_id, (request, cause) in new.items():
        ticket = _ticket_of(request, ticket_id=ticket_id, number=numbers[ticket_id], now=now)
        body = clean_text(request.body)
        done.append(
            Done(
                ticket,
                ticket.created(body=body, written_at=request.submitted_at, actor=request.filed_by),
                cause,
            )
        )
    return known | await tickets.add(done)


async def apply_routing(
    tickets: Tickets,
    presence: Presence,
    desk: Desk,
    *,
    decisions: Sequence[tuple[TicketRouted, Cause]],
    now: datetime,
) -> None:
    """Give tickets the queues that routing decided, each only while the hop it was asked for is
    open and has none.

    Any other decision is obsolete: the ticket has moved on or ended, or the question was answered
    before. Where the queue was closed meanwhile, routing is asked again. A child that lacks what
    the queue needs, or that would be a request of an office to itself, goes back at once. Raises
    NotYet for a ticket that does not exist yet.
    """
    found = await tickets.load({decision.ticket_id for decision, _ in decisions})
    done, landed = [], []
    for decision, cause in decisions:
        ticket = _known(found, decision.ticket_id)
        if ticket.hop is None or ticket.hop.id != decision.hop_id or ticket.queue is not None:
            log.info(
                "tickets.routing.obsolete",
                ticket_id=decision.ticket_id,
                hop_id=decision.hop_id,
                queue=decision.queue,
            )
            continue
        destination = desk.queues.get(decision.queue)
        if destination is not None and destination.closed:
            # Closed since it was decided; routing, where desks are applied first, knows it by now.
            done.append(Done(ticket, placement.routing_asked_again(ticket, at=now), cause))
            continue
        why_not = (
            await _why_not_there(tickets, desk, ticket, decision)
            if ticket.parent_id is not None
            else None
        )
        if why_not is not None:
            change = landed_wrong(ticket, queue=decision.queue, reason=why_not, desk=desk, at=now)
            done.append(Done(ticket, change, cause))
            continue
        routing = Routing(rule=decision.rule, reason=decision.reason)
        change = placement.routed(ticket, queue=decision.queue, routing=routing, desk=desk, at=now)
        done.append(Done(ticket, change, cause))
        landed.append((ticket, cause))
    await tickets.record(done)
    await tickets.record(await assign_automatically(presence, desk, landed=landed, now=now))


async def append_notices(
    tickets: Tickets,
    desk: Desk,
    *,
    deliveries: Sequence[tuple[DeliveryEvent, Cause]],
    now: datetime,
) -> None:
    """Add each notice to the requester as an article, once.

    The time to answer a reminder begins with that.

    Raises NotYet for a ticket that does not exist yet.
    """
    notices: dict[UUID, tuple[DeliveryEvent, Cause]] = {}
    for delivery, cause in deliveries:
        if delivery.kind in NOTICES:
            notices.setdefault(delivery.article_id, (delivery, cause))
    # Locked before the look at what is known, so that two processes do not both find a notice
    # missing.
    found = await tickets.load({delivery.ticket_id for delivery, _ in notices.values()})
    known = await tickets.known_articles(notices)
    done = []
    for article_id, (delivery, cause) in notices.items():
        if article_id not in known:
            ticket = _known(found, delivery.ticket_id)
            done.append(Done(ticket, _notice(ticket, delivery, desk, now=now), cause))
    await tickets.record(done)


async def ask_routing_again(
    tickets: Tickets, *, now: datetime, patience: timedelta, limit: int
) -> int:
    """Ask routing once more for up to `limit` tickets whose last question is older than `patience`;
    return how many.
    """
    waiting = await tickets.waiting_for_queue(asked_before=now - patience, limit=limit)
    await tickets.record(
        [
            Done(ticket, placement.routing_asked_again(ticket, at=now), Cause.fresh())
            for ticket in waiting
        ]
    )
    for ticket in waiting:
        log.info(
            "tickets.routing.asked_again",
            ticket_id=ticket.id,
            hop_id=ticket.hop.id if ticket.hop else None,
        )
    return len(waiting)


async def _numbers(
    tickets: Tickets,
    counters: Counters,
    desk: Desk,
    *,
    requests: Mapping[UUID, RequestSubmitted],
    now: datetime,
) -> dict[UUID, TicketNumber]:
    """Return a number for the ticket of each of `requests`: the one that it had, else the next of
    today.
    """
    given = ((request.ticket_number or "", ticket_id) for ticket_id, request in requests.items())
    had = {number: ticket_id for number, ticket_id in given if is_ticket_number(number)}
    taken = await tickets.load_numbers(had) if had else {}
    numbers = {
        ticket_id: TicketNumber(number) for number, ticket_id in had.items() if number not in taken
    }
    without = [ticket_id for ticket_id in requests if ticket_id not in numbers]
    day = desk_day(now, timezone=desk.timezone)
    drawn = await counters.draw(day=day, count=len(without)) if without else []
    fresh = (ticket_number(day, system_id=desk.system_id, counter=counter) for counter in drawn)
    return numbers | dict(zip(without, fresh, strict=True))


def _ticket_of(request: RequestSubmitted, *, ticket_id: UUID, number: str, now: datetime) -> Ticket:
    return new_ticket(
        ticket_id=ticket_id,
        number=number,
        requester=request.requester.model_copy(
            update={"name": clean_line(request.requester.name) or request.requester.email}
        ),
        request_type=request.form,
        request_id=request.request_id,
        subject=clean_line(request.subject),
        fields=clean_answers(request.fields),
        context=request.context,
        language=request.language,
        priority=request.priority,
        at=now,
    )


async def _why_not_there(
    tickets: Tickets, desk: Desk, child: Ticket, decision: TicketRouted
) -> str | None:
    if decision.missing:
        return needs_sentence(desk, decision.queue, decision.missing)
    if decision.queue in await queues_above(tickets, child):
        return above_sentence(desk, decision.queue)
    return None


def _notice(ticket: Ticket, delivery: DeliveryEvent, desk: Desk, *, now: datetime) -> Change:
    was_reminder = (
        delivery.kind == "reminder"
        and ticket.state == "waiting_requester"
        and ticket.reminded_at is not None
    )
    return correspondence.notified(
        ticket,
        expires_at=now + days_to_answer(desk) if was_reminder else None,
        article_id=delivery.article_id,
        subject=delivery.subject,
        body=delivery.body,
        written_at=delivery.owed_at,
        at=now,
    )


def _known(found: dict[UUID, Ticket], ticket_id: UUID) -> Ticket:
    if ticket_id not in found:
        raise NotYet(f"ticket {ticket_id}")
    return found[ticket_id]
