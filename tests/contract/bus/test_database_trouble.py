"""A service's database goes away or is busy while messages are in hand: the batch is done again
whole, uncounted.
"""

from __future__ import annotations

import asyncio
import sqlite3
from uuid import uuid4

import pytest

from shared.database import sqlite
from tests.fixtures.bus_services import EFFECTS
from tests.fixtures.bus_town import Town, eventually
from tests.servers.server import PostgresServer


async def test_a_database_restarted_while_a_batch_is_in_hand_has_every_effect_once(
    breakable_town: Town, breakable_postgres: PostgresServer
) -> None:
    """Embedded, the database is a file of the process: see the next test, and `test_poison` for the
    process's own end.
    """
    town = breakable_town
    await town.count(*[uuid4() for _ in range(20)], times=10)
    (stuck,) = await town.count(uuid4(), trouble="hang")
    await town.count(*[uuid4() for _ in range(20)], times=10)
    await town.up("maker", "watcher")
    await town.up("keeper", processes=2)
    await town.met(stuck)

    await asyncio.to_thread(breakable_postgres.stop)
    town.heal()
    await asyncio.to_thread(breakable_postgres.start)

    await town.all_had_their_effect_once()
    assert await town.failed() == {}


async def test_a_database_killed_while_events_flow_has_every_effect_once(
    breakable_town: Town, breakable_postgres: PostgresServer
) -> None:
    town = breakable_town
    await town.up("maker", processes=2)
    await town.up("keeper", processes=2)
    await town.up("watcher")
    counters = [uuid4() for _ in range(30)]
    for _ in range(10):
        await town.count(*counters, times=3)

    await asyncio.to_thread(breakable_postgres.kill)
    await asyncio.to_thread(breakable_postgres.start)

    await town.all_had_their_effect_once()


async def test_a_locked_database_file_delays_the_batch_and_every_effect_happens_once(
    embedded_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = embedded_town
    pragmas = [pragma for pragma in sqlite.PRAGMAS if not pragma.startswith("busy_timeout")]
    monkeypatch.setattr(sqlite, "PRAGMAS", (*pragmas, "busy_timeout=20"))
    await town.up("maker", "keeper", "watcher")
    await town.until_effects(*await town.count(uuid4()))
    other = sqlite3.connect(town.place.folder / "keeper.db", isolation_level=None)
    other.execute("begin immediate")

    said = await town.count(*[uuid4() for _ in range(5)], times=3)

    async def watcher_has_all() -> bool:
        return len(await town.arrived()) == 16

    await eventually(watcher_has_all, what="the others go on")
    assert len(await town.rows("keeper", EFFECTS)) == 1
    other.execute("rollback")
    other.close()

    await town.until_effects(*said)
    await town.all_had_their_effect_once()
    assert await town.failed() == {}
