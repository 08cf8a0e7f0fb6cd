"""A database of each kind with the tables of `things` and the shared ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database.database import Database
from shared.database.tables import SharedBase
from tests.integration.database.things import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'things.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with both kinds of tables."""
    database = Database(database_url, service="things", pool_size=4)
    async with database.transaction() as uow:
        await uow.connection.run_sync(Base.metadata.create_all)
        await uow.connection.run_sync(SharedBase.metadata.create_all)
    yield database
    await database.close()
