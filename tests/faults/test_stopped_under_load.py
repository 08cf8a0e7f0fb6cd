"""An orderly stop in the middle of the work: within ten seconds, with exit code 0, and nothing is
left undone.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.checker import complaints_about
from tests.faults.load import Load
from tests.fixtures.system import Town

pytestmark = pytest.mark.timeout(300)


async def test_a_stop_under_load_ends_well_and_loses_nothing(town: Town) -> None:
    installation = town.installation
    before = installation.complaints()
    stopped = [
        program for name, program in installation.programs.items() if not name.endswith(" 2")
    ]

    async with Load(installation) as load:
        await load.more(60)
        codes = await asyncio.gather(*(asyncio.to_thread(program.stop) for program in stopped))
        for program in stopped:
            program.start()
        for program in stopped:
            await asyncio.to_thread(program.wait_ready)
        await load.more(20)

    assert set(codes) == {0}
    assert load.wrong == []
    assert await complaints_about(town, load.promised) == []
    assert installation.complaints() == before
