"""Reading a whole table, however long, a page at a time."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Select, Table, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.database import Database

ROWS_AT_ONCE = 1000


async def walk(database: Database, table: Table) -> AsyncIterator[Sequence[Any]]:
    """Yield the rows of `table` (columns as attributes), a page at a time, in the order of its
    primary key.

    Each page is what is committed when it is read: who comes behind the page in hand is seen, who
    comes before it is not.
    """
    last: tuple[Any, ...] | None = None
    while True:
        async with database.reading() as connection:
            rows = await rows_after(connection, table, last, limit=ROWS_AT_ONCE)
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        last = tuple(getattr(rows[-1], column.name) for column in table.primary_key)


async def rows_after(
    connection: AsyncConnection, table: Table, last: tuple[Any, ...] | None, *, limit: int
) -> Sequence[Any]:
    """Return the first `limit` rows of `table` whose primary key comes after `last` (None: the very
    first).
    """
    key = list(table.primary_key)
    query: Select[Any] = select(table).order_by(*key).limit(limit)
    if last is not None:
        given = [literal(value, column.type) for column, value in zip(key, last, strict=True)]
        query = query.where(tuple_(*key) > tuple_(*given) if len(key) > 1 else key[0] > given[0])
    rows: Sequence[Any] = (await connection.execute(query)).all()
    return rows
