"""The tickets service on SQLite and on PostgreSQL: what it hears and is asked goes through its real
consumer and command server.
"""

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, select

from services.tickets.commands import COMMANDS
from services.tickets.consumers import HANDLERS
from services.tickets.main import MIGRATIONS, build_context
from services.tickets.settings import TicketsSettings
from shared.contracts.commands.base import Command, Outcome
from shared.contracts.desk import Desk
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketEvent
from shared.core.cause import Cause
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.migrate import migrate
from shared.database.outbox import read_after
from shared.messaging.commands import CommandRequest, CommandServer
from shared.messaging.consumer import Consumer
from shared.observability.metrics import Meter
from tests.factories.tickets_desk import make_desk
from tests.fixtures.migrated import MakeMigrated

CROWD = tuple(f"operator{n:02}" for n in range(50))
"""Fifty more operators who may work the queue `studenti`."""

_numbers = itertools.count(1)


def make_message(event: Event) -> Envelope[bytes]:
    """Return `event` as it comes over the bus."""
    body = event.model_dump_json().encode()
    return Envelope(new_id(), event.NAME, body, Cause.fresh(), datetime.now(UTC))


class Process:
    """One process of the tickets service, with connections of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.context = build_context(
            database, TicketsSettings(routing_patience=60, routing_limit=7)
        )
        meter = Meter("tickets")
        self.consumer = Consumer(
            database=database, handlers=HANDLERS, context=self.context, meter=meter
        )
        self._server = CommandServer(
            database=database, commands=COMMANDS, context=self.context, meter=meter
        )

    async def hear(self, *events: Event) -> None:
        """Apply a batch, in one transaction."""
        await self.consumer.apply([make_message(event) for event in events])

    async def answer(self, command: Command, *, command_id: UUID | None = None) -> Outcome:
        """Answer a command as it comes over the bus."""
        deadline = datetime.now(UTC) + timedelta(seconds=60)
        request = CommandRequest(
            command_id or uuid4(),
            command.NAME,
            command.model_dump_json().encode(),
            deadline,
            Cause.fresh(),
        )
        return (await self._server.answer(request)).outcome

    async def told(self) -> list[TicketEvent]:
        """Return the events in the outbox, in order."""
        async with self.database.reading() as connection:
            rows = await read_after(connection, 0, limit=10_000)
        events = [EVENT_CLASSES[row.type].model_validate_json(row.event) for row in rows]
        return [event for event in events if isinstance(event, TicketEvent)]

    async def rows(self, table: Any, *order: str) -> list[dict[str, Any]]:
        """Return all rows of a model's table, ordered by the columns named."""
        columns: Table = table.__table__
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(columns).order_by(*(columns.c[name] for name in order))
            )
            return [dict(row._mapping) for row in found]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The service's database, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tickets.db'}"
    postgres: str = request.getfixturevalue("postgres_url")
    return postgres


@pytest.fixture
def postgres_url(make_migrated_database: MakeMigrated) -> str:
    return make_migrated_database("tickets", MIGRATIONS)


async def start_processes(url: str, count: int, desk: Desk) -> list[Process]:
    """Return processes that share the up-to-date database `url` with `desk` in force.

    On SQLite there is only ever one.
    """
    clock = SystemClock()
    databases = [
        Database(url, service="tickets", pool_size=8, clock=clock)
        for _ in range(1 if url.startswith("sqlite") else count)
    ]
    await migrate(databases[0], MIGRATIONS)
    processes = [Process(database) for database in databases]
    await processes[0].hear(DeskApplied(version=1, desk=desk, applied_at=datetime.now(UTC)))
    return processes


async def stop_processes(processes: Sequence[Process]) -> None:
    for process in processes:
        await process.database.close()


def make_crowded_desk() -> Desk:
    """Return the desk of the unit tests with the crowd."""
    return make_desk(rights={identity: {"urp": ("rw",)} for identity in CROWD})


@pytest.fixture
async def process(url: str) -> AsyncIterator[Process]:
    """One process, on either database."""
    started = await start_processes(url, 1, make_crowded_desk())
    yield started[0]
    await stop_processes(started)


@pytest.fixture
async def processes(url: str) -> AsyncIterator[list[Process]]:
    """Three processes on PostgreSQL, the one there can be on SQLite."""
    started = await start_processes(url, 3, make_crowded_desk())
    yield started
    await stop_processes(started)
