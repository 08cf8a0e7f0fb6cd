"""What other services tell, in batches that may come twice and in any order."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.arrival import (
    append_notices,
    apply_routing,
    ask_routing_again,
    create_tickets,
)
from shared.contracts.events.notify import DeliveryDelayed, DeliveryEvent, DeliverySent, MailKind
from shared.contracts.events.routing import TicketRouted
from shared.contracts.events.ticket_state import Routing
from shared.contracts.events.tickets import (
    TicketCreated,
    TicketNotified,
    TicketQueued,
    TicketRoutingRequested,
)
from shared.contracts.people import SYSTEM, Actor
from shared.core.cause import Cause
from shared.core.errors import NotYet
from shared.core.ids import derived_id
from tests.factories.tickets import (
    ANNA,
    REQUESTER,
    T0,
    make_queued_ticket,
    make_request,
    make_ticket,
    minutes,
)
from tests.factories.tickets_desk import make_desk
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()


def make_decision(
    ticket: Ticket, *, hop_id: UUID | None = None, queue: str = "studenti"
) -> TicketRouted:
    return TicketRouted(
        ticket_id=ticket.id,
        hop_id=hop_id or (ticket.hop.id if ticket.hop else uuid4()),
        ticket_version=ticket.version,
        queue=queue,
        rule="tasse",
        reason="request type tasse",
        decided_at=minutes(1),
    )


def make_delivery(
    ticket: Ticket, *, kind: MailKind = "receipt", article_id: UUID | None = None, version: int = 2
) -> DeliverySent:
    return DeliverySent(
        delivery_id=uuid4(),
        version=version,
        ticket_id=ticket.id,
        article_id=article_id or uuid4(),
        kind=kind,
        state="sent",
        recipient="giulia.neri@studenti.example.edu",
        subject="Ricevuta",
        body="Il numero è 2026092810000016",
        owed_at=minutes(1),
        at=minutes(2),
    )


async def test_each_request_becomes_one_ticket_with_its_number_and_article() -> None:
    tickets, counters = FakeTickets(), FakeCounters()
    first, second = make_request(), make_request(subject="Borsa")
    causes = (Cause.fresh(), Cause.fresh())

    await create_tickets(
        tickets,
        counters,
        DESK,
        requests=list(zip((first, second), causes, strict=True)),
        now=minutes(1),
    )

    assert [type(event) for event in tickets.events] == [TicketCreated, TicketCreated]
    assert [event.ticket.number for event in tickets.events] == [
        "2026092810000016",
        "2026092810000025",
    ]
    assert [event.ticket.id for event in tickets.events] == [
        derived_id("ticket", r.request_id) for r in (first, second)
    ]
    assert [each.cause for each in tickets.done] == list(causes)
    state = tickets.events[0].ticket
    assert (state.state, state.queue, state.request_type, state.priority, state.created_at) == (
        "new",
        None,
        "tasse",
        3,
        minutes(1),
    )
    assert state.fields == {
        "subject": "Seconda rata",
        "matricola": "123456",
        "importo": 250.5,
        "consent": True,
    }
    (article,) = tickets.events[0].articles
    assert (article.kind, article.body, article.author, article.created_at) == (
        "request",
        first.body,
        REQUESTER,
        T0,
    )


async def test_a_request_whose_ticket_was_lost_gets_its_number_back_unless_another_has_it() -> None:
    other = make_ticket(number="2026092810000061")
    tickets = FakeTickets(other)
    free, taken, none, nonsense = (
        make_request().model_copy(update={"ticket_number": number})
        for number in ("2026092710000312", other.number, None, "7")
    )

    requests = [(request, Cause.fresh()) for request in (free, taken, none, nonsense)]
    await create_tickets(tickets, FakeCounters(), DESK, requests=requests, now=minutes(1))

    numbers = {event.ticket.id: event.ticket.number for event in tickets.events}
    assert [
        numbers[derived_id("ticket", request.request_id)]
        for request in (free, taken, none, nonsense)
    ] == [
        "2026092710000312",
        "2026092810000016",
        "2026092810000025",
        "2026092810000034",
    ]


async def test_requests_that_are_published_again_and_are_tickets_already_use_up_no_numbers() -> (
    None
):
    tickets, counters = FakeTickets(), FakeCounters()
    known = make_request()
    await create_tickets(tickets, counters, DESK, requests=[(known, Cause.fresh())], now=minutes(1))
    (event,) = tickets.events
    again = known.model_copy(update={"ticket_number": event.ticket.number})

    told = await create_tickets(
        tickets, counters, DESK, requests=[(again, Cause.fresh()) for _ in range(2)], now=minutes(2)
    )
    await create_tickets(
        tickets, counters, DESK, requests=[(make_request(), Cause.fresh())], now=minutes(3)
    )

    assert told == {event.ticket.id}
    assert [each.ticket.number for each in tickets.events] == [
        "2026092810000016",
        "2026092810000025",
    ]


async def test_the_texts_of_a_request_are_cleaned_at_the_door() -> None:
    tickets = FakeTickets()
    sent = make_request(subject="Seconda\trata\u202e\r\n2026").model_copy(
        update={"body": "uno\r\ndue\x00", "fields": {"matricola": "\u200b123456", "importo": 250.5}}
    )

    await create_tickets(
        tickets, FakeCounters(), DESK, requests=[(sent, Cause.fresh())], now=minutes(1)
    )

    (event,) = tickets.events
    assert isinstance(event, TicketCreated)
    assert (event.ticket.subject, event.ticket.fields) == (
        "Seconda rata 2026",
        {"matricola": "123456", "importo": 250.5},
    )
    assert [article.body for article in event.articles] == ["uno\ndue"]


async def test_who_files_a_request_for_somebody_stands_in_its_history_and_wrote_its_article() -> (
    None
):
    tickets, anna = FakeTickets(), Actor(identity="anna.ferri", name="Anna Ferri")
    request = make_request().model_copy(update={"filed_by": anna})

    await create_tickets(
        tickets, FakeCounters(), DESK, requests=[(request, Cause.fresh())], now=minutes(1)
    )

    (created,) = tickets.events
    assert (
        created.actor,
        created.ticket.requester,
        [article.author for article in created.articles],
    ) == (anna, request.requester, [anna])


async def test_a_request_told_twice_is_one_ticket() -> None:
    tickets, counters, request = FakeTickets(), FakeCounters(), make_request()
    batch = [(request, Cause.fresh()), (request, Cause.fresh())]

    await create_tickets(tickets, counters, DESK, requests=batch, now=minutes(1))
    await create_tickets(tickets, counters, DESK, requests=batch, now=minutes(2))

    assert len(tickets.done) == 1
    assert counters.drawn[0] == (minutes(1).date(), 1)


async def test_the_number_has_the_date_of_the_desk() -> None:
    tickets = FakeTickets()
    late = T0.replace(hour=22, minute=30)

    await create_tickets(
        tickets, FakeCounters(), DESK, requests=[(make_request(), Cause.fresh())], now=late
    )

    assert tickets.events[0].ticket.number[:8] == "20260929"


async def test_a_decision_gives_the_ticket_its_queue() -> None:
    ticket = make_ticket()
    tickets = FakeTickets(ticket)

    await apply_routing(
        tickets, tickets, DESK, decisions=[(make_decision(ticket), Cause.fresh())], now=minutes(2)
    )

    (event,) = tickets.events
    assert isinstance(event, TicketQueued)
    assert (event.actor, event.reason) == (SYSTEM, "request type tasse")
    assert (event.ticket.queue, event.ticket.routing) == (
        "studenti",
        Routing(rule="tasse", reason="request type tasse"),
    )


async def test_a_decision_told_twice_counts_once_even_within_one_batch() -> None:
    ticket = make_ticket()
    tickets = FakeTickets(ticket)
    first, again = make_decision(ticket), make_decision(ticket, queue="ict")

    await apply_routing(
        tickets,
        tickets,
        DESK,
        decisions=[(first, Cause.fresh()), (again, Cause.fresh())],
        now=minutes(2),
    )
    await apply_routing(tickets, tickets, DESK, decisions=[(again, Cause.fresh())], now=minutes(3))

    assert [event.ticket.queue for event in tickets.events] == ["studenti"]


async def test_a_decision_for_another_stay_is_obsolete() -> None:
    ticket = make_ticket()
    tickets = FakeTickets(ticket)

    await apply_routing(
        tickets,
        tickets,
        DESK,
        decisions=[(make_decision(ticket, hop_id=uuid4()), Cause.fresh())],
        now=minutes(2),
    )

    assert tickets.done == []
    assert tickets.kept[ticket.id].queue is None


async def test_a_decision_for_a_withdrawn_ticket_is_obsolete() -> None:
    ticket = make_ticket()
    decision = make_decision(ticket)
    ticket.withdrawn(actor=REQUESTER, desk=DESK, at=minutes(1))
    tickets = FakeTickets(ticket)

    await apply_routing(
        tickets, tickets, DESK, decisions=[(decision, Cause.fresh())], now=minutes(2)
    )

    assert tickets.done == []


async def test_a_queue_that_was_closed_since_is_not_reached_and_routing_is_asked_again() -> None:
    ticket = make_ticket()
    tickets = FakeTickets(ticket)
    decision = make_decision(ticket)
    closed = DESK.queues[decision.queue].model_copy(update={"closed": True})
    desk = DESK.model_copy(update={"queues": {**DESK.queues, decision.queue: closed}})

    await apply_routing(
        tickets, tickets, desk, decisions=[(decision, Cause.fresh())], now=minutes(2)
    )

    assert [type(event) for event in tickets.events] == [TicketRoutingRequested]
    assert (tickets.kept[ticket.id].queue, tickets.kept[ticket.id].routing_asked_at) == (
        None,
        minutes(2),
    )


async def test_a_decision_for_an_unknown_ticket_waits() -> None:
    with pytest.raises(NotYet):
        await apply_routing(
            FakeTickets(),
            FakeTickets(),
            DESK,
            decisions=[(make_decision(make_ticket()), Cause.fresh())],
            now=minutes(2),
        )


async def test_a_receipt_becomes_a_notice_once() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)
    sent = make_delivery(ticket)
    facts = sent.model_dump(exclude={"state", "version"})
    delayed = DeliveryDelayed(**facts, state="delayed", version=1)
    batch: list[tuple[DeliveryEvent, Cause]] = [(delayed, Cause.fresh()), (sent, Cause.fresh())]

    await append_notices(tickets, DESK, deliveries=batch, now=minutes(3))
    await append_notices(tickets, DESK, deliveries=batch, now=minutes(4))

    (event,) = tickets.events
    assert isinstance(event, TicketNotified)
    (article,) = event.articles
    assert (article.id, article.kind, article.body) == (sent.article_id, "notice", sent.body)
    assert article.created_at == sent.owed_at, (
        "it stands in the story where its step was, however late its mail left"
    )


@pytest.mark.parametrize("kind", ["question", "answer", "final_answer"])
async def test_a_mail_that_is_an_article_already_adds_none(kind: MailKind) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await append_notices(
        tickets,
        DESK,
        deliveries=[(make_delivery(ticket, kind=kind), Cause.fresh())],
        now=minutes(3),
    )

    assert tickets.done == []


async def test_two_notices_of_one_ticket_in_a_batch_are_two_versions() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    batch: list[tuple[DeliveryEvent, Cause]] = [
        (make_delivery(ticket), Cause.fresh()),
        (make_delivery(ticket, kind="taking_charge"), Cause.fresh()),
    ]

    await append_notices(tickets, DESK, deliveries=batch, now=minutes(3))

    assert [event.ticket.version for event in tickets.events] == [4, 5]


async def test_a_mail_of_an_unknown_ticket_waits() -> None:
    with pytest.raises(NotYet):
        await append_notices(
            FakeTickets(),
            DESK,
            deliveries=[(make_delivery(make_ticket()), Cause.fresh())],
            now=minutes(3),
        )


async def test_routing_is_asked_again_only_for_tickets_that_waited_too_long() -> None:
    old, fresh, queued = make_ticket(), make_ticket(at=minutes(9.5)), make_queued_ticket()
    tickets = FakeTickets(old, fresh, queued)

    asked = await ask_routing_again(
        tickets, now=minutes(10), patience=timedelta(seconds=60), limit=10
    )
    asked_at_once_again = await ask_routing_again(
        tickets, now=minutes(10), patience=timedelta(seconds=60), limit=10
    )

    assert (asked, asked_at_once_again) == (1, 0)
    (event,) = tickets.events
    assert isinstance(event, TicketRoutingRequested)
    assert (event.ticket.id, event.ticket.hop_id) == (old.id, old.hop.id if old.hop else None)


async def test_a_round_asks_for_no_more_than_its_limit() -> None:
    tickets = FakeTickets(*(make_ticket() for _ in range(3)))

    asked = await ask_routing_again(
        tickets, now=minutes(10), patience=timedelta(seconds=60), limit=2
    )

    assert asked == 2
    assert len(tickets.done) == 2
