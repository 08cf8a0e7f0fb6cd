"""A running Sportello under measurement."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Self
from uuid import UUID

import psutil

from tests.installation.installation import Installation
from tests.installation.start import distributed, embedded
from tests.servers.server import PostgresServer, RabbitServer, Server


class Measured:
    """An installation that runs, what its processes use, and what its databases say.

    As an async context manager it ends.
    """

    def __init__(
        self, installation: Installation, *, started_in: float, servers: Mapping[str, Server]
    ) -> None:
        """`started_in` are the seconds from starting the processes until all were ready."""
        self.name = installation.name
        self.intake, self.portal = installation.intakes[0], installation.portals[0]
        self.started_in = started_in
        self._installation = installation
        self._servers = {name: server.pid for name, server in servers.items()}
        self._databases = installation.databases

    @property
    def portal_database(self) -> str:
        """The URL of the portal's database."""
        return self._databases.urls["portal"]

    def memory(self) -> dict[str, float]:
        """Return each process's own memory in MB (unique set size: shared pages are nobody's)."""
        return {
            name: process.memory_full_info().uss / 1e6
            for name, process in self._processes().items()
        }

    def processor_seconds(self) -> dict[str, float]:
        """Return the processor time used so far by each process, by the servers and by the load
        generator itself.
        """
        used = {name: _seconds(process) for name, process in self._processes().items()}
        for name, pid in self._servers.items():
            if pid is not None:
                server = psutil.Process(pid)
                used[name] = sum(
                    _seconds_if_there(process)
                    for process in (server, *server.children(recursive=True))
                )
        return {**used, "the load generator": _seconds(psutil.Process())}

    def processor_seconds_of_reading(self) -> float:
        """Return the processor time used so far by the process of the portal and by PostgreSQL,
        where there is one.
        """
        used = self.processor_seconds()
        return sum(
            seconds
            for name, seconds in used.items()
            if name in ("portal", "all five", "PostgreSQL")
        )

    def own_processes(self) -> list[str]:
        """Return the names of the processes that are Sportello's own."""
        return list(self._installation.programs)

    async def count_visible(self) -> int:
        """Return how many tickets the portal shows in a queue."""
        return int(
            await self._databases.value(
                "portal", "select count(*) from tickets where queue is not null"
            )
        )

    async def visible(self) -> list[tuple[UUID, str]]:
        """Return their ids and numbers."""
        found = await self._databases.rows(
            "portal", "select id, number from tickets where queue is not null"
        )
        return [(UUID(row["id"]), row["number"]) for row in found]

    async def some_numbers(self, queue: str, count: int) -> list[str]:
        """Return the numbers of some tickets of `queue`, from all of its time."""
        found = await self._databases.rows(
            "portal",
            f"select number from tickets where queue = '{queue}' order by id limit {count}",
        )
        return [row["number"] for row in found]

    async def some_word(self) -> str:
        """Return a word that one ticket has in its subject, one of the oldest."""
        subject = await self._databases.value(
            "portal", "select subject from tickets order by created_at limit 1"
        )
        return str(subject).rpartition(" ")[2]

    async def count_mails_sent(self) -> int:
        """Return how many mails have left."""
        return int(
            await self._databases.value(
                "notify", "select count(*) from deliveries where state = 'sent'"
            )
        )

    def _processes(self) -> dict[str, psutil.Process]:
        return {
            name: psutil.Process(program.pid)
            for name, program in self._installation.programs.items()
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._installation.__exit__, None, None, None)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _seconds_if_there(process: psutil.Process) -> float:
    # A server's helpers come and go.
    try:
        return _seconds(process)
    except psutil.NoSuchProcess:
        return 0.0


async def start_embedded(folder: Path) -> Measured:
    """Start `up` on SQLite, its folder in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return await _start(embedded(inside=folder), {})


async def start_distributed(
    postgres: PostgresServer,
    rabbit: RabbitServer,
    vhost: str,
    folder: Path,
    *,
    counts: Mapping[str, int] | None = None,
) -> Measured:
    """Start each service as `counts` processes (default one) on databases of its own and a vhost of
    the broker.
    """
    folder.mkdir(parents=True, exist_ok=True)
    installation = await asyncio.to_thread(
        distributed, postgres, rabbit.vhost_url(vhost), counts=counts, inside=folder
    )
    return await _start(installation, {"PostgreSQL": postgres, "RabbitMQ": rabbit})


async def _start(installation: Installation, servers: Mapping[str, Server]) -> Measured:
    begun = perf_counter()
    await asyncio.to_thread(installation.__enter__)
    return Measured(installation, started_in=perf_counter() - begun, servers=servers)
