"""Statements that are handed to the driver itself mean what SQLAlchemy would have made of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Uuid, bindparam, delete, or_, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.database import prepared
from shared.database.base import UtcDateTime
from shared.database.bulk import NewRows, insert_rows, insert_together, is_one_of, packed
from shared.database.database import Database
from shared.database.prepared import Prepared, command, fetch
from shared.database.transient import is_transient
from tests.integration.database.things import NUMBERED, THINGS

MOMENT = datetime(2026, 9, 28, 8, 15, 30, 123456, tzinfo=UTC)
BY_NAME = Prepared(
    select(THINGS.c.id, THINGS.c.at, THINGS.c.facts, THINGS.c.is_good).where(
        THINGS.c.name == bindparam("name")
    )
)
TWICE = Prepared(
    select(THINGS.c.name)
    .where(
        THINGS.c.at <= bindparam("now"), or_(THINGS.c.version == 7, THINGS.c.at < bindparam("now"))
    )
    .order_by(THINGS.c.name)
    .limit(bindparam("most"))
)
RENAME = Prepared(
    update(THINGS)
    .where(is_one_of(THINGS.c.id, "ids"), THINGS.c.version == 1)
    .values(name=bindparam("new_name"), version=THINGS.c.version + 1)
    .returning(THINGS.c.id, THINGS.c.version)
)
REMOVE = Prepared(delete(THINGS).where(THINGS.c.name == bindparam("name")))


def thing(**given: Any) -> dict[str, Any]:
    return {"id": uuid4(), "version": 1, "name": "thing", "at": MOMENT, **given}


async def store(database: Database, *rows: dict[str, Any]) -> None:
    async with database.transaction() as uow:
        for row in rows:
            await insert_rows(uow.connection, THINGS, [row])


async def names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return sorted((await connection.execute(select(THINGS.c.name))).scalars())


@given(st.datetimes(timezones=st.timezones()), st.uuids())
def test_moments_and_ids_are_stored_and_read_on_sqlite_as_sqlalchemy_does(
    moment: datetime, its_id: UUID
) -> None:
    dialect = sqlite.dialect()
    for kind, value in (
        (UtcDateTime(), moment),
        (UtcDateTime(), None),
        (Uuid(), its_id),
        (Uuid(), None),
    ):
        sqlalchemys: Any = kind.dialect_impl(dialect)
        stored = sqlalchemys.bind_processor(dialect)(value)

        store, read = prepared._stored(kind, dialect), prepared._read(kind, dialect)
        assert store is not None
        assert read is not None
        assert store(value) == stored
        assert read(stored) == sqlalchemys.result_processor(dialect, None)(stored)


async def test_values_and_rows_are_converted_as_ever(database: Database) -> None:
    row = thing(facts={"è": [1, None]}, is_good=True)
    await store(database, row)

    async with database.reading() as connection:
        found = await BY_NAME.row(connection, name="thing")
        as_ever = (
            await connection.execute(
                select(THINGS.c.id, THINGS.c.at, THINGS.c.facts, THINGS.c.is_good)
            )
        ).one()

    assert (found.id, found.at, found.facts, found.is_good) == (
        row["id"],
        MOMENT,
        {"è": [1, None]},
        True,
    )
    assert tuple(found) == tuple(as_ever)
    assert isinstance(found.id, UUID)
    assert found.at.tzinfo is not None


async def test_without_a_row_there_is_none(database: Database) -> None:
    async with database.reading() as connection:
        assert await BY_NAME.row(connection, name="nobody") is None
        assert await BY_NAME.rows(connection, name="nobody") == []


async def test_a_parameter_may_come_twice_and_beside_fixed_values(database: Database) -> None:
    await store(database, thing(name="a", version=7), thing(name="b"), thing(name="c", version=7))

    async with database.reading() as connection:
        assert [row.name for row in await TWICE.rows(connection, now=MOMENT, most=9)] == ["a", "c"]
        assert [row.name for row in await TWICE.rows(connection, now=MOMENT, most=1)] == ["a"]


async def test_an_update_returns_what_it_wrote_and_a_delete_nothing(database: Database) -> None:
    one, other = thing(), thing(version=2)
    await store(database, one, other)

    async with database.transaction() as uow:
        changed = await RENAME.rows(
            uow.connection, ids=packed([one["id"], other["id"]]), new_name="changed"
        )
        assert await REMOVE.rows(uow.connection, name="thing") == []

    assert [(row.id, row.version) for row in changed] == [(one["id"], 2)]
    assert await names(database) == ["changed"]


async def test_errors_are_sqlalchemys(database: Database) -> None:
    row = thing()
    await store(database, row)

    with pytest.raises(IntegrityError):
        await store(database, row)
    async with database.reading() as connection:
        with pytest.raises(DBAPIError) as wrong:
            await fetch(connection, "select nothing from nowhere")
    assert not is_transient(wrong.value)
    assert await names(database) == ["thing"]


async def test_a_connection_that_the_server_ended_is_not_used_again(postgres_database: str) -> None:
    database = Database(postgres_database, service="tickets", pool_size=1)
    try:
        async with database.reading() as used:
            ((pid,),) = await fetch(used, "select pg_backend_pid()")
            other = Database(postgres_database, service="other", pool_size=1)
            async with other.reading() as connection:
                await connection.execute(text(f"select pg_terminate_backend({pid})"))
            await other.close()
            with pytest.raises((DBAPIError, OSError)) as lost:
                await command(used, "select 1")
        assert is_transient(lost.value)
        async with database.reading() as connection:
            assert await fetch(connection, "select 1") != []
    finally:
        await database.close()


async def test_rows_for_several_tables_are_written_together_and_told_apart(
    database: Database,
) -> None:
    old, new = thing(name="old"), thing(name="new")
    await store(database, old)

    async with database.transaction() as uow:
        written = await insert_together(
            uow.connection,
            [
                NewRows(NUMBERED, [{"name": "first"}, {"name": "second"}]),
                NewRows(THINGS, [], "nothing", returning="id"),
                NewRows(THINGS, [old, new], "nothing", returning="id"),
            ],
        )

    assert written == [set(), set(), {new["id"]}]
    assert await names(database) == ["new", "old"]
    async with database.reading() as connection:
        assert list(
            (await connection.execute(select(NUMBERED.c.name).order_by(NUMBERED.c.seq))).scalars()
        ) == ["first", "second"]


async def test_of_rows_written_together_all_are_refused_or_none(database: Database) -> None:
    row = thing()
    await store(database, row)

    with pytest.raises(IntegrityError):
        async with database.transaction(writes_once=True) as uow:
            await insert_together(
                uow.connection, [NewRows(NUMBERED, [{"name": "first"}]), NewRows(THINGS, [row])]
            )

    async with database.reading() as connection:
        assert (await connection.execute(select(NUMBERED))).all() == []


async def test_what_is_to_be_written_later_is_there_for_a_read_after_a_flush_and_at_the_end(
    database: Database,
) -> None:
    expected: list[set[UUID]] = []
    first, second = thing(name="first"), thing(name="second")

    async with database.transaction() as uow:
        uow.insert_later(NewRows(THINGS, [first], returning="id"), expect=expected.append)
        assert await BY_NAME.row(uow.connection, name="first") is None
        await uow.flush()
        assert await BY_NAME.row(uow.connection, name="first") is not None
        uow.insert_later(NewRows(THINGS, [second], returning="id"), expect=expected.append)

    assert expected == [{first["id"]}, {second["id"]}]
    assert await names(database) == ["first", "second"]


async def test_who_finds_less_written_than_expected_undoes_it_all(database: Database) -> None:
    row = thing(version=5)
    await store(database, row)

    def expect_one(written: set[UUID]) -> None:
        if not written:
            raise LookupError("somebody was faster")

    async def write() -> None:
        async with database.transaction() as uow:
            uow.insert_later(NewRows(NUMBERED, [{"name": "first"}]))
            uow.insert_later(
                NewRows(THINGS, [{**row, "version": 4, "name": "older"}], "newer", returning="id"),
                expect=expect_one,
            )

    with pytest.raises(LookupError):
        await write()

    assert await names(database) == ["thing"]
    async with database.reading() as connection:
        assert (await connection.execute(select(NUMBERED))).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_many_readers_share_the_kept_connection(database: Database) -> None:
    await store(database, *(thing(name=f"{number}") for number in range(20)))

    async def read(number: int) -> int:
        return len(await BY_NAME.rows(await database.kept_reader(), name=f"{number}"))

    assert await asyncio.gather(*(read(number) for number in range(20))) == [1] * 20
