"""Move, escalate, priority."""

from datetime import timedelta

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.arrival import apply_routing, ask_routing_again
from services.tickets.usecases.handover import escalate, move, set_priority
from shared.contracts.desk import Desk, Rule, RuleConditions
from shared.contracts.events.routing import TicketRouted
from shared.contracts.events.tickets import (
    TicketEscalated,
    TicketMoved,
    TicketPriorityChanged,
    TicketQueued,
    TicketRoutingRequested,
)
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, MissingRight, NotThere, Refusal, StateForbids
from shared.policy.permissions import allowed_actions
from tests.factories.tickets import (
    ANNA,
    CARLA,
    make_child,
    make_queued_ticket,
    make_ticket,
    minutes,
)
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
CAREERS = "studenti/carriere"


def by(identity: str, *, at: float = 5) -> Asked:
    return Asked(make_operator(identity), minutes(at), Cause.fresh())


def desk_where(queue: str, **changes: object) -> Desk:
    return DESK.model_copy(
        update={"queues": {**DESK.queues, queue: DESK.queues[queue].model_copy(update=changes)}}
    )


def closed_ticket() -> Ticket:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    return ticket


async def test_a_moved_ticket_is_nobodys_in_its_new_queue_and_history_keeps_the_hop() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        move,
        tickets,
        DESK,
        number=ticket.number,
        queue=CAREERS,
        reason=" Riguarda la carriera ",
        asked=by("anna.ferri"),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketMoved)
    assert (after.queue, after.state) == (CAREERS, "open")
    assert (after.owner, after.last_owner, after.responsible) == (None, "anna.ferri", None), (
        "she may not see it there"
    )
    assert (event.reason, event.changes["queue"]) == ("Riguarda la carriera", ("studenti", CAREERS))
    assert after.routing is None, "no rule sent it there"
    left, entered = tickets.done[0].change.hops
    assert (left.queue, left.ended) == ("studenti", minutes(5))
    assert (entered.queue, entered.started, entered.taken, entered.ended) == (
        CAREERS,
        minutes(5),
        None,
        None,
    )


