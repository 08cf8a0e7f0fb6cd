"""The migrations make exactly the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.tickets.main import MIGRATIONS
from services.tickets.models import Base
from shared.database.migrate import is_up_to_date, migrate
from tests.integration.tickets.conftest import Process


def differences(connection: Connection) -> list[object]:
    def is_ours(
        thing: object, name: str | None, kind: str, reflected: bool, compared: object
    ) -> bool:
        return kind != "table" or name in Base.metadata.tables

    options = {"include_object": is_ours, "compare_type": True}
    return list(
        compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    )


async def test_tables_and_models_agree(process: Process) -> None:
    async with process.database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(process: Process) -> None:
    await migrate(process.database, MIGRATIONS)

    assert await is_up_to_date(process.database, MIGRATIONS)
