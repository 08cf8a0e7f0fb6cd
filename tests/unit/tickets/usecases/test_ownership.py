"""Take, release, assign, responsible."""

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.ownership import assign, release, set_responsible, take
from shared.contracts.events.tickets import (
    TicketAssigned,
    TicketReleased,
    TicketResponsibleChanged,
    TicketTaken,
)
from shared.core.cause import Cause
from shared.core.errors import (
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    NotThere,
    Refusal,
    StateForbids,
)
from tests.factories.tickets import ANNA, make_queued_ticket, make_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()


def by(identity: str) -> Asked:
    return Asked(make_operator(identity), minutes(5), Cause.fresh())


def closed_ticket() -> Ticket:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    return ticket


async def test_who_takes_becomes_owner_and_responsible() -> None:
    ticket = make_queued_ticket()
    tickets, asked = FakeTickets(ticket), by("anna.ferri")

    after = await do(take, tickets, DESK, number=ticket.number, asked=asked)

    (event,) = tickets.events
    assert isinstance(event, TicketTaken)
    assert event.first_time
    assert (event.actor, event.ticket.updated_at) == (ANNA, minutes(5))
    assert (after.state, after.owner, after.responsible, after.version) == (
        "open",
        "anna.ferri",
        "anna.ferri",
        3,
    )
    assert tickets.done[0].cause == asked.cause


async def test_taking_what_one_holds_changes_nothing() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(take, tickets, DESK, number=ticket.number, asked=by("anna.ferri"))

    assert tickets.done == []
    assert after == ticket


async def test_who_comes_second_is_told_the_winner_and_nothing_changes() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(HeldBySomebodyElse) as refused:
        await do(take, tickets, DESK, number=ticket.number, asked=by("bruno.galli"))

    assert refused.value.owner == "anna.ferri"
    assert tickets.done == []
    assert tickets.kept[ticket.id].owner == "anna.ferri"


async def test_a_ticket_of_who_can_no_longer_work_it_may_be_taken() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets, desk = FakeTickets(ticket), make_desk(rights={"anna.ferri": {"urp": ("ro",)}})

    after = await do(take, tickets, desk, number=ticket.number, asked=by("bruno.galli"))

    assert (after.owner, after.last_owner, after.responsible) == (
        "bruno.galli",
        "anna.ferri",
        "anna.ferri",
    )


@pytest.mark.parametrize(
    ("ticket", "caller", "refusal"),
    [
        (make_queued_ticket(), "carla.monti", NotThere()),
        (make_queued_ticket(), "giulia.neri", MissingRight("rw")),
        (make_queued_ticket(), "hugo.marchi", NotThere()),
        (make_ticket(), "anna.ferri", NotThere()),
        (make_queued_ticket(), "ivo.santi", MissingRight("rw")),
        (closed_ticket(), "anna.ferri", StateForbids("closed_successful", "take")),
        (closed_ticket(), "bruno.galli", StateForbids("closed_successful", "take")),
    ],
)
async def test_taking_is_refused_with_the_reason_and_nothing_happens(
    ticket: Ticket, caller: str, refusal: Refusal
) -> None:
    tickets = FakeTickets(ticket)

    with pytest.raises(Refusal) as refused:
        await do(take, tickets, DESK, number=ticket.number, asked=by(caller))

    assert refused.value == refusal
    assert tickets.done == []


async def test_an_absent_ticket_and_an_unseen_one_are_refused_alike() -> None:
    with pytest.raises(NotThere) as absent:
        await do(take, FakeTickets(), DESK, number="2026092810000016", asked=by("anna.ferri"))
    with pytest.raises(NotThere) as unseen:
        await do(
            take,
            FakeTickets(make_queued_ticket()),
            DESK,
            number="2026092810000016",
            asked=by("carla.monti"),
        )

    assert absent.value == unseen.value


async def test_supervisors_take_what_has_no_queue_yet() -> None:
    ticket = make_ticket()
    tickets = FakeTickets(ticket)

    after = await do(take, tickets, DESK, number=ticket.number, asked=by("luisa.villa"))

    assert (after.owner, after.queue, after.routing_asked_at) == (
        "luisa.villa",
        None,
        ticket.created_at,
    )


async def test_releasing_gives_the_ticket_back() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(release, tickets, DESK, number=ticket.number, asked=by("anna.ferri"))

    assert [type(event) for event in tickets.events] == [TicketReleased]
    assert (after.owner, after.last_owner, after.state) == (None, "anna.ferri", "open")


async def test_who_may_change_owners_releases_for_another() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    after = await do(
        release, FakeTickets(ticket), DESK, number=ticket.number, asked=by("rita.vera")
    )

    assert after.owner is None


async def test_what_is_nobodys_cannot_be_released() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.released(actor=ANNA, desk=DESK, at=minutes(3))
    tickets = FakeTickets(ticket)

    with pytest.raises(HeldByNobody):
        await do(release, tickets, DESK, number=ticket.number, asked=by("anna.ferri"))

    assert tickets.done == []


