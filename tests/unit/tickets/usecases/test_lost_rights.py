"""Releasing tickets whose people have lost their rights, wherever they lose them."""

import pytest

from services.tickets.domain import placement
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.arrival import apply_routing
from services.tickets.usecases.closing import reopen
from services.tickets.usecases.handover import move
from services.tickets.usecases.lost_rights import find_lapsed, release_lapsed
from services.tickets.usecases.ownership import set_responsible
from services.tickets.usecases.undoing import undo
from shared.contracts.desk import Desk
from shared.contracts.events.routing import TicketRouted
from shared.contracts.events.tickets import TicketReleasedBySystem
from shared.contracts.people import SYSTEM
from shared.contracts.reasons import (
    OWNER_AND_RESPONSIBLE,
    OWNER_IS_NO_OPERATOR,
    OWNER_MAY_NOT_WORK,
    RESPONSIBLE_MAY_NOT_SEE,
)
from shared.core.cause import Cause
from tests.factories.tickets import ANNA, BRUNO, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
CAREERS = "studenti/carriere"
READS_ONLY = make_desk(rights={"anna.ferri": {"urp": ("ro",)}})
SEES_NOTHING = make_desk(rights={"anna.ferri": {"carriere": ("rw",)}})
WITHOUT_ANNA = DESK.model_copy(
    update={
        "operators": {name: each for name, each in DESK.operators.items() if name != "anna.ferri"}
    }
)
ELSEWHERE = DESK.model_copy(
    update={
        "queues": DESK.queues
        | {"studenti": DESK.queues["studenti"].model_copy(update={"group": "ict"})}
    }
)


def by(identity: str) -> Asked:
    return Asked(make_operator(identity), minutes(5), Cause.fresh())


async def released(tickets: FakeTickets, desk: Desk, *, limit: int = 10) -> int:
    return await release_lapsed(
        tickets, desk, await find_lapsed(tickets, desk), now=minutes(9), limit=limit
    )


@pytest.mark.parametrize(
    ("desk", "responsible", "reason"),
    [
        (READS_ONLY, "anna.ferri", OWNER_MAY_NOT_WORK),
        (SEES_NOTHING, None, OWNER_AND_RESPONSIBLE),
        (WITHOUT_ANNA, None, OWNER_IS_NO_OPERATOR),
        (ELSEWHERE, None, OWNER_AND_RESPONSIBLE),
    ],
)
async def test_an_owner_who_may_no_longer_work_the_queue_loses_the_ticket_and_history_says_why(
    desk: Desk, responsible: str | None, reason: str
) -> None:
    tickets = FakeTickets(ticket := make_queued_ticket(owner=ANNA))

    count = await released(tickets, desk)

    (event,) = tickets.events
    assert (count, type(event), event.actor, event.reason) == (
        1,
        TicketReleasedBySystem,
        SYSTEM,
        reason,
    )
    after = tickets.kept[ticket.id]
    assert (after.state, after.owner, after.last_owner, after.responsible) == (
        "open",
        None,
        "anna.ferri",
        responsible,
    )
    assert event.changes["owner"] == ("anna.ferri", None)
    assert await released(tickets, desk) == 0


async def test_a_responsible_who_may_no_longer_see_the_queue_is_cleared_and_the_owner_stays() -> (
    None
):
    ticket = make_queued_ticket(owner=BRUNO)
    ticket.responsible_changed(
        operator="anna.ferri", actor=BRUNO, reason=None, desk=DESK, at=minutes(3)
    )
    tickets = FakeTickets(ticket)

    await released(tickets, SEES_NOTHING)

    (event,) = tickets.events
    assert (event.reason, event.changes) == (
        RESPONSIBLE_MAY_NOT_SEE,
        {"responsible": ("anna.ferri", None)},
    )
    assert tickets.kept[ticket.id].owner == "bruno.galli"


async def test_tickets_of_people_with_their_rights_and_ended_tickets_stay_as_they_are() -> None:
    held, ended = make_queued_ticket(owner=BRUNO), make_queued_ticket(owner=ANNA)
    ended.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(held, ended, escalated_ticket())

    assert await find_lapsed(tickets, SEES_NOTHING) == []
    assert await find_lapsed(FakeTickets(make_queued_ticket(owner=ANNA)), DESK) == []


def escalated_ticket() -> Ticket:
    ticket = make_queued_ticket(owner=ANNA)
    placement.escalated(ticket, reason="serve altro", actor=ANNA, desk=DESK, at=minutes(4))
    return ticket


async def test_a_round_releases_no_more_than_its_limit() -> None:
    tickets = FakeTickets(
        *(make_queued_ticket(owner=ANNA, number=f"20260928100000{n:02}") for n in range(5))
    )

    rounds = [await released(tickets, WITHOUT_ANNA, limit=2) for _ in range(4)]

    assert rounds == [2, 2, 1, 0]
    assert {each.owner for each in tickets.kept.values()} == {None}
    assert await tickets.people_in_charge() == []


async def test_a_move_keeps_only_a_responsible_who_sees_the_target_and_undo_brings_them_back() -> (
    None
):
    tickets = FakeTickets(ticket := make_queued_ticket(owner=ANNA))
    moved = await do(
        move,
        tickets,
        DESK,
        number=ticket.number,
        queue=CAREERS,
        reason=None,
        asked=by("anna.ferri"),
    )

    assert (moved.responsible, tickets.events[-1].changes["responsible"]) == (
        None,
        ("anna.ferri", None),
    )

    back = await do(
        undo, tickets, DESK, number=ticket.number, version=moved.version, asked=by("anna.ferri")
    )

    assert (back.queue, back.owner, back.responsible) == ("studenti", "anna.ferri", "anna.ferri")


async def test_a_responsible_who_was_chosen_after_the_move_stays_when_it_is_undone() -> None:
    tickets = FakeTickets(ticket := make_queued_ticket(owner=ANNA))
    moved = await do(
        move,
        tickets,
        DESK,
        number=ticket.number,
        queue=CAREERS,
        reason=None,
        asked=by("anna.ferri"),
    )
    await do(
        set_responsible,
        tickets,
        DESK,
        number=ticket.number,
        operator="luisa.villa",
        reason=None,
        asked=by("luisa.villa"),
    )

    back = await do(
        undo, tickets, DESK, number=ticket.number, version=moved.version, asked=by("anna.ferri")
    )

    assert back.responsible == "luisa.villa"


async def test_routing_and_reopening_clear_a_responsible_who_may_not_see_the_queue() -> None:
    escalated = escalated_ticket()
    closed = make_queued_ticket(owner=ANNA, number="2026092810000025")
    closed.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(escalated, closed)
    assert escalated.hop is not None
    routed = TicketRouted(
        ticket_id=escalated.id,
        hop_id=escalated.hop.id,
        ticket_version=escalated.version,
        queue=CAREERS,
        rule=None,
        reason="",
        decided_at=minutes(5),
    )

    await apply_routing(tickets, tickets, DESK, decisions=[(routed, Cause.fresh())], now=minutes(6))
    await do(
        reopen,
        tickets,
        SEES_NOTHING,
        number=closed.number,
        reason="non risulta",
        asked=by("bruno.galli"),
    )

    assert [tickets.kept[each.id].responsible for each in (escalated, closed)] == [None, None]
    assert [tickets.kept[each.id].last_owner for each in (escalated, closed)] == [
        "anna.ferri",
        "anna.ferri",
    ]
