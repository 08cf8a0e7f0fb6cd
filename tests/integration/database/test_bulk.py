"""Writing and finding many rows with one statement, the same on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.core.errors import Invalid
from shared.database import bulk, prepared
from shared.database.bulk import any_of, insert_rows
from shared.database.database import Database
from tests.integration.database.things import NUMBERED, THINGS

MOMENT = datetime(2026, 9, 28, 8, 15, 30, 123456, tzinfo=UTC)


def thing(**given: Any) -> dict[str, Any]:
    return {"id": uuid4(), "version": 1, "name": "thing", **given}


async def stored(database: Database) -> dict[UUID, Mapping[str, Any]]:
    async with database.reading() as connection:
        return {
            row["id"]: dict(row) for row in (await connection.execute(select(THINGS))).mappings()
        }


FULL: dict[str, Any] = {
    "name": "è \U0001f39f \"quoted\" \\ {1,2} 'x' \n NULL",
    "order": -3,
    "big": 2**62,
    "ratio": 0.1,
    "is_good": True,
    "at": MOMENT,
    "facts": {"a": [1, "zwei", None, 2.5, True], "è": {}},
    "raw": bytes(range(256)),
    "other": UUID(int=1),
    "seq": 5,
}


async def test_every_type_of_column_comes_back_as_it_was_written(database: Database) -> None:
    row = thing(**FULL)

    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    assert await stored(database) == {row["id"]: row}


async def test_none_is_null_in_every_column_json_included(database: Database) -> None:
    row = thing(**dict.fromkeys(FULL))

    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])
        nulls = await uow.connection.execute(
            select(THINGS.c.id).where(*(THINGS.c[name].is_(None) for name in FULL))
        )
        assert [found.id for found in nulls] == [row["id"]]


@pytest.mark.parametrize(
    "value", ["text", "", 0, 1.5, True, False, [], {}, [None], {"a": None}, "null", '{"x": 1}']
)
async def test_json_of_every_kind_comes_back_as_it_was_written(
    database: Database, value: Any
) -> None:
    row = thing(facts=value)

    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    assert (await stored(database))[row["id"]]["facts"] == value


async def test_columns_left_out_take_the_databases_default(database: Database) -> None:
    row = thing()

    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    assert (await stored(database))[row["id"]]["seq"] == 7


async def test_no_rows_are_no_statement(database: Database) -> None:
    async with database.transaction() as uow:
        assert await insert_rows(uow.connection, THINGS, [], returning="id") == set()
        assert await insert_rows(uow.connection, THINGS, [], on_conflict="newer") == set()

    assert await stored(database) == {}


async def test_a_key_that_is_there_is_refused_and_nothing_of_the_call_is_written(
    database: Database,
) -> None:
    row = thing()
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    async def insert_again() -> None:
        async with database.transaction() as uow:
            await insert_rows(uow.connection, THINGS, [thing(), row])

    with pytest.raises(IntegrityError):
        await insert_again()
    assert await stored(database) == {row["id"]: {**dict.fromkeys(FULL), **row, "seq": 7}}


async def test_nothing_leaves_the_stored_row_and_returns_only_the_new(database: Database) -> None:
    old, new = thing(name="old"), thing(name="new")
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [old])

    async with database.transaction() as uow:
        offered = [{**old, "name": "changed", "version": 9}, new]
        assert await insert_rows(
            uow.connection, THINGS, offered, on_conflict="nothing", returning="id"
        ) == {new["id"]}

    assert {row["name"] for row in (await stored(database)).values()} == {"old", "new"}


async def test_newer_replaces_only_a_lower_version_and_returns_what_was_written(
    database: Database,
) -> None:
    older, same, newer, fresh = (
        thing(version=2),
        thing(version=2),
        thing(version=2),
        thing(version=1),
    )
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [older, same, newer])

    offered = [
        {**older, "version": 1, "name": "x"}, {**same, "name": "x"},
        {**newer, "version": 3, "name": "x"}, {**fresh, "name": "x"},
    ]  # fmt: skip
    async with database.transaction() as uow:
        written = await insert_rows(
            uow.connection, THINGS, offered, on_conflict="newer", returning="id"
        )

    assert written == {newer["id"], fresh["id"]}
    found = {i: (row["version"], row["name"]) for i, row in (await stored(database)).items()}
    assert found == {
        older["id"]: (2, "thing"),
        same["id"]: (2, "thing"),
        newer["id"]: (3, "x"),
        fresh["id"]: (1, "x"),
    }


async def test_newer_may_compare_another_column_and_other_keys(database: Database) -> None:
    row = thing(order=5)
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    async with database.transaction() as uow:
        lower = {**row, "version": 9, "order": 4}
        assert (
            await insert_rows(
                uow.connection,
                THINGS,
                [lower],
                on_conflict="newer",
                version="order",
                returning="id",
            )
            == set()
        )
        higher = {**row, "order": 6}
        assert await insert_rows(
            uow.connection, THINGS, [higher], on_conflict="newer", version="order", returning="id"
        ) == {row["id"]}


async def test_another_unique_key_may_decide_what_a_conflict_is(database: Database) -> None:
    async with database.transaction() as uow:
        assert (
            len(
                await insert_rows(
                    uow.connection, NUMBERED, [{"name": "a"}, {"name": "b"}], returning="seq"
                )
            )
            == 2
        )
        again = [{"name": "b"}, {"name": "c"}]
        assert await insert_rows(
            uow.connection, NUMBERED, again, on_conflict="nothing", key=("name",), returning="name"
        ) == {"c"}


async def test_numbers_follow_the_order_of_the_rows(database: Database) -> None:
    names = [f"n{n:05}" for n in range(3000)]

    async with database.transaction() as uow:
        await insert_rows(uow.connection, NUMBERED, [{"name": name} for name in names])

    async with database.reading() as connection:
        assert [
            row.name for row in await connection.execute(select(NUMBERED).order_by(NUMBERED.c.seq))
        ] == names


async def test_thousands_of_rows_are_one_statement_on_postgresql_whatever_their_number(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        assert (
            len(await insert_thousands(database)) == 3000
        )  # there it is one for each, in the same process
        return
    seen: list[str] = []

    async def fetch(
        connection: AsyncConnection, sql: str, values: Sequence[Any] = ()
    ) -> Sequence[Sequence[Any]]:
        seen.append(sql)
        return await prepared.fetch(connection, sql, values)

    monkeypatch.setattr(bulk, "fetch", fetch)

    assert len(await insert_thousands(database)) == 3000
    first = list(seen)
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [thing()], returning="id")

    assert len(first) == 1
    assert seen[1:] == first


async def insert_thousands(database: Database) -> set[Any]:
    async with database.transaction() as uow:
        return await insert_rows(
            uow.connection, THINGS, [thing() for _ in range(3000)], returning="id"
        )


async def test_a_moment_of_another_zone_is_stored_as_the_same_moment(database: Database) -> None:
    row = thing(at=MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))))

    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, [row])

    assert (await stored(database))[row["id"]]["at"] == MOMENT
    assert (await stored(database))[row["id"]]["at"].tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused_on_both_databases(database: Database) -> None:
    async def insert_naive() -> None:
        async with database.transaction() as uow:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001
            await insert_rows(uow.connection, THINGS, [thing(at=MOMENT), thing(at=naive)])

    with pytest.raises((ValueError, TypeError)):
        await insert_naive()
    assert await stored(database) == {}


@pytest.mark.parametrize("value", [Decimal("1.5"), object(), {1, 2}])
async def test_what_is_no_value_of_a_column_is_refused_and_never_stored_as_its_picture(
    database: Database, value: object
) -> None:
    async def insert_it() -> None:
        async with database.transaction() as uow:
            await insert_rows(uow.connection, THINGS, [thing(name=value)])

    with pytest.raises((TypeError, DBAPIError)):
        await insert_it()
    assert await stored(database) == {}


async def test_nul_and_lone_surrogates_are_refused_and_the_connection_lives(
    database: Database,
) -> None:
    async def insert_text(text: str) -> None:
        async with database.transaction() as uow:
            await insert_rows(uow.connection, THINGS, [thing(name=text)])

    if not database.is_sqlite:  # SQLite stores NUL
        with pytest.raises(DBAPIError):
            await insert_text("a\x00b")
    with pytest.raises((DBAPIError, Invalid, UnicodeEncodeError)):
        await insert_text("\ud800")
    await insert_text("fine")

    assert [row["name"] for row in (await stored(database)).values()] == ["fine"]


async def test_any_of_finds_by_ids_texts_and_numbers(database: Database) -> None:
    rows = [thing(name=f"n{n}", big=n) for n in range(5)]
    async with database.transaction() as uow:
        await insert_rows(uow.connection, THINGS, rows)

    async with database.reading() as connection:

        async def found(column: str, *values: object) -> set[object]:
            where = any_of(THINGS.c[column], values)
            return {row.big for row in await connection.execute(select(THINGS.c.big).where(where))}

        assert await found("id", rows[1]["id"], rows[3]["id"], uuid4()) == {1, 3}
        assert await found("name", "n0", "n4", 'x","y') == {0, 4}
        assert await found("big", 2, 2, 99) == {2}
        assert await found("id") == set()
        assert await found("id", *(uuid4() for _ in range(40_000)), rows[0]["id"]) == {0}


@pytest.mark.parametrize("also", [[], [THINGS.c.big > 3]])
async def test_what_any_of_asks_for_is_looked_up_by_its_key(
    also: list[Any], database: Database
) -> None:
    statement = select(THINGS.c.name).where(any_of(THINGS.c.id, [uuid4()]), *also)

    async with database.reading() as connection:
        written = statement.compile(
            connection.sync_connection, compile_kwargs={"literal_binds": True}
        )
        plan = await connection.execute(
            text(f"explain {'query plan ' if database.is_sqlite else ''}{written}")
        )
        steps = [str(row[-1]) for row in plan]

    assert [step for step in steps if "Index" in step or "INDEX" in step], steps
    assert not [step for step in steps if step.startswith(("SCAN things", "Seq Scan"))], steps
