"""Statements on the main road, handed to the driver itself.

SQLAlchemy builds and compiles them, once; what it does around each single execution costs three to
five times the statement, most of all in a process that is not busy and whose caches are cold.
Anything rare goes through SQLAlchemy as ever, on the same connection.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import aiosqlite
import asyncpg
from sqlalchemy import Dialect, Uuid
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from shared.database.base import UtcDateTime
from shared.database.sqlalchemy_compiler import compile_statement

_LENGTH_OF_MOMENT = len("2026-09-28 08:00:00.000000")
Convert = Callable[[Any], Any]
_DRIVERS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    OSError,
)
"""InternalClientError is what asyncpg says where the server ends the connection in the very moment
of a call.
"""
_AS: tuple[tuple[type[Exception], type[DBAPIError]], ...] = (
    (asyncpg.IntegrityConstraintViolationError, IntegrityError),
    (asyncpg.InterfaceError, InterfaceError),
    (asyncpg.InternalClientError, InterfaceError),
    (asyncpg.PostgresError, DBAPIError),
    (sqlite3.IntegrityError, IntegrityError),
    (sqlite3.Error, OperationalError),
)


async def fetch(
    connection: AsyncConnection, sql: str, values: Sequence[Any] = ()
) -> Sequence[Sequence[Any]]:
    """Run `sql`, written for the driver, and return its rows. Raises SQLAlchemy's errors."""
    driver = _driver(connection)
    try:
        if isinstance(driver, aiosqlite.Connection):
            cursor = await driver.execute(sql, values)
            return list(await cursor.fetchall())
        rows: Sequence[Sequence[Any]] = await driver.fetch(sql, *values)
    except _DRIVERS as error:
        await _raise_as_sqlalchemys(connection, sql, error)
        raise
    return rows


async def fetch_many(
    connection: AsyncConnection, sql: str, many_values: Iterable[Sequence[Any]]
) -> None:
    """Run `sql` for each of `many_values` (SQLite)."""
    try:
        await _driver(connection).executemany(sql, many_values)
    except sqlite3.Error as error:
        await _raise_as_sqlalchemys(connection, sql, error)
        raise


async def command(connection: AsyncConnection, sql: str) -> None:
    """Run `sql` without values or rows: begin, commit, rollback."""
    try:
        await _driver(connection).execute(sql)
    except _DRIVERS as error:
        await _raise_as_sqlalchemys(connection, sql, error)
        raise


class Prepared:
    """A Core statement that is compiled once for each kind of database.

    Parameters go by name; rows have attributes.

    Its text may not depend on its parameters: `is_one_of` instead of `in_`.
    """

    def __init__(self, statement: ClauseElement, *, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an insert is given."""
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    async def rows(self, connection: AsyncConnection, **parameters: Any) -> list[Any]:
        """Run it and return its rows as named tuples."""
        compiled = self._for(connection)
        found = await fetch(connection, compiled.sql, compiled.values(parameters))
        return [compiled.row(row) for row in found] if compiled.row is not None else []

    async def row(self, connection: AsyncConnection, **parameters: Any) -> Any:
        """Run it and return its first row, or None."""
        rows = await self.rows(connection, **parameters)
        return rows[0] if rows else None

    async def for_each(
        self, connection: AsyncConnection, many: Iterable[Mapping[str, Any]]
    ) -> None:
        """Run it for each of `many` (SQLite)."""
        compiled = self._for(connection)
        await fetch_many(
            connection, compiled.sql, [compiled.values(parameters) for parameters in many]
        )

    def _for(self, connection: AsyncConnection) -> "_Compiled":
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _compile(self._statement, connection.dialect, self._columns)
        return self._compiled[name]


class _Compiled(NamedTuple):
    sql: str
    given: tuple[tuple[str, Any, Convert | None], ...]
    """Name, value where the statement has it, and how a value is stored; in the driver's order."""
    row: Callable[[Sequence[Any]], Any] | None

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        get = parameters.get
        return [
            get(name, fixed) if convert is None else convert(get(name, fixed))
            for name, fixed, convert in self.given
        ]


def _compile(
    statement: ClauseElement, dialect: Dialect, columns: Sequence[str] | None
) -> _Compiled:
    sql, parameters = compile_statement(statement, dialect, columns)
    given = tuple((each.name, each.fixed, _stored(each.type, dialect)) for each in parameters)
    returned = getattr(statement, "exported_columns", None)
    if not returned:
        return _Compiled(sql, given, None)
    kind = namedtuple("Row", [column.key for column in returned])  # type: ignore[misc]
    converts = [_read(column.type, dialect) for column in returned]
    if not any(converts):
        return _Compiled(sql, given, kind._make)

    def row(values: Sequence[Any]) -> Any:
        return kind._make(
            [
                convert(value) if convert else value
                for convert, value in zip(converts, values, strict=True)
            ]
        )

    return _Compiled(sql, given, row)


def _stored(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "sqlite" and isinstance(kind, Uuid):
        return _digits_of
    if dialect.name == "sqlite" and isinstance(kind, UtcDateTime):
        return _text_of
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _read(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "sqlite" and isinstance(kind, UtcDateTime):
        return _moment_in
    return kind.dialect_impl(dialect).result_processor(dialect, None)


# These functions store and read the same values as SQLAlchemy on SQLite, with one call instead of
# three. One ticket needs about seventy conversions of times and as many of ids.


def _digits_of(value: UUID | None) -> str | None:
    return value.hex if value is not None else None


def _text_of(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone was given")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_LENGTH_OF_MOMENT]


def _moment_in(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value + "+00:00") if value is not None else None


def _driver(connection: AsyncConnection) -> Any:
    opened = connection.sync_connection
    if opened is None:
        raise RuntimeError("the connection is not open")
    return opened.connection.driver_connection


async def _raise_as_sqlalchemys(connection: AsyncConnection, sql: str, error: Exception) -> None:
    lost = isinstance(error, asyncpg.InternalClientError) or (
        not isinstance(error, sqlite3.Error) and _driver(connection).is_closed()
    )
    if lost:
        await connection.invalidate()
    for theirs, ours in _AS:
        if isinstance(error, theirs):
            raise ours(sql, None, error, connection_invalidated=lost) from error
