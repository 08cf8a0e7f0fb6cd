"""The migrations make what the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.portal.models import Base
from shared.database.database import Database
from shared.database.tables import SharedBase

_SHARED = {*SharedBase.metadata.tables, "alembic_version", "alembic_version_shared"}


async def test_the_migrated_database_is_that_of_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _parents: not (kind == "table" and name in _SHARED),
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
