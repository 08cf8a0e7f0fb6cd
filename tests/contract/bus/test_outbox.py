"""What is committed leaves the outbox only when it has arrived, and what cannot arrive holds nobody
up.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.core.cause import Cause
from shared.messaging.dead_letters import discard_dead_letter, retry_dead_letters
from shared.messaging.rabbitmq import relay
from shared.messaging.rabbitmq.codec import PACK_TO
from tests.fixtures import bus_broker
from tests.fixtures.bus_node import Node
from tests.fixtures.bus_town import OUTBOX, Town, eventually
from tests.fixtures.bus_words import Unheard
from tests.servers.proxy import TcpProxy


async def test_a_row_stays_in_the_outbox_until_the_broker_confirms_it(
    rabbit_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embedded, the followers' cursors confirm: see the next test."""
    town = rabbit_town
    monkeypatch.setattr(relay, "CONFIRM_SECONDS", 0.3)
    await town.up("keeper", "watcher")
    async with TcpProxy(town.broker) as proxy:
        maker = Node(replace(town.place, broker=proxy.url), services=["maker"])
        town.nodes.append(maker)
        await maker.start(["maker"])
        await town.until_effects(*await town.count(uuid4()))
        proxy.hold()
        counters = [uuid4(), uuid4()]
        held = await town.count(*counters, times=3)

        await until_a_relay_waits_for_confirms(town)
        assert [row.id for row in await town.rows("maker", OUTBOX)] == held
        await until_nobody_holds_a_partition(town)  # the relay has given the window up
        assert [row.id for row in await town.rows("maker", OUTBOX)] == held
        assert set(await town.effects()) & set(held) == set()

        await proxy.drop()
        await proxy.heal()
        await town.all_had_their_effect_once()


async def test_a_row_stays_in_an_embedded_outbox_until_all_who_hear_it_have_taken_it(
    embedded_town: Town,
) -> None:
    town = embedded_town
    await town.up("maker", "watcher")
    said = await town.count(uuid4(), times=3)

    async def watcher_has_all() -> bool:
        return len(await town.arrived()) == 3

    await eventually(watcher_has_all, what="watcher is handed everything")
    await town.nodes[0].bus.finish()
    assert [row.id for row in await town.rows("maker", OUTBOX)] == said

    await town.up("keeper")
    await town.all_had_their_effect_once()


async def test_an_unroutable_event_is_parked_while_others_flow_and_leaves_once_it_has_a_queue(
    rabbit_town: Town,
) -> None:
    """Embedded, nothing is unroutable: see the next test."""
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    lost = await say_unheard(town)
    behind = await town.count(uuid4(), times=3)

    await town.until_effects(*behind)
    await town.until_dead(lost, service="maker")
    letter = (await town.dead("maker"))[lost]
    assert (letter.is_outgoing, letter.error, letter.type) == (
        True,
        "no queue takes it",
        Unheard.NAME,
    )
    assert await retry_dead_letters(town.databases["maker"], [lost]) == {lost}
    await town.until_dead(lost, service="maker")  # there is still no queue

    await bus_broker.bind_queue(town.broker, "library", Unheard.NAME)
    assert await retry_dead_letters(town.databases["maker"], [lost]) == {lost}

    async def has_left() -> bool:
        return await town.rows("maker", OUTBOX) == []

    await eventually(has_left, what="the parked event leaves the outbox")
    assert [message.id for message in await bus_broker.take_all(town.broker, "library")] == [lost]
    await town.all_had_their_effect_once()


async def test_what_nobody_hears_is_let_go_of_embedded(embedded_town: Town) -> None:
    town = embedded_town
    await town.up("maker", "keeper", "watcher")

    await say_unheard(town)
    await town.count(uuid4(), times=3)

    await town.all_had_their_effect_once()
    assert await town.rows("maker", OUTBOX) == []
    assert await town.dead("maker") == {}


async def test_a_parked_event_can_be_discarded_with_a_reason(rabbit_town: Town) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    lost = await say_unheard(town)
    await town.until_dead(lost, service="maker")

    assert await discard_dead_letter(town.databases["maker"], lost, why="nobody needs it")

    assert await town.dead("maker") == {}
    assert await town.rows("maker", OUTBOX) == []
    assert [(row.message_id, row.why, row.error) for row in await town.discarded("maker")] == [
        (lost, "nobody needs it", "no queue takes it")
    ]


async def test_many_of_a_name_travel_packed_and_are_unpacked_one_by_one(rabbit_town: Town) -> None:
    """Many of one name are few messages on the wire; the events keep their ids, their order and
    their own verdicts.
    """
    town = rabbit_town
    fine = await town.count(*[uuid4() for _ in range(30)], times=3)
    (bad,) = await town.count(uuid4(), trouble="invalid")
    await town.up("maker")

    async def all_published() -> bool:
        return await town.rows("maker", OUTBOX) == []

    await eventually(all_published, what="the relay has published everything")
    assert (await bus_broker.depth(town.broker, "keeper.events"))["keeper.events"] == ceil(
        91 / PACK_TO
    )

    await town.up("keeper", "watcher")
    await town.until_dead(bad)
    await town.all_had_their_effect_once(without=[bad])
    assert set(await town.effects()) == set(fine)


async def say_unheard(town: Town) -> UUID:
    async with town.nodes[0].databases["maker"].transaction() as uow:
        return uow.emit(Unheard(counter=uuid4()), aggregate_id=uuid4(), cause=Cause.fresh())


async def partitions_held(town: Town) -> int:
    async with town.databases["maker"].reading() as connection:
        held = (
            "select count(*) from pg_locks join pg_database on oid = database where locktype = "
            "'advisory' and datname = current_database()"
        )
        return int((await connection.execute(text(held))).scalar_one())


async def until_a_relay_waits_for_confirms(town: Town) -> None:
    async def holds() -> bool:
        return await partitions_held(town) > 0

    await eventually(holds, what="a relay holds a partition")


async def until_nobody_holds_a_partition(town: Town) -> None:
    async def holds() -> bool:
        return await partitions_held(town) == 0

    await eventually(holds, what="the relay has given its partitions back")
