"""Embedded bus: how far this service has followed each producer's outbox."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.base import table_of
from shared.database.prepared import Prepared
from shared.database.tables import BusCursorRow

_CURSORS = table_of(BusCursorRow)
_INSERT = insert(_CURSORS)
_ADVANCE = Prepared(
    _INSERT.on_conflict_do_update(
        index_elements=["producer"], set_={"last_seq": _INSERT.excluded.last_seq}
    ),
    columns=("producer", "last_seq", "clean"),
)


async def open_cursors(
    connection: AsyncConnection, producers: Iterable[str]
) -> dict[str, tuple[int, bool]]:
    """Return `producer -> (last seq, was the last stop clean)` of those followed before, and mark
    all `producers` as in use.
    """
    cursors = {
        row.producer: (row.last_seq, row.clean)
        for row in await connection.execute(select(_CURSORS))
    }
    await connection.execute(update(_CURSORS).values(clean=False))
    # Also a producer nobody has followed yet: its very first message may be one that kills the
    # process.
    new = [
        {"producer": p, "last_seq": 0, "clean": False}
        for p in sorted(set(producers) - cursors.keys())
    ]
    if new:
        await connection.execute(_INSERT, new)
    return cursors


async def advance(connection: AsyncConnection, cursors: Mapping[str, int]) -> None:
    """Write how far this service has got, in the transaction of its effects."""
    if not cursors:
        return
    await _ADVANCE.for_each(
        connection,
        [{"producer": p, "last_seq": s, "clean": False} for p, s in sorted(cursors.items())],
    )


async def forget_cursors(connection: AsyncConnection) -> None:
    """Begin again with the oldest row of every outbox: a database was restored from a backup, so a
    cursor may point beyond its outbox.
    """
    await connection.execute(delete(_CURSORS))


async def close_cursors(connection: AsyncConnection) -> None:
    """Mark a clean stop: nothing was in hand."""
    await connection.execute(update(_CURSORS).values(clean=True))
