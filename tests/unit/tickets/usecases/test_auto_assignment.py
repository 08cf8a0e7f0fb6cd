"""Giving new tickets to the least loaded of those who are there."""

from datetime import timedelta

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.auto_assignment import THERE_WITHIN, assign_automatically
from shared.contracts.desk import Desk
from shared.contracts.events.tickets import TicketAssigned
from shared.core.cause import Cause
from tests.factories.tickets import ANNA, BRUNO, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk
from tests.fakes.tickets_store import FakeTickets

NOW = minutes(10)


def giving_desk(*, given: bool = True) -> Desk:
    desk = make_desk()
    queue = desk.queues["studenti"].model_copy(
        update={"assign": "least_loaded" if given else "by_hand"}
    )
    return desk.model_copy(update={"queues": {**desk.queues, "studenti": queue}})


def numbered(count: int) -> list[Ticket]:
    return [make_queued_ticket(number=f"20260928100{n:05d}") for n in range(count)]


async def given_to(tickets: FakeTickets, desk: Desk, landed: list[Ticket]) -> list[str | None]:
    done = await assign_automatically(
        tickets, desk, landed=[(ticket, Cause.fresh()) for ticket in landed], now=NOW
    )
    assert all(isinstance(each.change.event, TicketAssigned) for each in done)
    return [ticket.owner for ticket in landed]


async def test_each_new_ticket_goes_to_who_has_the_fewest_also_within_one_batch() -> None:
    held = [
        make_queued_ticket(owner=ANNA),
        make_queued_ticket(owner=ANNA),
        make_queued_ticket(owner=BRUNO),
    ]
    tickets = FakeTickets(*held)
    tickets.present = {"anna.ferri": NOW, "bruno.galli": NOW, "luisa.villa": NOW}

    assert await given_to(tickets, giving_desk(), numbered(4)) == [
        "luisa.villa",
        "bruno.galli",
        "luisa.villa",
        "anna.ferri",
    ]


async def test_who_is_given_a_ticket_is_its_owner_as_if_he_had_taken_it() -> None:
    tickets = FakeTickets()
    tickets.present = {"anna.ferri": NOW}
    (ticket,) = numbered(1)

    (done,) = await assign_automatically(
        tickets, giving_desk(), landed=[(ticket, Cause.fresh())], now=NOW
    )

    event = done.change.event
    assert isinstance(event, TicketAssigned)
    assert (ticket.state, ticket.owner, ticket.responsible, event.first_time) == (
        "open",
        "anna.ferri",
        "anna.ferri",
        True,
    )
    assert (event.actor.identity, event.reason) == (None, "least loaded of 1 present: 0 in hand")


@pytest.mark.parametrize(
    ("present", "given"),
    [
        ({}, True),
        ({"anna.ferri": NOW - THERE_WITHIN - timedelta(seconds=1)}, True),
        ({"ivo.santi": NOW, "carla.monti": NOW, "nobody.here": NOW}, True),
        ({"anna.ferri": NOW}, False),
    ],
)
async def test_nobody_there_who_may_work_it_or_another_kind_of_queue_leaves_it_nobodys(
    present: dict[str, object], given: bool
) -> None:
    tickets = FakeTickets()
    tickets.present = present  # type: ignore[assignment]

    assert await given_to(tickets, giving_desk(given=given), numbered(1)) == [None]
