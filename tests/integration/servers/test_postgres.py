"""PostgreSQL as the tests use it, and the ways in which they break it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from tests.servers.databases import execute
from tests.servers.proxy import TcpProxy
from tests.servers.server import PostgresServer


async def fetch(url: str, question: str, *, timeout: float = 20) -> object:
    connection = await asyncpg.connect(url, timeout=timeout)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close(timeout=timeout)


async def store(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url, timeout=20)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_each_database_is_empty_and_its_own(
    make_postgres_database: Callable[[], str],
) -> None:
    first, second = make_postgres_database(), make_postgres_database()
    await store(first, "create table ticket (number text)")

    tables = "select count(*) from information_schema.tables where table_schema = 'public'"
    assert await fetch(first, tables) == 1
    assert await fetch(second, tables) == 0


async def test_a_database_can_be_a_copy_of_another(
    postgres_server: PostgresServer, postgres_database: str
) -> None:
    await store(
        postgres_database, "create table ticket (number int)", "insert into ticket values (7)"
    )
    template = postgres_database.rpartition("/")[2]

    copy = postgres_server.create_database(f"{template}_copy", template=template)

    assert await fetch(copy, "select number from ticket") == 7
    postgres_server.drop_database(f"{template}_copy")


async def test_what_was_committed_survives_sigkill(
    breakable_postgres: PostgresServer, postgres_database: str
) -> None:
    await store(
        postgres_database, "create table ticket (number int)", "insert into ticket values (7)"
    )

    await asyncio.to_thread(breakable_postgres.kill)
    with pytest.raises(ConnectionRefusedError):
        await fetch(postgres_database, "select 1")
    await asyncio.to_thread(breakable_postgres.start)

    assert await fetch(postgres_database, "select number from ticket") == 7


async def test_a_paused_server_answers_nobody_until_it_resumes(
    breakable_postgres: PostgresServer, postgres_database: str
) -> None:
    breakable_postgres.pause()
    with pytest.raises(TimeoutError):
        await fetch(postgres_database, "select 1", timeout=0.5)

    breakable_postgres.resume()

    assert await fetch(postgres_database, "select 1") == 1


async def test_a_restart_keeps_the_address(
    breakable_postgres: PostgresServer, postgres_database: str
) -> None:
    before = breakable_postgres.url

    await asyncio.to_thread(breakable_postgres.restart)

    assert breakable_postgres.url == before
    assert await fetch(postgres_database, "select 1") == 1


async def test_a_proxy_cuts_and_heals_connections(postgres_database: str) -> None:
    async with TcpProxy(postgres_database) as proxy:
        connection = await asyncpg.connect(proxy.url, timeout=20)
        assert await connection.fetchval("select 1") == 1

        await proxy.cut()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.fetchval("select 1")
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncpg.connect(proxy.url, timeout=20)
        assert proxy.connections == 0

        await proxy.heal()
        assert await fetch(proxy.url, "select 2") == 2


async def test_a_proxy_holds_bytes_without_closing_anything(postgres_database: str) -> None:
    async with TcpProxy(postgres_database) as proxy:
        connection = await asyncpg.connect(proxy.url, timeout=20)

        proxy.hold()
        answer = asyncio.create_task(connection.fetchval("select 3"))
        _, waiting = await asyncio.wait({answer}, timeout=0.3)
        assert waiting == {answer}
        await proxy.heal()

        assert await answer == 3
        await connection.close()


def test_a_statement_that_fails_says_why(postgres_server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError, match="no_such_database"):
        execute(postgres_server.url, "drop database no_such_database")
