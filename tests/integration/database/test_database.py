"""Transactions that write and short reads, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.core.cause import Cause
from shared.database.database import Database, async_url
from shared.database.transient import is_transient
from tests.fixtures.bus_words import Counted
from tests.integration.database.things import THINGS


async def names(database: Database) -> set[str]:
    async with database.reading() as connection:
        return {row.name for row in await connection.execute(select(THINGS.c.name))}


async def add(database: Database, name: str) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(insert(THINGS).values(id=uuid4(), version=1, name=name))


async def test_a_transaction_is_committed_at_the_end_of_its_block(database: Database) -> None:
    await add(database, "first")

    assert await names(database) == {"first"}


async def test_an_error_rolls_everything_back_and_the_next_transaction_works(
    database: Database,
) -> None:
    async def add_and_fail() -> None:
        async with database.transaction() as uow:
            await uow.connection.execute(insert(THINGS).values(id=uuid4(), version=1, name="lost"))
            raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            await add_and_fail()
    await add(database, "kept")

    assert await names(database) == {"kept"}


async def test_a_refused_statement_rolls_everything_back_and_the_next_transaction_works(
    database: Database,
) -> None:
    twice = uuid4()

    async def add_twice() -> None:
        async with database.transaction() as uow:
            await uow.connection.execute(insert(THINGS).values(id=uuid4(), version=1, name="lost"))
            await uow.connection.execute(insert(THINGS).values(id=twice, version=1))
            await uow.connection.execute(insert(THINGS).values(id=twice, version=1))

    with pytest.raises(DBAPIError) as refused:
        await add_twice()
    await add(database, "kept")

    assert not is_transient(refused.value)
    assert await names(database) == {"kept"}


async def test_a_cancelled_transaction_is_rolled_back_and_the_next_one_works(
    database: Database,
) -> None:
    reached = asyncio.Event()

    async def add_and_linger() -> None:
        async with database.transaction() as uow:
            await uow.connection.execute(insert(THINGS).values(id=uuid4(), version=1, name="lost"))
            reached.set()
            await asyncio.Event().wait()

    work = asyncio.create_task(add_and_linger())
    await reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await add(database, "kept")

    assert await names(database) == {"kept"}


async def test_cancellation_at_whatever_moment_leaves_a_database_that_works(
    database: Database,
) -> None:
    for turns in range(40):
        work = asyncio.create_task(add(database, f"{turns}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    await add(database, "kept")

    assert "kept" in await names(database)


async def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(insert(THINGS).values(id=uuid4(), version=1, name="open"))
        assert await names(database) == set()

    assert await names(database) == {"open"}


async def test_events_leave_with_their_change_and_wake_whoever_asked(database: Database) -> None:
    woken: list[str] = []
    database.on_outbox(lambda: woken.append("relay"))
    thing = uuid4()

    await add(database, "silent")
    assert woken == []
    async with database.transaction() as uow:
        uow.emit(Counted(counter=thing, version=1), aggregate_id=thing, cause=Cause.fresh())
        uow.emit(Counted(counter=thing, version=2), aggregate_id=thing, cause=Cause.fresh())
        assert woken == []

    assert woken == ["relay"]
    async with database.reading() as connection:
        bodies = [
            row.body
            for row in await connection.execute(text("select body from outbox order by seq"))
        ]
    assert [Counted.model_validate_json(body).version for body in bodies] == [1, 2]


async def test_a_failing_transaction_wakes_nobody_and_leaves_no_event(database: Database) -> None:
    woken: list[str] = []
    database.on_outbox(lambda: woken.append("relay"))

    async def emit_and_fail() -> None:
        async with database.transaction() as uow:
            uow.emit(Counted(counter=uuid4(), version=1), aggregate_id=uuid4(), cause=Cause.fresh())
            await uow.finish()
            raise LookupError

    with pytest.raises(LookupError):
        await emit_and_fail()

    assert woken == []
    async with database.reading() as connection:
        assert (await connection.execute(text("select count(*) from outbox"))).scalar() == 0


async def test_transactions_in_one_process_wait_for_each_other_instead_of_failing(
    database: Database,
) -> None:
    thing = uuid4()
    async with database.transaction() as uow:
        await uow.connection.execute(insert(THINGS).values(id=thing, version=0))

    async def one_more() -> None:
        async with database.transaction() as uow:
            held = (
                await uow.connection.execute(
                    select(THINGS.c.version).where(THINGS.c.id == thing).with_for_update()
                )
            ).scalar_one()
            await asyncio.sleep(0)
            await uow.connection.execute(
                THINGS.update().where(THINGS.c.id == thing).values(version=held + 1)
            )

    await asyncio.gather(*(one_more() for _ in range(20)))

    async with database.reading() as connection:
        assert (await connection.execute(select(THINGS.c.version))).scalar_one() == 20


async def test_the_database_answers_or_says_what_is_wrong(
    database: Database, tmp_path: Path
) -> None:
    await database.ping()

    nowhere = Database("postgresql://nobody@127.0.0.1:1/none", service="things")
    with pytest.raises(ConnectionRefusedError):
        await nowhere.ping()
    await nowhere.close()


def test_another_kind_of_url_is_refused_naming_what_was_expected() -> None:
    with pytest.raises(
        ValueError, match=r"begins with 'mysql'; expected postgresql:// or sqlite:///"
    ):
        async_url("mysql://localhost/x")


async def test_on_sqlite_readers_cannot_write(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}", service="things")
    async with database.transaction() as uow:
        await uow.connection.execute(text("create table t (n integer)"))

    async def write_while_reading() -> None:
        async with database.reading() as connection:
            await connection.execute(text("insert into t values (1)"))

    with pytest.raises(OperationalError, match="attempt to write a readonly database"):
        await write_while_reading()
    async with database.reading() as connection:
        assert (await connection.execute(text("select count(*) from t"))).scalar() == 0
    await database.close()


@pytest.mark.parametrize("first", ["read", "write"])
async def test_on_sqlite_a_file_is_closed_to_others_whoever_opens_it_first(
    tmp_path: Path, first: str
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'things.db'}", service="things")
    if first == "read":
        async with database.reading() as connection:
            await connection.execute(text("select 1"))
    async with database.transaction() as uow:
        await uow.connection.execute(text("create table t (n integer)"))

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    await database.close()

    assert modes == dict.fromkeys(("things.db", "things.db-wal", "things.db-shm"), "0o600")


async def test_on_sqlite_every_connection_is_durable_and_waits_for_other_processes(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}", service="things")

    async def pragmas(read: bool) -> list[object]:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "query_only")
        async with AsyncExitStack() as stack:
            if read:
                connection = await stack.enter_async_context(database.reading())
            else:
                connection = (await stack.enter_async_context(database.transaction())).connection
            return [(await connection.execute(text(f"pragma {name}"))).scalar() for name in names]

    assert await pragmas(read=False) == ["wal", 2, 10000, 1, 0]
    assert await pragmas(read=True) == ["wal", 2, 10000, 1, 1]
    await database.close()


async def test_on_sqlite_a_file_that_another_process_writes_is_busy_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.sqlite.PRAGMAS", ("journal_mode=WAL", "busy_timeout=50"))
    path = tmp_path / "x.db"
    database = Database(f"sqlite:///{path}", service="things")
    async with database.transaction() as uow:
        await uow.connection.execute(text("create table t (n integer)"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")

    async def write() -> None:
        async with database.transaction() as uow:
            await uow.connection.execute(text("insert into t values (1)"))

    with pytest.raises(OperationalError) as busy:
        await write()
    assert is_transient(busy.value)
    other.execute("rollback")
    other.close()
    await write()

    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(text("t")))).scalar() == 1
    await database.close()
