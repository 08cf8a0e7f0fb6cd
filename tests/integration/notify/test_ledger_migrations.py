"""The migrations make exactly the table that the model describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.notify.main import MIGRATIONS
from services.notify.models import Base
from shared.database.database import Database
from shared.database.migrate import is_up_to_date, migrate


def differences(connection: Connection) -> list[object]:
    def is_ours(
        thing: object, name: str | None, kind: str, reflected: bool, compared: object
    ) -> bool:
        return kind != "table" or name in Base.metadata.tables

    options = {"include_object": is_ours, "compare_type": True}
    return list(
        compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    )


async def test_table_and_model_agree(database: Database) -> None:
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database, MIGRATIONS)

    assert await is_up_to_date(database, MIGRATIONS)
