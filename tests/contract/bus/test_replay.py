"""A replay reaches only the service it is meant for, marked as what it is."""

from __future__ import annotations

from uuid import UUID, uuid4

from shared.core.cause import Cause
from shared.core.ids import new_id
from tests.fixtures.bus_services import ARRIVALS, COPIES, EFFECTS
from tests.fixtures.bus_town import Town, eventually
from tests.fixtures.bus_words import Counted


async def has_arrived(town: Town, counter: UUID, version: int) -> bool:
    return (counter, version) in await town.arrived()


async def test_a_replay_reaches_only_its_target_and_says_that_it_is_one(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    counter = uuid4()

    async with town.nodes[0].databases["maker"].transaction() as uow:
        replay = uow.emit(
            Counted(counter=counter, version=4),
            aggregate_id=counter,
            cause=Cause.fresh(),
            target="watcher",
        )
    (live,) = await town.count(uuid4())

    async def all_is_done() -> bool:
        return (
            len(await town.arrived()) == 2
            and len(await town.rows("watcher", EFFECTS)) == 1
            and await town.is_quiet()
        )

    await eventually(
        all_is_done, what="watcher is handed both, and what keeper said of the live one"
    )
    await town.down()
    assert await town.waiting_outside() == {}
    assert await town.effects() == {live: 1}
    arrivals = {row.message_id: row.is_replay for row in await town.rows("watcher", ARRIVALS)}
    assert arrivals == {replay: True, live: False}


async def test_replays_and_live_events_mixed_leave_the_copy_at_the_newest(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    counter = uuid4()
    await town.say((new_id(), Counted(counter=counter, version=5)))
    await town.say(
        *[(new_id(), Counted(counter=counter, version=version)) for version in (3, 4)],
        target="keeper",
    )

    await town.until_effects(*town.committed)
    await eventually(
        lambda: has_arrived(town, counter, 5), what="watcher has heard of the live one"
    )
    await town.down()

    assert {row.id: row.version for row in await town.rows("keeper", COPIES)} == {counter: 5}
    assert {row.version: row.is_replay for row in await town.rows("keeper", EFFECTS)} == {
        5: False,
        3: True,
        4: True,
    }
    assert [row.version for row in await town.rows("watcher", ARRIVALS)] == [5]
