"""Kills what an installation consists of and stands on, one after the other and at random, and
brings it back.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import asyncpg

from tests.fixtures.system import Town
from tests.installation.program import Program
from tests.servers.server import PostgresServer, RabbitServer

CUT_CONNECTIONS = (
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> "
    "pg_backend_pid() and datname = any($1)"
)

PATIENT = 0.7
"""How often the next is only killed when the last is ready again; on a slow machine nothing would
ever run otherwise.
"""


class Killer:
    """Works until told to stop; then everything runs again.

    `killed` counts what it did. What takes commands dies most often.
    """

    def __init__(self, town: Town, *, seed: str, pause: float) -> None:
        """`pause` seconds lie between two kills, more or less."""
        self.killed: Counter[str] = Counter()
        self._town = town
        self._chance = random.Random(seed)
        self._pause = pause
        self._is_over = asyncio.Event()

    def stop(self) -> None:
        self._is_over.set()

    async def work(self) -> None:
        """Kill a process each time; the third time all connections of the databases are cut, the
        fifth time the broker dies.
        """
        rabbit, postgres = self._town.rabbit, self._town.postgres
        assert rabbit is not None
        assert postgres is not None
        turn = 0
        while not await self._over_within(self._chance.uniform(0.5, 1.5) * self._pause):
            turn += 1
            if turn == 3:
                await self._cut_connections(postgres)
            elif turn == 5:
                await self._kill_broker(rabbit)
            else:
                programs = self._town.installation.programs.values()
                often = [
                    program
                    for program in programs
                    if program.name.split()[0] in ("tickets", "portal")
                ]
                await self._kill_process(self._chance.choice([*programs, *often]))
        for program in self._town.installation.programs.values():
            await asyncio.to_thread(program.wait_ready)

    async def _kill_process(self, program: Program) -> None:
        self.killed[program.name.split()[0]] += 1
        await asyncio.to_thread(program.kill)
        await asyncio.sleep(self._chance.uniform(0, 1))
        program.start()
        if self._chance.random() < PATIENT:
            await asyncio.to_thread(program.wait_ready)

    async def _kill_broker(self, rabbit: RabbitServer) -> None:
        self.killed["broker"] += 1
        await asyncio.to_thread(rabbit.kill)
        await asyncio.to_thread(rabbit.start)

    async def _cut_connections(self, postgres: PostgresServer) -> None:
        self.killed["database connections"] += 1
        names = [url.rsplit("/", 1)[-1] for url in self._town.installation.databases.urls.values()]
        connection = await asyncpg.connect(postgres.url + "postgres")
        try:
            await connection.execute(CUT_CONNECTIONS, names)
        finally:
            await connection.close()

    async def _over_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._is_over.wait()
        except TimeoutError:
            return False
        return True
