"""Writing and finding many rows with one statement, on both databases.

PostgreSQL gets all rows as one JSON document, so that the statement's text does not depend on their
number and is prepared once (and the driver has one value to encode: arrays cost it three times as
much). SQLite gets SQLAlchemy's own batches.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import Boolean, ColumnElement, Table, Text, Uuid, bindparam, case, func, or_
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from shared.core.errors import Invalid
from shared.database.prepared import Prepared, fetch

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]

_NOT_FOR_JSON = ("64-bit", "surrogates")
"""What orjson says, in an error without a class of its own, of numbers and texts that are no
JSON.
"""

OnConflict = Literal["raise", "nothing", "newer"]


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows for one table, each with the same keys, which are columns of it; columns left out take
    the database's defaults.

    `on_conflict` on `key`: `raise`, `nothing` (the stored row stays) or `newer` (the stored row is
    replaced where its `version` is lower). A key may come only once. `returning` names a column of
    UUIDs. `joined` (with `newer`) names columns of words, which are added to those of the stored
    row, whatever its version; the database has a function `join_words` for them.
    """

    table: Table
    rows: Sequence[Mapping[str, Any]]
    on_conflict: OnConflict = "raise"
    key: tuple[str, ...] = ("id",)
    version: str = "version"
    returning: str | None = None
    joined: tuple[str, ...] = ()


async def insert_rows(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: OnConflict = "raise",
    key: tuple[str, ...] = ("id",),
    version: str = "version",
    returning: str | None = None,
) -> set[Any]:
    """Insert `rows` (see NewRows) with one statement; return the values of column `returning` of
    the rows really written.
    """
    (written,) = await insert_together(
        connection, [NewRows(table, rows, on_conflict, key, version, returning)]
    )
    return written


async def insert_together(
    connection: AsyncConnection, inserts: Sequence[NewRows]
) -> list[set[Any]]:
    """Insert all of `inserts`, in their order; return for each the values of `returning` of the
    rows really written.

    On PostgreSQL this is one statement, whose ways there and back cost more than what it does; none
    of them sees another's rows.
    """
    written: list[set[Any]] = [set() for _ in inserts]
    at_work = [(number, insert) for number, insert in enumerate(inserts) if insert.rows]
    if not at_work:
        return written
    if connection.dialect.name != "postgresql":
        for number, insert in at_work:
            written[number] = await _insert_on_sqlite(connection, insert)
        return written
    shapes = tuple(
        (i.table, tuple(i.rows[0]), i.on_conflict, i.key, i.version, i.joined, i.returning)
        for _, i in at_work
    )
    documents = tuple(_document(insert.rows) for _, insert in at_work)
    for position, value in await fetch(connection, _postgres_insert(shapes), documents):
        if value is not None:
            written[at_work[position][0]].add(value)
    return written


async def _insert_on_sqlite(connection: AsyncConnection, insert: NewRows) -> set[Any]:
    shape = (
        insert.table,
        tuple(insert.rows[0]),
        insert.on_conflict,
        insert.key,
        insert.version,
        insert.joined,
        insert.returning,
    )
    statement = _sqlite_insert(shape)
    if insert.returning is None:
        await statement.for_each(connection, insert.rows)
        return set()
    return {row[0] for values in insert.rows for row in await statement.rows(connection, **values)}


def _document(values: Sequence[Any]) -> str:
    try:
        return orjson.dumps(
            list(values), default=_as_json, option=orjson.OPT_PASSTHROUGH_DATETIME
        ).decode()
    except TypeError as error:
        if any(reason in str(error) for reason in _NOT_FOR_JSON):
            raise Invalid(
                "a value is no JSON: a number of more than 64 bits, or a lone surrogate"
            ) from error
        raise


def _as_json(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)  # the driver's own class, which orjson does not know
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone was given")
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} is no value of a column")


Shape = tuple[Table, tuple[str, ...], OnConflict, tuple[str, ...], str, tuple[str, ...], str | None]
"""What the text of an insert depends on: table, columns, what to do on conflict, key, version,
columns of words, what is returned.
"""


@lru_cache(maxsize=256)
def _sqlite_insert(shape: Shape) -> Prepared:
    table, columns, on_conflict, key, version, joined, returning = shape
    insert = sqlite_insert(table)
    if on_conflict == "nothing":
        insert = insert.on_conflict_do_nothing(index_elements=list(key))
    elif on_conflict == "newer":
        given = insert.excluded
        is_newer = table.c[version] < given[version]
        together = {c: func.join_words(table.c[c], given[c]) for c in joined}
        replaced = [c for c in columns if c not in key and c not in joined]
        insert = insert.on_conflict_do_update(
            index_elements=list(key),
            set_={
                c: case((is_newer, given[c]), else_=table.c[c]) if joined else given[c]
                for c in replaced
            }
            | together,
            where=or_(is_newer, *(given[c] != "" for c in joined)),
        )
    return Prepared(insert.returning(table.c[returning]) if returning else insert, columns=columns)


