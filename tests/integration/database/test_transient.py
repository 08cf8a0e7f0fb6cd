"""Real errors of real databases: which mean "do it again", and which never get better."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.database.bulk import insert_rows
from shared.database.database import Database
from shared.database.prepared import command, fetch
from shared.database.transient import is_data_error, is_transient
from tests.installation.waiting import eventually
from tests.integration.database.things import THINGS
from tests.servers.server import PostgresServer
from tests.servers.waiting import wait_until

OTHERS_ENDED = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
    "current_database() and pid <> pg_backend_pid()"
)


@pytest.fixture
async def postgres(postgres_database: str) -> AsyncIterator[Database]:
    database = Database(postgres_database, service="things", pool_size=3)
    async with database.transaction() as uow:
        await uow.connection.execute(text("create table t (n integer primary key, v integer)"))
        await uow.connection.execute(text("insert into t values (1, 0), (2, 0)"))
    yield database
    await database.close()


async def run(database: Database, *statements: str) -> None:
    async with database.transaction() as uow:
        for statement in statements:
            await uow.connection.execute(text(statement))


async def error_of(work: Awaitable[None]) -> BaseException:
    """What `work` raises; AssertionError if it does not."""
    try:
        await work
    except Exception as error:  # noqa: BLE001  handed to the test as it is
        return error
    raise AssertionError("nothing was raised")


async def test_one_of_two_in_a_deadlock_may_do_it_again(postgres: Database) -> None:
    meeting = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async with postgres.transaction() as uow:
            await uow.connection.execute(text(f"update t set v = v + 1 where n = {first}"))
            await meeting.wait()
            await uow.connection.execute(text(f"update t set v = v + 1 where n = {second}"))

    ends = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)

    (error,) = [end for end in ends if end is not None]
    assert "deadlock detected" in str(error)
    assert is_transient(error)


async def test_a_serialisation_failure_may_be_done_again(postgres: Database) -> None:
    async def read_then_write() -> None:
        async with postgres.transaction() as uow:
            await uow.connection.execute(text("set transaction isolation level repeatable read"))
            await uow.connection.execute(text("select * from t"))
            await run(postgres, "update t set v = 5 where n = 1")
            await uow.connection.execute(text("update t set v = 6 where n = 1"))

    error = await error_of(read_then_write())

    assert "could not serialize" in str(error)
    assert is_transient(error)


async def test_a_lock_that_is_not_got_in_time_may_be_tried_again(postgres: Database) -> None:
    async with postgres.transaction() as holder:
        await holder.connection.execute(text("lock table t"))
        error = await error_of(
            run(postgres, "set local lock_timeout = '20ms'", "select * from t for update")
        )

    assert is_transient(error)


async def test_a_connection_ended_by_an_administrator_in_the_middle_may_be_replaced(
    postgres: Database,
) -> None:
    async def be_terminated() -> None:
        async with postgres.transaction() as uow:
            pid = (await uow.connection.execute(text("select pg_backend_pid()"))).scalar_one()
            await run(postgres, f"select pg_terminate_backend({pid})")
            await uow.connection.execute(text("select pg_sleep(5)"))

    assert is_transient(await error_of(be_terminated()))
    await run(postgres, "select 1")


async def test_an_idle_connection_that_was_ended_may_be_replaced(postgres: Database) -> None:
    await run(postgres, "select 1")
    outsider = await asyncpg.connect(
        postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    await outsider.execute(OTHERS_ENDED)
    await outsider.close()

    try:
        await run(postgres, "select 1")
    except DBAPIError as error:
        assert is_transient(error)  # noqa: PT017  the end may not have come through yet
    await run(postgres, "select 1")


async def test_connections_that_were_ended_while_they_lay_in_the_pool_make_no_work_fail(
    postgres: Database,
) -> None:
    used: list[asyncpg.Connection] = []

    async def read(meeting: asyncio.Barrier) -> None:
        async with postgres.reading() as connection, asyncio.timeout(20):
            used.append((await connection.get_raw_connection()).driver_connection)
            await fetch(connection, "select 1")
            await meeting.wait()

    async def read_at_once() -> list[BaseException | None]:
        meeting = asyncio.Barrier(3)
        return list(
            await asyncio.gather(*(read(meeting) for _ in range(3)), return_exceptions=True)
        )

    await read_at_once()
    outsider = await asyncpg.connect(
        postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    await outsider.execute(OTHERS_ENDED)
    await outsider.close()

    async def all_ended() -> bool:
        return all(connection.is_closed() for connection in used)

    # The server forgets a connection a moment before its end reaches the driver here.
    await eventually(all_ended, what="the driver has heard of the ends")

    assert await read_at_once() == [None, None, None]


async def test_a_pool_that_is_empty_for_too_long_may_be_asked_again(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_database, service="things", pool_size=1)
    monkeypatch.setattr(database._writer.sync_engine.pool, "_timeout", 0.05)
    async with database.transaction():
        error = await error_of(run(database, "select 1"))
    await database.close()

    assert is_transient(error)


async def test_a_server_that_is_stopped_starting_killed_or_full_may_be_asked_again(
    breakable_postgres: PostgresServer,
) -> None:
    name = f"sportello_test_{secrets.token_hex(6)}"
    url = await asyncio.to_thread(breakable_postgres.create_database, name)
    database = Database(url, service="things", pool_size=2)
    await run(database, "select 1")
    met: set[str] = set()
    unforeseen: list[BaseException] = []

    async def meet() -> None:
        try:
            await run(database, "select 1")
        except (DBAPIError, OSError) as error:
            met.add(type(error).__name__)
            unforeseen.extend([] if is_transient(error) else [error])

    for end in (breakable_postgres.stop, breakable_postgres.kill):
        async with database.reading() as used:
            await asyncio.to_thread(end)
            assert is_transient(await error_of(command(used, "select 1")))
        await meet()
        await meet()
        starting = asyncio.ensure_future(asyncio.to_thread(breakable_postgres.start))
        while not starting.done():
            await meet()
            await asyncio.sleep(0.01)
        await starting
        await meet()
        await run(database, "select 1")
    assert unforeseen == []
    assert "ConnectionRefusedError" in met

    await database.close()
    await fill_up(url, lambda: error_of(run(database, "select 1")))
    await database.close()
    await asyncio.to_thread(breakable_postgres.drop_database, name)


async def fill_up(url: str, attempt: Callable[[], Awaitable[BaseException]]) -> None:
    """Take every connection the server has, and see `attempt` fail for now."""
    taken = []
    try:
        while True:
            try:
                taken.append(await asyncpg.connect(url))
            except asyncpg.TooManyConnectionsError:
                break
        assert is_transient(await attempt())
    finally:
        for connection in taken:
            await connection.close()


@pytest.mark.parametrize(
    "state",
    ["53100", "53200", "53300", "58030", "25006", "57P03", "08006", "40001", "40P01", "55P03"],
)
async def test_a_server_short_of_something_or_changing_places_may_be_asked_again(
    postgres: Database, state: str
) -> None:
    raised = f"do $$ begin raise exception using errcode = '{state}'; end $$"

    assert is_transient(await error_of(run(postgres, raised)))


@pytest.mark.parametrize("state", ["23505", "22P05", "42P01", "42601", "57014", "22003", "P0001"])
async def test_what_the_server_will_always_refuse_is_not_tried_again(
    postgres: Database, state: str
) -> None:
    raised = f"do $$ begin raise exception using errcode = '{state}'; end $$"

    assert not is_transient(await error_of(run(postgres, raised)))


async def test_mistakes_are_not_tried_again(database: Database) -> None:
    twice = {"id": uuid4(), "version": 1}

    async def insert(*rows: dict[str, object]) -> None:
        async with database.transaction() as uow:
            await insert_rows(uow.connection, THINGS, rows)

    await insert(twice)
    for mistake in (
        insert(twice),
        insert({"id": uuid4(), "version": None}),
        run(database, "select * from nowhere"),
        run(database, "selec 1"),
    ):
        assert not is_transient(await error_of(mistake))


async def test_a_statement_prepared_before_a_migration_is_prepared_anew(postgres: Database) -> None:
    async def read() -> None:
        async with postgres.transaction() as uow:
            await uow.connection.execute(text("select * from t"))

    await read()
    await run(postgres, "alter table t add column w integer")

    try:
        await read()
    except DBAPIError as error:
        assert is_transient(error)  # noqa: PT017  only a connection that had it prepared meets it
        await read()


async def test_sqlite_held_by_another_process_is_busy_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.sqlite.PRAGMAS", ("journal_mode=WAL", "busy_timeout=50"))
    path = tmp_path / "x.db"
    database = Database(f"sqlite:///{path}", service="things")
    await run(database, "create table t (n integer)")
    code = (
        "import sqlite3, sys, pathlib\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('begin immediate')\n"
        "pathlib.Path(sys.argv[1] + '.held').touch()\n"
        "sys.stdin.read()\n"
    )
    # It lives beside the test.
    command = [sys.executable, "-c", code, str(path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: ASYNC220
    await asyncio.to_thread(
        wait_until, (tmp_path / "x.db.held").exists, what="the other process holds the file"
    )

    error = await error_of(run(database, "insert into t values (1)"))
    other.communicate()
    await run(database, "insert into t values (1)")
    await database.close()

    assert isinstance(error, OperationalError)
    assert is_transient(error)


def test_an_error_of_the_handlers_own_is_not_the_databases() -> None:
    own: list[BaseException] = [
        FileNotFoundError("x"),
        PermissionError("x"),
        IsADirectoryError("x"),
        ValueError("x"),
        sqlite3.OperationalError("x"),
    ]
    the_databases: list[BaseException] = [
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        OSError("Multiple exceptions"),
    ]

    assert [is_transient(error) for error in own] == [False] * 5
    assert [is_transient(error) for error in the_databases] == [True] * 4


@pytest.mark.parametrize(
    "statement",
    [
        "insert into t values (3, 1099511627776)",
        "insert into t values (3, cast('many' as integer))",
        "insert into t values (null, 0)",
        "select cast('\"\\u0000\"' as json) #>> '{}'",
        "insert into sized values (-1)",
    ],
)
async def test_values_that_postgres_never_takes_are_the_datas_fault(
    postgres: Database, statement: str
) -> None:
    await run(postgres, "create table sized (n integer check (n > 0))")

    error = await error_of(run(postgres, statement))

    assert (is_data_error(error), is_transient(error)) == (True, False)


async def test_numbers_too_large_for_either_database_are_the_datas_fault(
    postgres: Database, tmp_path: Path
) -> None:
    sqlite = Database(f"sqlite:///{tmp_path / 'things.db'}", service="things")
    async with sqlite.transaction() as uow:
        await uow.connection.execute(
            text("create table t (n integer primary key, v integer check (v < 5))")
        )

    async def insert(database: Database, number: int, value: int) -> None:
        async with database.transaction() as uow:
            await uow.connection.execute(
                text("insert into t values (:n, :v)"), {"n": number, "v": value}
            )

    errors = [await error_of(insert(each, 3, 2**70)) for each in (postgres, sqlite)]
    errors.append(await error_of(insert(sqlite, 3, 7)))
    await sqlite.close()

    assert [is_data_error(error) for error in errors] == [True, True, True]


async def test_a_duplicate_or_a_missing_table_is_not_the_datas_fault(postgres: Database) -> None:
    duplicate = await error_of(run(postgres, "insert into t values (1, 0)"))
    missing = await error_of(run(postgres, "select * from nowhere"))

    assert [is_data_error(error) for error in (duplicate, missing)] == [False, False]