@pytest.mark.parametrize(
    ("identity", "queue", "refusal"),
    [
        ("carla.monti", "ict", NotThere),
        ("ivo.santi", CAREERS, MissingRight),
        ("bruno.galli", CAREERS, MissingRight),
        ("anna.ferri", "ict", MissingRight),
        ("anna.ferri", "nessuna", ImpossibleValue),
        ("anna.ferri", "studenti", ImpossibleValue),
    ],
)
async def test_who_may_not_send_it_there_is_refused(
    identity: str, queue: str, refusal: type[Refusal]
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(refusal):
        await do(
            move, tickets, DESK, number=ticket.number, queue=queue, reason=None, asked=by(identity)
        )

    assert tickets.done == []


async def test_a_move_into_a_closed_queue_or_without_its_data_is_refused_by_name() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    shut, asking = (
        desk_where(CAREERS, closed=True),
        desk_where(CAREERS, needs=("matricola", "anno")),
    )
    with pytest.raises(ImpossibleValue) as closed:
        await do(
            move,
            tickets,
            shut,
            number=ticket.number,
            queue=CAREERS,
            reason=None,
            asked=by("anna.ferri"),
        )
    with pytest.raises(ImpossibleValue) as lacking:
        await do(
            move,
            tickets,
            asking,
            number=ticket.number,
            queue=CAREERS,
            reason=None,
            asked=by("anna.ferri"),
        )

    assert (closed.value.problem, closed.value.value) == ("queue_closed", CAREERS)
    assert (lacking.value.problem, lacking.value.value) == ("needs_data", "anno")
    assert tickets.done == []


async def test_a_closed_ticket_is_not_moved_escalated_or_given_a_priority() -> None:
    ticket = closed_ticket()
    tickets, asked = FakeTickets(ticket), by("anna.ferri")

    with pytest.raises(StateForbids):
        await do(move, tickets, DESK, number=ticket.number, queue=CAREERS, reason=None, asked=asked)
    with pytest.raises(StateForbids):
        await do(escalate, tickets, DESK, number=ticket.number, reason="difficile", asked=asked)
    with pytest.raises(StateForbids):
        await do(set_priority, tickets, DESK, number=ticket.number, priority=5, asked=asked)

    assert tickets.done == []


async def test_an_escalated_ticket_waits_for_routing_which_is_told_where_it_comes_from() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await do(
        escalate,
        tickets,
        DESK,
        number=ticket.number,
        reason="Serve un esperto",
        asked=by("bruno.galli"),
    )
    again = await ask_routing_again(
        tickets, now=minutes(7), patience=timedelta(minutes=1), limit=10
    )

    escalated, asked_again = tickets.events
    assert isinstance(escalated, TicketEscalated)
    assert isinstance(asked_again, TicketRoutingRequested)
    assert again == 1
    assert (escalated.escalated_from, escalated.reason) == ("studenti", "Serve un esperto")
    assert asked_again.escalated_from == "studenti", "asked again, the same rules decide"
    state = escalated.ticket
    assert (state.queue, state.owner, state.last_owner, state.state, state.routing) == (
        None,
        None,
        "anna.ferri",
        "open",
        None,
    )


async def test_the_queue_that_routing_finds_begins_a_hop_of_its_own() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)
    await do(
        escalate,
        tickets,
        DESK,
        number=ticket.number,
        reason="Serve un esperto",
        asked=by("anna.ferri"),
    )
    waiting = tickets.kept[ticket.id]
    assert waiting.hop is not None
    decision = TicketRouted(
        ticket_id=ticket.id,
        hop_id=waiting.hop.id,
        ticket_version=waiting.version,
        queue=CAREERS,
        rule="Escalation",
        reason="escalated from studenti",
        decided_at=minutes(6),
    )

    await apply_routing(
        tickets, tickets, DESK, decisions=[(decision, Cause.fresh())], now=minutes(6)
    )

    after = tickets.kept[ticket.id]
    assert (after.queue, after.state, after.escalated_from, after.routing_asked_at) == (
        CAREERS,
        "new",
        None,
        None,
    )
    left = tickets.done[0].change.hops
    entered = tickets.done[1].change.hops
    assert [(hop.queue, hop.ended) for hop in left] == [("studenti", minutes(5))]
    assert [(hop.queue, hop.started) for hop in entered] == [(CAREERS, minutes(6))]


async def test_a_ticket_on_its_way_is_not_escalated_again() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)
    await do(
        escalate,
        tickets,
        DESK,
        number=ticket.number,
        reason="Serve un esperto",
        asked=by("luisa.villa"),
    )

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            escalate,
            tickets,
            DESK,
            number=ticket.number,
            reason="Serve un esperto",
            asked=by("luisa.villa"),
        )

    assert refused.value.problem == "no_queue"


async def test_a_priority_is_the_matter_of_who_has_the_right() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        set_priority, tickets, DESK, number=ticket.number, priority=5, asked=by("bruno.galli")
    )
    same = await do(
        set_priority, tickets, DESK, number=ticket.number, priority=5, asked=by("bruno.galli")
    )
    with pytest.raises(MissingRight):
        await do(
            set_priority, tickets, DESK, number=ticket.number, priority=1, asked=by("ivo.santi")
        )

    (event,) = tickets.events
    assert isinstance(event, TicketPriorityChanged)
    assert (after.priority, same.version, event.changes) == (5, after.version, {"priority": (3, 5)})


async def test_its_requester_sees_it_but_moves_nothing() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(MissingRight):
        await do(
            move,
            tickets,
            DESK,
            number=ticket.number,
            queue=CAREERS,
            reason=None,
            asked=Asked(GIULIA, minutes(5), Cause.fresh()),
        )

    assert tickets.done == []


# ------------------------------------------------------------ the next level


def desk_with(*rules: Rule, **changes: object) -> Desk:
    return desk_where(CAREERS, **changes).model_copy(update={"rules": rules})