async def test_assigning_does_for_the_assignee_what_taking_does() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)

    after = await do(
        assign,
        tickets,
        DESK,
        number=ticket.number,
        operator="bruno.galli",
        reason=" turno ",
        asked=by("anna.ferri"),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketAssigned)
    assert (event.first_time, event.actor, event.reason) == (True, ANNA, "turno")
    assert (after.state, after.owner, after.responsible) == ("open", "bruno.galli", "bruno.galli")


async def test_assigning_to_the_owner_changes_nothing() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await do(
        assign,
        tickets,
        DESK,
        number=ticket.number,
        operator="anna.ferri",
        reason=None,
        asked=by("bruno.galli"),
    )

    assert tickets.done == []


@pytest.mark.parametrize(
    ("caller", "operator", "refusal"),
    [
        ("carla.monti", "bruno.galli", NotThere()),
        ("ivo.santi", "no.body", MissingRight("owner")),
        ("anna.ferri", "no.body", ImpossibleValue("operator", "unknown_operator", "no.body")),
        ("anna.ferri", "ivo.santi", ImpossibleValue("operator", "may_not_work", "ivo.santi")),
        ("anna.ferri", "bruno.galli", StateForbids("closed_successful", "assign")),
    ],
)
async def test_assigning_is_refused_in_the_order_of_the_public_face(
    caller: str, operator: str, refusal: Refusal
) -> None:
    ticket = closed_ticket()
    tickets = FakeTickets(ticket)

    with pytest.raises(Refusal) as refused:
        await do(
            assign,
            tickets,
            DESK,
            number=ticket.number,
            operator=operator,
            reason=None,
            asked=by(caller),
        )

    assert refused.value == refusal
    assert tickets.done == []


async def test_the_responsible_may_be_whoever_sees_the_queue() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        set_responsible,
        tickets,
        DESK,
        number=ticket.number,
        operator="ivo.santi",
        reason=None,
        asked=by("anna.ferri"),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketResponsibleChanged)
    assert event.changes == {"responsible": ("anna.ferri", "ivo.santi")}
    assert (after.responsible, after.owner) == ("ivo.santi", "anna.ferri")


async def test_naming_the_responsible_again_changes_nothing() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await do(
        set_responsible,
        tickets,
        DESK,
        number=ticket.number,
        operator="anna.ferri",
        reason=None,
        asked=by("anna.ferri"),
    )

    assert tickets.done == []


async def test_who_cannot_see_the_queue_cannot_be_responsible() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            set_responsible,
            tickets,
            DESK,
            number=ticket.number,
            operator="carla.monti",
            reason=None,
            asked=by("anna.ferri"),
        )

    assert refused.value == ImpossibleValue("operator", "may_not_see", "carla.monti")
    assert tickets.done == []


async def test_a_requester_is_not_an_operator_of_his_own_ticket() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)

    with pytest.raises(MissingRight):
        await do(
            take,
            tickets,
            DESK,
            number=ticket.number,
            asked=Asked(GIULIA, minutes(5), Cause.fresh()),
        )

    assert tickets.done == []


@pytest.mark.parametrize("reason", [None, "", "  "])
@pytest.mark.parametrize(
    ("caller", "operator"),
    [("bruno.galli", "bruno.galli"), ("rita.vera", "bruno.galli"), ("luisa.villa", "bruno.galli")],
)
async def test_a_ticket_of_somebody_else_changes_hands_only_with_a_reason(
    caller: str, operator: str, reason: str | None
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            assign,
            tickets,
            DESK,
            number=ticket.number,
            operator=operator,
            reason=reason,
            asked=by(caller),
        )
    assert (refused.value, tickets.done) == (
        ImpossibleValue("reason", "taken_over", "anna.ferri"),
        [],
    )

    after = await do(
        assign,
        tickets,
        DESK,
        number=ticket.number,
        operator=operator,
        reason="è assente",
        asked=by(caller),
    )
    assert (after.owner, tickets.events[0].reason) == (operator, "è assente")


async def test_the_owner_gives_a_ticket_away_and_one_without_owner_is_given_without_a_reason() -> (
    None
):
    owned, free = make_queued_ticket(owner=ANNA), make_queued_ticket(number="2026092810000025")
    tickets = FakeTickets(owned, free)

    given = await do(
        assign,
        tickets,
        DESK,
        number=owned.number,
        operator="bruno.galli",
        reason=None,
        asked=by("anna.ferri"),
    )
    first = await do(
        assign,
        tickets,
        DESK,
        number=free.number,
        operator="bruno.galli",
        reason=None,
        asked=by("rita.vera"),
    )

    assert (given.owner, first.owner) == ("bruno.galli", "bruno.galli")
