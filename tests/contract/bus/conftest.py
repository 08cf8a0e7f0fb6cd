"""The town on both transports: SQLite files in one process, or RabbitMQ and PostgreSQL."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.fixtures.bus_databases import DatabasePool, bring_up_to_date
from tests.fixtures.bus_node import Place, hurry, wait_for_answers
from tests.fixtures.bus_town import Town
from tests.fixtures.bus_words import SERVICES, spoken
from tests.servers.server import PostgresServer, RabbitServer


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
def pools() -> Iterator[dict[str, DatabasePool]]:
    """The databases of the town by the URL of their server."""
    found: dict[str, DatabasePool] = {}
    yield found
    for pool in found.values():
        pool.close()


@pytest.fixture
def rabbitmq_place(
    tmp_path: Path,
    postgres_server: PostgresServer,
    rabbit_vhost: str,
    pools: dict[str, DatabasePool],
) -> Iterator[Place]:
    yield from make_place(tmp_path, postgres_server, rabbit_vhost, pools)


@pytest.fixture
def breakable_place(
    tmp_path: Path,
    breakable_postgres: PostgresServer,
    breakable_rabbit: RabbitServer,
    pools: dict[str, DatabasePool],
) -> Iterator[Place]:
    vhost = f"sportello-bus-{secrets.token_hex(6)}"
    breakable_rabbit.create_vhosts([vhost])
    yield from make_place(tmp_path, breakable_postgres, breakable_rabbit.vhost_url(vhost), pools)


def make_place(
    folder: Path, postgres: PostgresServer, broker: str, pools: dict[str, DatabasePool]
) -> Iterator[Place]:
    pool = pools.setdefault(postgres.url, DatabasePool(postgres))
    urls = pool.take()
    yield Place(databases=urls, broker=broker, folder=folder)
    pool.give_back(urls)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Tracebacks without the coloured pictures of every local variable: they would hold up the loop
    for a second each.
    """
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
    yield
    structlog.configure(**before)


@pytest.fixture(params=["embedded", "rabbitmq"])
async def town(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The test services on one transport, none of them started. Their pauses are short."""
    async for each in live(request.getfixturevalue(f"{request.param}_place"), monkeypatch):
        yield each


@pytest.fixture
async def rabbit_town(
    rabbitmq_place: Place, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The town over RabbitMQ, for what has no meaning without a broker."""
    async for each in live(rabbitmq_place, monkeypatch):
        yield each


@pytest.fixture
async def breakable_town(
    breakable_place: Place, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The town over servers that the test may stop."""
    async for each in live(breakable_place, monkeypatch):
        yield each


@pytest.fixture
async def embedded_town(
    embedded_place: Place, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
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
