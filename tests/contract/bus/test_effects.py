"""Everything committed has its effect exactly once, whatever comes twice or in the wrong order."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from uuid import UUID, uuid4

import pytest

from shared.core.cause import Cause
from shared.core.errors import TooLarge
from shared.core.ids import new_id
from tests.fixtures.bus_services import COPIES, COUNTERS, count
from tests.fixtures.bus_town import OUTBOX, Town, eventually
from tests.fixtures.bus_words import Counted


def some(n: int) -> list[UUID]:
    return [uuid4() for _ in range(n)]


def versions_of(counter: UUID, *versions: int) -> list[tuple[UUID, Counted]]:
    return [(new_id(), Counted(counter=counter, version=version)) for version in versions]


async def test_what_is_committed_has_its_effect_once_in_every_service_that_hears_it(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")

    await town.count(*some(5), times=4)

    await town.all_had_their_effect_once()


async def test_what_was_committed_before_anybody_listened_is_heard(town: Town) -> None:
    await town.count(*some(3), times=2)

    await town.up("maker")
    await town.up("keeper", "watcher")

    await town.all_had_their_effect_once()


async def test_what_is_rolled_back_is_never_heard(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (counter,) = some(1)

    async def count_and_fail() -> None:
        async with town.nodes[0].databases["maker"].transaction() as uow:
            uow.emit(Counted(counter=counter, version=7), aggregate_id=counter, cause=Cause.fresh())
            await uow.finish()
            raise LookupError

    with pytest.raises(LookupError):
        await count_and_fail()
    await town.count(counter)

    await town.all_had_their_effect_once()
    assert [row.version for row in await town.rows("keeper", COPIES)] == [1]


async def test_a_message_that_comes_again_together_with_itself_or_later_has_one_effect(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    (first, second) = said = versions_of(uuid4(), 1, 2)

    await town.say(first, first, second, first)
    await town.until_effects(first[0], second[0])
    await town.say(second, first)
    (last,) = await town.count(*some(1))
    await town.until_effects(last)

    await town.all_had_their_effect_once()
    assert {i for i, _ in said} <= set(town.committed)


async def test_versions_in_disorder_each_have_their_effect_and_the_copy_ends_at_the_newest(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    counter, other = some(2)

    await town.say(*versions_of(counter, 3, 1), *versions_of(other, 2))
    await town.until_effects(*town.committed)
    await town.say(*versions_of(counter, 2), *versions_of(other, 3, 1))

    await town.all_had_their_effect_once()
    assert {row.id: row.version for row in await town.rows("keeper", COPIES)} == {
        counter: 3,
        other: 3,
    }


async def test_a_service_that_stops_and_starts_again_goes_on_where_it_was(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    await town.until_effects(*await town.count(*some(3), times=3))

    await town.down()
    await town.count(*some(3), times=3)
    await town.up("maker", "keeper", "watcher")

    await town.all_had_their_effect_once()


async def test_a_slow_consumer_delays_nobody_else(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (stuck,) = await town.count(*some(1), trouble="hang")
    await town.met(stuck)

    behind = await town.count(*some(4), times=5)

    async def watcher_has_all() -> bool:
        return set(await town.arrived()) == {
            (e.counter, e.version) for e in town.committed.values()
        }

    await eventually(watcher_has_all, what="watcher is handed everything while keeper hangs")
    assert await town.effects() == {}
    town.heal()
    await town.until_effects(stuck, *behind)
    await town.all_had_their_effect_once()


async def test_an_event_that_is_too_large_is_refused_in_the_use_case_and_nothing_is_written(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    (counter,) = some(1)

    async def count_and_say_too_much() -> None:
        async with town.nodes[0].databases["maker"].transaction() as uow:
            await count(uow, counters=[counter], cause=Cause.fresh())
            uow.emit(
                Counted(counter=counter, version=2, text="è" * 131_072),
                aggregate_id=counter,
                cause=Cause.fresh(),
            )

    with pytest.raises(TooLarge):
        await count_and_say_too_much()

    assert await town.rows("maker", COUNTERS) == []
    assert await town.rows("maker", OUTBOX) == []
    await town.count(counter)
    await town.all_had_their_effect_once()


async def test_thousands_of_events_through_two_relays_and_three_consumers_keep_order_and_one_effect(
    town: Town,
) -> None:
    """Embedded there is one process, one relay and one consumer; the rest is the same."""
    counters = some(250)
    writers = [random.Random(seed) for seed in range(4)]
    await town.up("maker", processes=2)
    await town.up("keeper", processes=3)
    await town.up("watcher")

    async def write(chance: random.Random) -> None:
        for _ in range(40):
            await town.count(*chance.sample(counters, 20))

    await asyncio.gather(*(write(chance) for chance in writers))

    assert len(town.committed) == 3200
    await town.all_had_their_effect_once()
    handed: dict[UUID, list[int]] = defaultdict(list)
    for counter, version in await town.arrived():
        handed[counter].append(version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in handed.values())
