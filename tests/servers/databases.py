"""The administrator's statements on PostgreSQL that the tests need."""

from __future__ import annotations

import asyncpg

from tests.servers.server import url_with_path
from tests.servers.waiting import run_blocking


def answers_postgres(url: str) -> bool:
    """Whether the server takes connections of this URL's user."""

    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(url, database="postgres", timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    return run_blocking(ask)


def create_database(url: str, name: str, *, template: str) -> str:
    """Makes the database and returns its URL."""
    execute(url, f'create database "{name}" template "{template}"')
    return url_with_path(url, name)


def drop_database(url: str, name: str) -> None:
    execute(url, f'drop database if exists "{name}" with (force)')


def execute(url: str, statement: str) -> None:
    """One statement, as the URL's user, in the database `postgres`."""

    async def run() -> None:
        connection = await asyncpg.connect(url, database="postgres", timeout=30)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    run_blocking(run)