@lru_cache(maxsize=256)
def _postgres_insert(shapes: tuple[Shape, ...]) -> str:
    inserts = [_one_postgres_insert(shape, parameter) for parameter, shape in enumerate(shapes, 1)]
    returning = [_quoted(shape[-1]) if shape[-1] else None for shape in shapes]
    if len(inserts) == 1:
        return f"{inserts[0]} returning 0, {returning[0]}" if returning[0] else inserts[0]
    parts = ", ".join(
        f"written_{n} as ({insert} returning {returning[n] or 1})"
        for n, insert in enumerate(inserts)
    )
    # Each is asked for something, so that they are done in this order and two batches lock in the
    # same.
    asked = (
        f"select {n}, {column} from written_{n}"
        if column
        else f"select {n}, null::uuid from written_{n} having count(*) >= 0"
        for n, column in enumerate(returning)
    )
    return f"with {parts} {' union all '.join(asked)}"


def _one_postgres_insert(shape: Shape, parameter: int) -> str:
    table, columns, on_conflict, key, version, joined, _ = shape
    names = ", ".join(_quoted(c) for c in columns)
    kinds = ", ".join(f"{_quoted(c)} {table.c[c].type.compile(_POSTGRES)}" for c in columns)
    into = _quoted(table.name)
    statement = (
        f"insert into {into} ({names}) select {names} from "
        f"json_to_recordset(${parameter}::text::json) as given({kinds})"
    )
    keys = ", ".join(_quoted(k) for k in key)
    if on_conflict == "nothing":
        statement += f" on conflict ({keys}) do nothing"
    elif on_conflict == "newer":
        newer = f"{into}.{_quoted(version)} < excluded.{_quoted(version)}"
        together = {c: f"join_words({into}.{_quoted(c)}, excluded.{_quoted(c)})" for c in joined}
        given = {c: f"excluded.{_quoted(c)}" for c in columns if c not in key}
        if joined:
            given = {
                c: f"case when {newer} then {value} else {into}.{_quoted(c)} end"
                for c, value in given.items()
            } | together
        changes = ", ".join(f"{_quoted(c)} = {value}" for c, value in given.items())
        grown = "".join(f" or excluded.{_quoted(c)} <> ''" for c in joined)
        statement += f" on conflict ({keys}) do update set {changes} where {newer}{grown}"
    return statement


def _quoted(name: str) -> str:
    return _POSTGRES.identifier_preparer.quote(name)


def is_one_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that `column` (UUIDs, texts or numbers) is one of what `packed` made the
    parameter `name` of.

    For statements that are built once and run often.
    """
    return _IsOneOf(column, bindparam(name, type_=Text))


def any_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that `column` (UUIDs, texts or numbers) is one of `values`."""
    return _IsOneOf(column, bindparam(None, packed(values), type_=Text))


def packed(values: Iterable[Any]) -> str:
    """Return `values` as the parameter of `is_one_of`: one document whatever their number.

    (An array would do on PostgreSQL, but the driver asks on each new connection, slowly, what an
    array of this type is.)
    """
    return _document(list(values))


class _IsOneOf(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        # What is written is a condition already. SQLAlchemy would add "= 1" for SQLite, which then
        # would use no index.
        return self


@compiles(_IsOneOf, "postgresql")
def _on_postgresql(element: _IsOneOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, document = element.clauses
    kind = column.type.compile(_POSTGRES)
    listed = (
        f"select cast(value as {kind}) from "
        f"json_array_elements_text(cast({compiler.process(document, **kwargs)} as json)) as "
        f"value"
    )
    # An array, so that the values are looked up in an index, however many they are thought to be.
    return f"{compiler.process(column, **kwargs)} = any (array({listed}))"


@compiles(_IsOneOf, "sqlite")
def _on_sqlite(element: _IsOneOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, document = element.clauses
    value = (
        "replace(value, '-', '')" if isinstance(column.type, Uuid) else "value"
    )  # a UUID is stored as its digits
    return (
        f"{compiler.process(column, **kwargs)} in (select {value} from "
        f"json_each({compiler.process(document, **kwargs)}))"
    )
