"""What the person who asked may do."""

import pytest

from services.tickets.domain import correspondence
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.requester import requester_reply
from services.tickets.usecases.withdrawing import withdraw_own
from shared.contracts.events.ticket_state import Link
from shared.contracts.events.tickets import (
    TicketCreated,
    TicketLinked,
    TicketRequesterReplied,
    TicketWithdrawn,
)
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, NotThere, ReplyRejected, StateForbids
from tests.factories.tickets import ANNA, REQUESTER, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()


def by(caller: Requester = GIULIA) -> Asked:
    return Asked(caller, minutes(5), Cause.fresh())


def closed_ticket() -> Ticket:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    return ticket


async def test_an_answer_to_a_question_opens_the_ticket_again() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    correspondence.question_asked(ticket, body="Quale anno?", actor=ANNA, desk=DESK, at=minutes(3))
    tickets = FakeTickets(ticket)

    after = await do(
        requester_reply,
        tickets,
        DESK,
        number=ticket.number,
        body="Il secondo",
        asked=by(),
        counters=FakeCounters(),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketRequesterReplied)
    assert [(article.kind, article.body, article.author) for article in event.articles] == [
        ("reply", "Il secondo", REQUESTER)
    ]
    assert (after.state, after.owner) == ("open", "anna.ferri")


async def test_a_reply_before_anybody_took_it_leaves_it_new() -> None:
    ticket = make_queued_ticket()

    after = await do(
        requester_reply,
        FakeTickets(ticket),
        DESK,
        number=ticket.number,
        body="Aggiungo",
        asked=by(),
        counters=FakeCounters(),
    )

    assert after.state == "new"


async def test_a_request_sent_without_login_is_known_by_its_confirmed_address() -> None:
    guest = Requester(
        name="Giulia", email="GIULIA.NERI@studenti.example.edu", assurance="confirmed"
    )
    ticket = make_queued_ticket(requester=guest)
    tickets = FakeTickets(ticket)

    await do(
        requester_reply,
        tickets,
        DESK,
        number=ticket.number,
        body="Sono io",
        asked=by(),
        counters=FakeCounters(),
    )

    assert len(tickets.done) == 1


async def test_whoever_has_the_address_that_somebody_typed_has_nothing_to_do_with_the_request() -> (
    None
):
    ticket = make_queued_ticket(requester=Requester(name="Giulia", email=GIULIA.email))
    tickets = FakeTickets(ticket)

    with pytest.raises(NotThere):
        await do(
            requester_reply,
            tickets,
            DESK,
            number=ticket.number,
            body="Sono io",
            asked=by(),
            counters=FakeCounters(),
        )

    assert tickets.done == []


@pytest.mark.parametrize(
    "caller",
    [make_operator("anna.ferri"), make_operator("luisa.villa"), make_operator("hugo.marchi")],
)
async def test_nobody_else_writes_as_the_requester(caller: Requester) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(NotThere):
        await do(
            requester_reply,
            tickets,
            DESK,
            number=ticket.number,
            body="Io",
            asked=by(caller),
            counters=FakeCounters(),
        )

    assert tickets.done == []


async def test_a_blank_reply_is_refused() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            requester_reply,
            tickets,
            DESK,
            number=ticket.number,
            body="  ",
            asked=by(),
            counters=FakeCounters(),
        )

    assert refused.value == ImpossibleValue("body", "empty")
    assert tickets.done == []


async def test_policy_reopen_opens_a_closed_ticket() -> None:
    ticket = closed_ticket()
    tickets = FakeTickets(ticket)

    after = await do(
        requester_reply,
        tickets,
        DESK,
        number=ticket.number,
        body="Non ancora",
        asked=by(),
        counters=FakeCounters(),
    )

    assert [type(event) for event in tickets.events] == [TicketRequesterReplied]
    assert (after.state, after.owner, after.closed_at) == ("open", "anna.ferri", None)


async def test_policy_reject_refuses_a_reply_to_a_closed_ticket() -> None:
    ticket = closed_ticket()
    tickets, desk = FakeTickets(ticket), make_desk(reopen="reject")

    with pytest.raises(StateForbids) as refused:
        await do(
            requester_reply,
            tickets,
            desk,
            number=ticket.number,
            body="Non ancora",
            asked=by(),
            counters=FakeCounters(),
        )

    assert refused.value == ReplyRejected("closed_successful", "requester_replies", "tasse")
    assert tickets.done == []


async def test_policy_new_ticket_begins_a_linked_one() -> None:
    ticket = closed_ticket()
    tickets, desk = FakeTickets(ticket), make_desk(reopen="new_ticket")
    counters = FakeCounters()
    await counters.draw(day=minutes(0).date(), count=1)

    begun = await do(
        requester_reply,
        tickets,
        desk,
        number=ticket.number,
        body="Altra rata",
        asked=by(),
        counters=counters,
    )

    created, linked = tickets.events
    assert isinstance(created, TicketCreated)
    assert isinstance(linked, TicketLinked)
    assert (created.request_id, created.ticket.number, created.ticket.state) == (
        None,
        "2026092810000025",
        "new",
    )
    assert [(article.kind, article.body) for article in created.articles] == [
        ("request", "Altra rata")
    ]
    assert created.ticket.links == (Link(to=ticket.number, kind="related"),)
    assert (linked.ticket.state, linked.ticket.links) == (
        "closed_successful",
        (Link(to="2026092810000025", kind="related"),),
    )
    assert (begun.number, begun.requester, begun.request_type) == (
        "2026092810000025",
        GIULIA,
        "tasse",
    )


async def test_a_request_nobody_has_taken_is_withdrawn() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)

    after = await do(withdraw_own, tickets, DESK, number=ticket.number, asked=by())

    assert [type(event) for event in tickets.events] == [TicketWithdrawn]
    assert (after.state, after.hop) == ("withdrawn", None)


async def test_what_is_being_worked_cannot_be_withdrawn() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(StateForbids) as refused:
        await do(withdraw_own, tickets, DESK, number=ticket.number, asked=by())

    assert refused.value == StateForbids("open", "withdraw")
    assert tickets.done == []
