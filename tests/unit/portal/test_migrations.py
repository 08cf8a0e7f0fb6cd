"""The migrations make what the models describe, and leave what was there."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.portal.main import MIGRATIONS
from services.portal.models import Base
from services.portal.queries.tickets import find_state
from shared.database.database import Database
from shared.database.migrate import migrate
from shared.database.tables import SharedBase
from tests.fakes.portal_events import make_created, make_number
from tests.unit.portal.conftest import Project

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


async def test_a_ticket_from_before_is_shared_with_nobody(database: Database, project: Project) -> None:
    await project([make_created(1)])
    async with database.transaction() as uow:
        lost = "alter table tickets drop column requester_assurance"
        for change in ("alter table tickets drop column shared_with", "drop table shares", lost):
            await uow.connection.execute(text(change))
        await uow.connection.execute(text("update alembic_version set version_num = 'portal0004'"))

    await migrate(database, MIGRATIONS)

    async with database.reading() as connection:
        ticket = await find_state(connection, make_number(1))
    assert ticket is not None
    assert ticket == make_created(1).ticket
    assert ticket.shared_with == ()
    assert ticket.requester.assurance == "signed_in"
