"""A migrated SQLite database, and the words of the test services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.database.database import Database
from shared.database.migrate import migrate
from tests.fixtures.bus_services import MIGRATIONS, Shop
from tests.fixtures.bus_words import spoken


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    with spoken():
        yield


@pytest.fixture
async def maker(tmp_path: Path) -> AsyncIterator[Database]:
    async for database in migrated(tmp_path, "maker"):
        yield database


@pytest.fixture
async def keeper(tmp_path: Path) -> AsyncIterator[Database]:
    async for database in migrated(tmp_path, "keeper"):
        yield database


@pytest.fixture
async def watcher(tmp_path: Path) -> AsyncIterator[Database]:
    async for database in migrated(tmp_path, "watcher"):
        yield database


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop("keeper", tmp_path)


async def migrated(folder: Path, service: str) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{folder / f'{service}.db'}", service=service)
    await migrate(database, MIGRATIONS)
    yield database
    await database.close()
