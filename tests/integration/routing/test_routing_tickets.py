"""Every ticket without a queue gets one, told once."""

import asyncio

import pytest

from shared.contracts.desk import Desk
from shared.contracts.events.base import Event
from shared.contracts.events.routing import DeskApplied, TicketRouted
from shared.core.errors import Invalid, NotYet
from shared.core.ids import derived_id
from tests.factories.routing_tickets import NOW, asked_again, created, escalated, resent
from tests.integration.routing.conftest import DECISIONS, OUTBOX, Routing


async def routed(routing: Routing) -> list[Event]:
    return [event for event in await routing.said() if not isinstance(event, DeskApplied)]


async def test_a_created_ticket_gets_its_queue_with_rule_and_reason(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    news = created("t1")

    await routing.hear(news)

    (decision,) = await routing.rows(DECISIONS)
    assert await routed(routing) == [
        TicketRouted(
            ticket_id=derived_id("ticket", "t1"),
            hop_id=derived_id("hop", "t1"),
            ticket_version=1,
            queue="studenti",
            rule="Tasse",
            reason='rule 12 "Tasse": request_type = tasse',
            missing=(),
            decided_at=decision.decided_at,
        )
    ]
    assert (decision.hop_id, decision.desk_version, decision.queue) == (
        derived_id("hop", "t1"),
        1,
        "studenti",
    )
    row = (await routing.rows(OUTBOX))[-1]
    assert (row.aggregate_id, row.correlation_id, row.causation_id) == (
        derived_id("ticket", "t1"),
        news.cause.correlation_id,
        news.cause.causation_id,
    )


async def test_a_ticket_told_twice_is_routed_once(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk)

    await routing.hear(created("t1"), created("t2"), created("t1"))
    await routing.hear(created("t2"))

    assert len(await routing.rows(DECISIONS)) == 2
    assert {
        event.ticket_id for event in await routed(routing) if isinstance(event, TicketRouted)
    } == {
        derived_id("ticket", "t1"),
        derived_id("ticket", "t2"),
    }
    assert len(await routed(routing)) == 2


async def test_who_asks_again_is_told_the_same_again_whatever_the_desk_says_now(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    await routing.hear(created("t1"))
    await routing.apply(desk.model_copy(update={"rules": ()}))

    await routing.hear(asked_again("t1", version=2))

    first, second = await routed(routing)
    assert second == first
    assert len(await routing.rows(DECISIONS)) == 1


async def test_who_asks_again_and_was_told_a_queue_that_is_closed_now_is_told_another(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    routing.not_ended = {}
    await routing.hear(created("t1"))
    closed = {"studenti": desk.queues["studenti"].model_copy(update={"closed": True})}
    await routing.apply(desk.model_copy(update={"queues": desk.queues | closed}))

    await routing.hear(asked_again("t1", version=2))
    await routing.hear(asked_again("t1", version=3))

    first, second, third = [
        event for event in await routed(routing) if isinstance(event, TicketRouted)
    ]
    assert (first.queue, second.queue, second.rule, second.ticket_version) == (
        "studenti",
        "ict",
        None,
        2,
    )
    assert (
        second.reason
        == 'rule 12 "Tasse": request_type = tasse; queue studenti is closed: default queue ict'
    )
    assert third == second
    (decision,) = await routing.rows(DECISIONS)
    assert (decision.queue, decision.desk_version, decision.ticket_version) == ("ict", 2, 2)


async def test_a_child_that_is_resent_to_the_queue_it_came_from_is_left_alone(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    await routing.hear(resent("t1", queue="studenti/tasse", version=4))

    assert await routed(routing) == []


async def test_a_child_that_is_resent_when_its_queue_is_closed_goes_by_rule_with_what_it_lacks(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    await routing.hear(resent("t1", request_type="wifi", fields={}, version=4))
    await routing.hear(resent("t2", request_type=None, version=4))

    told = {
        event.ticket_id: event for event in await routed(routing) if isinstance(event, TicketRouted)
    }
    by_type, by_queue = told[derived_id("ticket", "t1")], told[derived_id("ticket", "t2")]
    assert (by_type.queue, by_type.rule, by_type.missing) == (
        "ict/rete/wifi",
        "Figli sul Wi-Fi",
        ("sede",),
    )
    assert (by_queue.queue, by_queue.rule, by_queue.missing) == ("ict", None, ())
    assert (
        by_queue.reason
        == "no rule matches (origin = website, affiliation = student, a child): default queue ict"
    )


async def test_who_asks_again_and_was_never_heard_gets_a_decision(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    await routing.hear(asked_again("t1", version=2), created("t1"))

    (event,) = await routed(routing)
    assert isinstance(event, TicketRouted)
    assert (event.ticket_version, event.queue) == (2, "studenti")


async def test_an_escalated_ticket_meets_the_rules_that_name_its_queue_also_when_it_asks_again(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    await routing.hear(escalated("t1", escalated_from="studenti", version=3, state="open"))
    await routing.hear(
        asked_again("t2", escalated_from="ict", request_type="wifi", version=4, state="open")
    )

    assert {
        (event.ticket_id, event.queue)
        for event in await routed(routing)
        if isinstance(event, TicketRouted)
    } == {
        (derived_id("ticket", "t1"), "studenti/tasse"),
        (derived_id("ticket", "t2"), "ict/rete"),
    }


async def test_a_child_that_lacks_data_is_told_what_is_missing(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    await routing.hear(
        created("t1", parent_id=derived_id("ticket", "t0"), fields={"anno": "2026/2027"})
    )
    await routing.hear(
        asked_again("t1", parent_id=derived_id("ticket", "t0"), fields={"anno": "2026/2027"})
    )

    first, second = await routed(routing)
    assert isinstance(first, TicketRouted)
    assert (first.queue, first.rule, first.missing) == (
        "studenti/tasse",
        "Figli su tasse e borse",
        ("matricola",),
    )
    assert second == first


async def test_what_no_rule_matches_goes_to_the_default_queue(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk.model_copy(update={"rules": ()}))

    await routing.hear(created("t1"))

    (event,) = await routed(routing)
    assert isinstance(event, TicketRouted)
    assert (event.queue, event.rule) == ("ict", None)
    assert event.reason == (
        "no rule matches (request_type = tasse, origin = website, affiliation = student): "
        "default queue ict"
    )


async def test_a_ticket_that_has_a_queue_is_left_alone(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk)

    await routing.hear(created("t1", queue="studenti/carriere"))

    assert await routed(routing) == []
    assert await routing.rows(DECISIONS) == []


async def test_without_a_desk_tickets_wait_and_nothing_is_decided(
    routing: Routing, desk: Desk
) -> None:
    with pytest.raises(NotYet):
        await routing.hear(created("t1"))
    assert await routing.rows(DECISIONS) == []

    await routing.apply(desk)
    await routing.hear(created("t1"))

    assert len(await routed(routing)) == 1


async def test_a_ticket_without_an_open_stay_can_never_be_routed(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    with pytest.raises(Invalid):
        await routing.hear(created("t1", hop_id=None))

    assert await routing.rows(DECISIONS) == []
    assert await routed(routing) == []


async def test_processes_that_hear_the_same_tickets_at_once_route_each_once(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    news = [created(f"t{n}") for n in range(100)]

    await asyncio.gather(*(routing.hear(*news[start:], *news[:start]) for start in (0, 25, 50, 75)))

    decided = await routing.rows(DECISIONS)
    told = [event.hop_id for event in await routed(routing) if isinstance(event, TicketRouted)]
    assert len(decided) == 100
    assert sorted(told) == sorted(row.hop_id for row in decided)
    assert {row.decided_at > NOW for row in decided} == {True}
