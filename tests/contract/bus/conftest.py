"""The town on both transports: SQLite files in one process, or RabbitMQ and PostgreSQL."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from shared.database.database import Database
from shared.database.migrate import migrate
from tests.fixtures.bus_node import Place, hurry, wait_for_answers
from tests.fixtures.bus_services import MIGRATIONS
from tests.fixtures.bus_town import Town
from tests.fixtures.bus_words import SERVICES, spoken
from tests.servers.server import PostgresServer, RabbitServer
from tests.servers.waiting import run_blocking


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("bus") / "migrated.db"
    bring_up_to_date(f"sqlite:///{path}")
    return path


@pytest.fixture
def embedded_place(tmp_path: Path, migrated_file: Path) -> Place:
    urls = {}
    for service in SERVICES:
        shutil.copy(migrated_file, tmp_path / f"{service}.db")
        urls[service] = f"sqlite:///{tmp_path / f'{service}.db'}"
    return Place(databases=urls, broker=None, folder=tmp_path)


@pytest.fixture(scope="session")
def migrated_databases() -> dict[str, str]:
    """By the URL of a server, the name of a migrated database in it, to be copied."""
    return {}


@pytest.fixture
def rabbitmq_place(
    tmp_path: Path, postgres_server: PostgresServer, rabbit_vhost: str, migrated_databases: dict[str, str]
) -> Iterator[Place]:
    yield from make_place(tmp_path, postgres_server, rabbit_vhost, migrated_databases)


@pytest.fixture
def breakable_place(
    tmp_path: Path, breakable_postgres: PostgresServer, breakable_rabbit: RabbitServer, migrated_databases: dict[str, str]
) -> Iterator[Place]:
    vhost = f"sportello-bus-{secrets.token_hex(6)}"
    breakable_rabbit.create_vhosts([vhost])
    yield from make_place(tmp_path, breakable_postgres, breakable_rabbit.vhost_url(vhost), migrated_databases)


def make_place(folder: Path, postgres: PostgresServer, broker: str, migrated: dict[str, str]) -> Iterator[Place]:
    if postgres.url not in migrated:
        migrated[postgres.url] = f"sportello_bus_{secrets.token_hex(4)}"
        bring_up_to_date(postgres.create_database(migrated[postgres.url]))
    prefix = f"{migrated[postgres.url]}_{secrets.token_hex(3)}"
    urls = {s: postgres.create_database(f"{prefix}_{s}", template=migrated[postgres.url]) for s in SERVICES}
    yield Place(databases=urls, broker=broker, folder=folder)
    for service in SERVICES:
        postgres.drop_database(f"{prefix}_{service}")


def bring_up_to_date(url: str) -> None:
    async def work() -> None:
        database = Database(url, service="town")
        await migrate(database, MIGRATIONS)
        await database.close()

    run_blocking(work)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Tracebacks without the coloured pictures of every local variable: they would hold up the loop for a second each."""
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    yield
    structlog.configure(**before)


@pytest.fixture(params=["embedded", "rabbitmq"])
async def town(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The test services on one transport, none of them started. Their pauses are short."""
    async for each in live(request.getfixturevalue(f"{request.param}_place"), monkeypatch):
        yield each


@pytest.fixture
async def rabbit_town(rabbitmq_place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The town over RabbitMQ, for what has no meaning without a broker."""
    async for each in live(rabbitmq_place, monkeypatch):
        yield each


@pytest.fixture
async def breakable_town(breakable_place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The town over servers that the test may stop."""
    async for each in live(breakable_place, monkeypatch):
        yield each


@pytest.fixture
async def embedded_town(embedded_place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The town in one process, for what has no meaning elsewhere."""
    async for each in live(embedded_place, monkeypatch):
        yield each


async def live(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    hurry(monkeypatch.setattr)
    wait_for_answers(60, monkeypatch.setattr)
    with spoken():
        town = Town(place)
        try:
            yield town
        finally:
            await town.close()
