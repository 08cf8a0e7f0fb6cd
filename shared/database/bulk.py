"""Writing and finding many rows with one statement, on both databases.

PostgreSQL gets all rows as one JSON document, so that the statement's text does not depend on their number and is prepared once (and the
driver has one value to encode: arrays cost it three times as much). SQLite gets SQLAlchemy's own batches.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Table, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

OnConflict = Literal["raise", "nothing", "newer"]


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
    """Insert `rows` with one statement; return the values of column `returning` of the rows really written.

    Every row has the same keys, which are columns of `table`; columns left out take the database's defaults. `on_conflict` on `key`:
    `raise`, `nothing` (the stored row stays) or `newer` (the stored row is replaced where its `version` is lower). Within one call a
    key may come only once.
    """
    if not rows:
        return set()
    columns = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        statement = _postgres_insert(table, columns, on_conflict, key, version, returning)
        document = orjson.dumps(list(rows), default=_as_json, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        result = await connection.exec_driver_sql(statement, (document,))
        return {row[0] for row in result} if returning else set()
    insert = sqlite_insert(table)
    if on_conflict == "nothing":
        insert = insert.on_conflict_do_nothing(index_elements=list(key))
    elif on_conflict == "newer":
        insert = insert.on_conflict_do_update(
            index_elements=list(key),
            set_={c: insert.excluded[c] for c in columns if c not in key},
            where=table.c[version] < insert.excluded[version],
        )
    if returning is None:
        await connection.execute(insert, list(rows))
        return set()
    result = await connection.execute(insert.returning(table.c[returning]), list(rows))
    return {row[0] for row in result}


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


@lru_cache(maxsize=256)
def _postgres_insert(
    table: Table, columns: tuple[str, ...], on_conflict: OnConflict, key: tuple[str, ...], version: str, returning: str | None
) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(c) for c in columns)
    kinds = ", ".join(f"{quote(c)} {table.c[c].type.compile(dialect)}" for c in columns)
    statement = f"insert into {quote(table.name)} ({names}) select {names} from json_to_recordset($1::text::json) as given({kinds})"
    keys = ", ".join(quote(k) for k in key)
    if on_conflict == "nothing":
        statement += f" on conflict ({keys}) do nothing"
    elif on_conflict == "newer":
        changes = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in columns if c not in key)
        newer = f"{quote(table.name)}.{quote(version)} < excluded.{quote(version)}"
        statement += f" on conflict ({keys}) do update set {changes} where {newer}"
    if returning:
        statement += f" returning {quote(returning)}"
    return statement


def any_of(connection: AsyncConnection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition `column` is one of `values`, as one parameter whatever their number (texts, numbers or UUIDs)."""
    wanted = list(values)
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, wanted, type_=ARRAY(column.type)))
    as_stored = [v.hex if isinstance(v, UUID) and isinstance(column.type, Uuid) else v for v in wanted]
    listed = func.json_each(orjson.dumps(as_stored).decode()).table_valued("value")
    return column.in_(select(listed.c.value))
