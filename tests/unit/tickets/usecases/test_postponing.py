"""A ticket that is put off comes back by itself."""

from datetime import datetime, timedelta, timezone

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.correspondence import ask, reply
from services.tickets.usecases.ownership import release
from services.tickets.usecases.postponing import postpone, resume, wake_postponed
from services.tickets.usecases.requester import requester_reply
from shared.contracts.events.tickets import TicketDue, TicketPostponed, TicketResumed
from shared.core.cause import Cause
from shared.core.errors import (
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    StateForbids,
)
from tests.factories.tickets import ANNA, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()


def by(identity: str) -> Asked:
    return Asked(make_operator(identity), minutes(5), Cause.fresh())


LATER = minutes(60)


async def postponed(until: datetime = LATER) -> tuple[FakeTickets, Ticket]:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    return tickets, await do(
        postpone, tickets, DESK, number=ticket.number, until=until, asked=by("anna.ferri")
    )


async def test_a_postponed_ticket_stays_its_owners() -> None:
    tickets, after = await postponed(minutes(60).astimezone(timezone(timedelta(hours=2))))

    (event,) = tickets.events
    assert isinstance(event, TicketPostponed)
    assert (after.state, after.owner, after.postponed_until) == (
        "postponed",
        "anna.ferri",
        minutes(60),
    )
    assert event.changes == {
        "state": ("open", "postponed"),
        "postponed_until": (None, minutes(60).isoformat()),
    }


@pytest.mark.parametrize(
    ("until", "problem"),
    [(minutes(5), "past"), (minutes(4), "past"), (minutes(5) + timedelta(days=2000), "too_far")],
)
async def test_a_time_that_cannot_be_is_refused(until: datetime, problem: str) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(ImpossibleValue) as refused:
        await do(postpone, tickets, DESK, number=ticket.number, until=until, asked=by("anna.ferri"))

    assert (refused.value.field, refused.value.problem, tickets.done) == ("until", problem, [])


async def test_only_its_owner_puts_off_what_is_open() -> None:
    taken, free = make_queued_ticket(owner=ANNA), make_queued_ticket(number="2026092810000025")
    tickets = FakeTickets(taken, free)

    with pytest.raises(HeldBySomebodyElse):
        await do(
            postpone, tickets, DESK, number=taken.number, until=minutes(60), asked=by("bruno.galli")
        )
    with pytest.raises(MissingRight):
        await do(
            postpone, tickets, DESK, number=taken.number, until=minutes(60), asked=by("ivo.santi")
        )
    with pytest.raises(HeldByNobody):
        await do(
            postpone, tickets, DESK, number=free.number, until=minutes(60), asked=by("bruno.galli")
        )

    assert tickets.done == []


async def test_it_is_open_again_when_its_time_has_come_and_only_then() -> None:
    tickets, ticket = await postponed()

    early = await wake_postponed(tickets, now=minutes(59), limit=10)
    woken = await wake_postponed(tickets, now=minutes(60), limit=10)
    again = await wake_postponed(tickets, now=minutes(61), limit=10)

    assert (early, woken, again) == (0, 1, 0)
    assert isinstance(tickets.events[-1], TicketDue)
    after = tickets.kept[ticket.id]
    assert (after.state, after.owner, after.postponed_until) == ("open", "anna.ferri", None)


async def test_a_reply_of_the_requester_ends_the_waiting() -> None:
    tickets, ticket = await postponed()

    await do(
        requester_reply,
        tickets,
        DESK,
        number=ticket.number,
        body="Ecco",
        asked=Asked(GIULIA, minutes(10), Cause.fresh()),
        counters=FakeCounters(),
    )
    woken = await wake_postponed(tickets, now=minutes(61), limit=10)

    after = tickets.kept[ticket.id]
    assert (after.state, after.postponed_until, woken) == ("open", None, 0)


async def test_a_postponed_ticket_gets_another_date_and_the_same_date_changes_nothing() -> None:
    tickets, _ = await postponed()
    number = tickets.events[0].ticket.number

    await do(postpone, tickets, DESK, number=number, until=minutes(90), asked=by("anna.ferri"))
    after = await do(
        postpone, tickets, DESK, number=number, until=minutes(90), asked=by("anna.ferri")
    )

    assert (after.state, after.postponed_until, len(tickets.done)) == ("postponed", minutes(90), 2)
    assert tickets.events[1].changes == {
        "postponed_until": (LATER.isoformat(), minutes(90).isoformat())
    }


async def test_a_postponed_ticket_is_resumed_by_its_owner_and_waits_no_more() -> None:
    tickets, postponed_ticket = await postponed()

    after = await do(resume, tickets, DESK, number=postponed_ticket.number, asked=by("anna.ferri"))
    await wake_postponed(tickets, now=LATER, limit=10)

    assert (after.state, after.owner, after.postponed_until) == ("open", "anna.ferri", None)
    assert [type(event) for event in tickets.events] == [TicketPostponed, TicketResumed]
    assert tickets.events[1].changes == {
        "state": ("postponed", "open"),
        "postponed_until": (LATER.isoformat(), None),
    }


async def test_others_resume_a_postponed_ticket_only_while_nobody_owns_it() -> None:
    tickets, ticket = await postponed()

    with pytest.raises(HeldBySomebodyElse):
        await do(resume, tickets, DESK, number=ticket.number, asked=by("bruno.galli"))
    await do(release, tickets, DESK, number=ticket.number, asked=by("anna.ferri"))
    with pytest.raises(MissingRight):
        await do(resume, tickets, DESK, number=ticket.number, asked=by("rita.vera"))
    after = await do(resume, tickets, DESK, number=ticket.number, asked=by("bruno.galli"))

    assert (after.state, after.owner, len(tickets.done)) == ("open", None, 3)


async def test_only_what_is_postponed_is_resumed() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(StateForbids) as refused:
        await do(resume, tickets, DESK, number=ticket.number, asked=by("anna.ferri"))

    assert (refused.value, tickets.done) == (StateForbids("open", "resume"), [])


async def test_an_answer_leaves_a_ticket_postponed_and_a_question_ends_that() -> None:
    tickets, ticket = await postponed()

    answered = await do(
        reply, tickets, DESK, number=ticket.number, body="Ci vorrà un mese", asked=by("anna.ferri")
    )
    still = (answered.state, answered.postponed_until)
    questioned = await do(
        ask, tickets, DESK, number=ticket.number, body="Va bene?", asked=by("anna.ferri")
    )

    assert still == ("postponed", LATER)
    assert (questioned.state, questioned.postponed_until) == ("waiting_requester", None)
