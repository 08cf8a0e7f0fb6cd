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
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_words import SEARCHES, make_library
from tests.unit.portal.conftest import Project
from tests.unit.portal.queries.test_search import found

_BACK = (
    "alter table tickets drop column undoable",
    "drop index ix_deliveries_failed",
    "drop table words",
    "drop table words_index",
    "alter table tickets add column search text not null default ''",
)
"""Undoes what the migrations of the words and those after it made."""
_SHARED = {*SharedBase.metadata.tables, "alembic_version", "alembic_version_shared"}


async def test_the_migrated_database_is_that_of_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            # The index of words is SQLite's own: a virtual table and the tables under it.
            "include_name": lambda name, kind, _parents: (
                not (kind == "table" and (name in _SHARED or name.startswith("words_index")))
            ),
        }
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        )

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_ticket_from_before_is_shared_with_nobody(
    database: Database, project: Project
) -> None:
    await project([make_created(1)])
    async with database.transaction() as uow:
        lost = "alter table tickets drop column requester_assurance"
        for change in (
            "alter table tickets drop column shared_with",
            "drop table shares",
            lost,
            *_BACK,
        ):
            await uow.connection.execute(text(change))
        await uow.connection.execute(text("update alembic_version set version_num = 'portal0004'"))

    await migrate(database, MIGRATIONS)

    async with database.reading() as connection:
        ticket = await find_state(connection, make_number(1))
    assert ticket is not None
    assert ticket == make_created(1).ticket
    assert ticket.shared_with == ()
    assert ticket.requester.assurance == "signed_in"


async def test_the_words_of_what_was_there_before_are_found(
    database: Database, project: Project
) -> None:
    events = make_library()
    await project(events)
    expected = await _words(database)
    async with database.transaction() as uow:
        for change in (*_BACK, "update alembic_version set version_num = 'portal0006'"):
            await uow.connection.execute(text(change))

    await migrate(database, MIGRATIONS)

    assert await _words(database) == expected
    assert [await found(database, each) for each in SEARCHES] == [each.found for each in SEARCHES]


async def _words(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            text("select ticket_id, merged_into_id, facts, public, internal from words order by 1")
        )
    return [tuple(row) for row in rows]
