"""Two processes of each service under load, with everything they consist of and stand on killed in
turn.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.checker import complaints_about
from tests.faults.load import Load
from tests.fixtures.system import Town
from tests.installation.installation import SERVICES, Installation
from tests.installation.program import Program
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(400)


async def test_every_process_killed_in_turn_loses_nothing_and_does_nothing_twice(
    distributed_town: Town,
) -> None:
    installation = distributed_town.installation

    async with Load(installation) as load:
        for programs in rounds_of(installation):
            for program in programs:
                await load.more(10)
                await asyncio.to_thread(program.kill)
                await load.more(5)
                program.start()
            await asyncio.to_thread(wait_until_ready, installation)
        await load.more(10)

    assert load.wrong == []
    assert load.closed > 0
    assert await complaints_about(distributed_town, load.promised) == []


async def test_a_broker_that_is_killed_and_one_that_hangs_lose_nothing(
    distributed_town: Town,
) -> None:
    installation, rabbit = distributed_town.installation, distributed_town.rabbit
    assert rabbit is not None

    async with Load(installation) as load:
        await load.more(25)
        await asyncio.to_thread(rabbit.kill)
        await load.more(25)
        await asyncio.to_thread(rabbit.start)
        await load.more(25)
        await asyncio.to_thread(rabbit.pause)
        await load.more(25)
        waiting = await installation.databases.value("intake", "select count(*) from outbox")
        await asyncio.to_thread(rabbit.resume)
        await load.more(25)

    assert load.wrong == []
    # While the broker hung, requests were accepted and kept.
    assert waiting > 0
    assert await complaints_about(distributed_town, load.promised) == []


async def test_a_database_server_that_is_killed_and_restarted_loses_nothing(
    distributed_town: Town,
) -> None:
    installation, postgres = distributed_town.installation, distributed_town.postgres
    assert postgres is not None

    async with Load(installation) as load:
        await load.more(25)
        await asyncio.to_thread(postgres.restart)
        await load.more(25)
        await asyncio.to_thread(postgres.kill)
        await asyncio.to_thread(postgres.start)
        await load.more(25)

    assert load.wrong == []
    assert await complaints_about(distributed_town, load.promised) == []
    await eventually_all_ready(installation)


def rounds_of(installation: Installation) -> list[list[Program]]:
    """Both of notify with the first of each other service, then the second ones: of all but notify
    one is always there.

    What notify was sending waits until its lease ends; so its part comes first.
    """
    firsts, seconds = zip(
        *(installation.of(service) for service in SERVICES if service != "notify"), strict=True
    )
    return [[*installation.of("notify"), *firsts], list(seconds)]


def wait_until_ready(installation: Installation) -> None:
    for program in installation.programs.values():
        program.wait_ready()


async def eventually_all_ready(installation: Installation) -> None:
    async def look() -> bool:
        states = await asyncio.to_thread(
            lambda: [program.readiness()[0] for program in installation.programs.values()]
        )
        return states == [200] * len(states)

    assert await eventually(look, what="everything is ready again")
