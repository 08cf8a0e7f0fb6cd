"""`up` under load, killed at moments of chance and started again."""

from __future__ import annotations

import asyncio
import random
import secrets

import pytest

from tests.faults.checker import complaints_about
from tests.faults.load import Load
from tests.fixtures.system import Town
from tests.servers.waiting import wait_until

ROUNDS = 4


@pytest.mark.timeout(400)
async def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(
    embedded_town: Town,
) -> None:
    installation = embedded_town.installation
    (program,) = installation.programs.values()
    seed = secrets.randbelow(1_000_000)
    print("seed", seed)
    chance = random.Random(seed)

    async with Load(installation) as load:
        for number in range(ROUNDS):
            await load.more(chance.randint(5, 80))
            await asyncio.sleep(chance.random() / 20)
            await asyncio.to_thread(program.kill)
            program.start()
            if number % 2:
                # Once more, as soon as it has begun to work off what was left lying.
                await asyncio.to_thread(
                    wait_until, lambda: program.readiness()[0] > 0, what="it answers"
                )
                await asyncio.to_thread(program.kill)
                program.start()
            await asyncio.to_thread(program.wait_ready)
        await load.more(20)

    assert load.wrong == []
    assert len(load.promised.notes) > 0
    assert load.closed > 0
    assert await complaints_about(embedded_town, load.promised) == []