UP = Rule(name="up", when=RuleConditions(escalated_from="studenti"), queue=CAREERS)
AT_NIGHT = Rule(
    name="at night",
    when=RuleConditions(escalated_from="studenti", hours="22:00-06:00"),
    queue=CAREERS,
)
NOWHERE = Rule(name="nowhere", when=RuleConditions(escalated_from="studenti"), queue="studenti")
FROM_ELSEWHERE = Rule(
    name="from elsewhere", when=RuleConditions(escalated_from="ict"), queue=CAREERS
)
NO_LEVEL, NEEDS = (
    ImpossibleValue("queue", "no_next_level", "studenti"),
    ImpossibleValue("queue", "needs_data", "sede"),
)


@pytest.mark.parametrize(
    ("desk", "refusal"),
    [
        (desk_with(), NO_LEVEL),
        (desk_with(FROM_ELSEWHERE), NO_LEVEL),
        (desk_with(AT_NIGHT), NO_LEVEL),
        (desk_with(NOWHERE), NO_LEVEL),
        (desk_with(UP, closed=True), NO_LEVEL),
        (desk_with(UP, needs=("matricola", "sede")), NEEDS),
        (desk_with(UP, needs=("matricola",)), None),
    ],
)
async def test_a_ticket_is_escalated_only_where_a_rule_leads_and_offered_so(
    desk: Desk, refusal: Refusal | None
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    offered = "escalate" in allowed_actions(
        desk, ticket.to_state(), make_operator("anna.ferri"), now=minutes(5)
    )
    if refusal is None:
        await do(
            escalate,
            tickets,
            desk,
            number=ticket.number,
            reason="serve un esperto",
            asked=by("anna.ferri"),
        )
    else:
        with pytest.raises(ImpossibleValue) as refused:
            await do(
                escalate,
                tickets,
                desk,
                number=ticket.number,
                reason="serve un esperto",
                asked=by("anna.ferri"),
            )
        assert refused.value == refusal

    assert (offered, [type(event) for event in tickets.events]) == (
        refusal is None,
        [TicketEscalated] if refusal is None else [],
    )


async def test_a_child_is_not_escalated_to_the_office_that_asks() -> None:
    parent = make_queued_ticket(queue=CAREERS, owner=CARLA)
    child = make_child(parent, queue="studenti", owner=ANNA)
    tickets = FakeTickets(parent, child)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            escalate,
            tickets,
            desk_with(UP),
            number=child.number,
            reason="serve un esperto",
            asked=by("anna.ferri"),
        )

    assert (refused.value, tickets.done) == (ImpossibleValue("queue", "asks_itself", CAREERS), [])


async def test_the_queue_hears_whose_act_brought_a_ticket_there() -> None:
    filed, escalated = (
        make_queued_ticket(),
        make_queued_ticket(number="2026092810000025", owner=ANNA),
    )
    own = make_ticket(number="2026092810000061", requester=make_operator("anna.ferri"))
    own.created(body="Un mio problema", written_at=minutes(0))
    tickets = FakeTickets(filed, escalated, own)
    await do(
        escalate,
        tickets,
        DESK,
        number=escalated.number,
        reason="serve un esperto",
        asked=by("anna.ferri"),
    )
    decisions = [
        decision(await tickets.get(number), queue)
        for number, queue in ((escalated.number, CAREERS), (own.number, "studenti"))
    ]

    await apply_routing(tickets, tickets, DESK, decisions=decisions, now=minutes(6))

    queued = [event for event in tickets.events if isinstance(event, TicketQueued)]
    assert [(event.ticket.number, event.caused_by) for event in queued] == [
        (escalated.number, "anna.ferri"),
        (own.number, "anna.ferri"),
    ]


def decision(ticket: Ticket, queue: str) -> tuple[TicketRouted, Cause]:
    assert ticket.hop is not None
    facts = {
        "ticket_id": ticket.id,
        "hop_id": ticket.hop.id,
        "ticket_version": ticket.version,
        "queue": queue,
    }
    return TicketRouted(**facts, rule="r", reason="r", decided_at=minutes(6)), Cause.fresh()
