"""A running Sportello under measurement: embedded, or the services as separate processes on real servers."""

import asyncio
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Protocol, Self
from uuid import UUID

import asyncpg
import psutil

from tests.bench.http import Connection
from tests.servers.server import PostgresServer
from tests.servers.waiting import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


class Rows(Protocol):
    """What the databases say, read directly."""

    async def count_visible(self) -> int:
        """Tickets that the portal shows in a queue."""

    async def visible(self) -> list[tuple[UUID, str]]:
        """Their ids and numbers."""

    async def count_mails_sent(self) -> int:
        """Mails that have left."""


@dataclass
class Installation:
    """Processes and addresses. `rows` reads the databases for the checks."""

    name: str
    intake: str
    portal: str
    rows: Rows
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started_in: float = 0.0

    def memory(self) -> dict[str, float]:
        """Return each process's own memory in MB (unique set size: shared pages are nobody's)."""
        return {name: psutil.Process(p.pid).memory_full_info().uss / 1e6 for name, p in self.processes.items()}

    def processor_seconds(self) -> dict[str, float]:
        """Return the processor time each process has used so far."""
        times = {name: psutil.Process(p.pid).cpu_times() for name, p in self.processes.items()}
        return {name: t.user + t.system for name, t in times.items()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                await asyncio.to_thread(process.wait, 15)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait, 5)


async def start_embedded(folder: Path) -> Installation:
    """Start `up` on SQLite in `folder`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    running = Installation("embedded", url, url, SqliteRows(folder / "data"))
    begun = perf_counter()
    running.processes["all five"] = _spawn(["up", "--port", str(port), "--data", str(folder / "data")], {}, folder / "up.log")
    await _wait_ready(running, [url])
    running.started_in = perf_counter() - begun
    return running


async def start_distributed(
    postgres: PostgresServer, broker_url: str, folder: Path, *, counts: Mapping[str, int] | None = None, prefix: str
) -> Installation:
    """Start each service as `counts` processes (default one) on databases named with `prefix` (made here) and the broker."""
    services = ("intake", "tickets", "routing", "notify", "portal")
    environment = {
        "SPORTELLO_DATABASE_URL": postgres.url,
        "SPORTELLO_BROKER_URL": broker_url,
        "SPORTELLO_SECRET": secrets.token_urlsafe(32),
        "SPORTELLO_DATA": str(folder / "data"),
        "SPORTELLO_LOG_LEVEL": "warning",
    }
    for service in services:
        environment[f"SPORTELLO_{service.upper()}_DATABASE_URL"] = postgres.create_database(f"{prefix}_{service}")
    applied = _spawn(["desk", "apply", str(ROOT / "deploy" / "desk")], environment, folder / "desk.log")
    if await asyncio.to_thread(applied.wait, START_SECONDS):
        raise RuntimeError((folder / "desk.log").read_text())
    rows = PostgresRows(environment["SPORTELLO_PORTAL_DATABASE_URL"], environment["SPORTELLO_NOTIFY_DATABASE_URL"])
    running = Installation("distributed", "", "", rows)
    urls: dict[str, list[str]] = {}
    begun = perf_counter()
    for service in services:
        for number in range((counts or {}).get(service, 1)):
            port = free_port()
            name = service if number == 0 else f"{service} {number + 1}"
            running.processes[name] = _spawn(["run", service, "--port", str(port)], environment, folder / f"{name}.log")
            urls.setdefault(service, []).append(f"http://127.0.0.1:{port}")
    running.intake, running.portal = urls["intake"][0], urls["portal"][0]
    await _wait_ready(running, [url for found in urls.values() for url in found])
    running.started_in = perf_counter() - begun
    return running


def _spawn(arguments: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "services", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


async def _wait_ready(running: Installation, urls: list[str]) -> None:
    end = perf_counter() + START_SECONDS
    for url in urls:
        while True:
            for name, process in running.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with {process.returncode} before it was ready")
            try:
                async with Connection(url) as connection:
                    answer = await connection.get("/health/ready")
                if answer.status == 200:
                    break
                said = answer.body.decode()
            except (OSError, asyncio.IncompleteReadError) as error:
                said = str(error)
            if perf_counter() > end:
                raise RuntimeError(f"{url} is not ready after {START_SECONDS} s: {said}")
            await asyncio.sleep(0.05)


class PostgresRows:
    """Reads the portal's and notify's databases."""

    def __init__(self, portal_url: str, notify_url: str) -> None:
        self._portal_url = portal_url
        self._notify_url = notify_url

    async def count_visible(self) -> int:
        return int(await self._value(self._portal_url, "select count(*) from tickets where queue is not null"))

    async def visible(self) -> list[tuple[UUID, str]]:
        connection = await asyncpg.connect(self._portal_url)
        rows = await connection.fetch("select id, number from tickets where queue is not null")
        await connection.close()
        return [(row["id"], row["number"]) for row in rows]

    async def count_mails_sent(self) -> int:
        return int(await self._value(self._notify_url, "select count(*) from deliveries where state = 'sent'"))

    async def _value(self, url: str, query: str) -> int:
        connection = await asyncpg.connect(url)
        value: int = await connection.fetchval(query)
        await connection.close()
        return value


class SqliteRows:
    """Reads the files of an embedded installation."""

    def __init__(self, data: Path) -> None:
        self._data = data

    async def count_visible(self) -> int:
        return int(self._all("portal", "select count(*) from tickets where queue is not null")[0][0])

    async def visible(self) -> list[tuple[UUID, str]]:
        return [(UUID(found), number) for found, number in self._all("portal", "select id, number from tickets where queue is not null")]

    async def count_mails_sent(self) -> int:
        return int(self._all("notify", "select count(*) from deliveries where state = 'sent'")[0][0])

    def _all(self, service: str, query: str) -> list[tuple[str, str]]:
        connection = sqlite3.connect(f"file:{self._data / service}.db?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
