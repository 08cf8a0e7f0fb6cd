"""Embedded bus: how far this service has followed each producer's outbox."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.tables import BusCursorRow

_CURSORS = cast("Table", BusCursorRow.__table__)


async def open_cursors(connection: AsyncConnection) -> dict[str, tuple[int, bool]]:
    """Return `producer -> (last seq, was the last stop clean)` and mark all as in use."""
    cursors = {row.producer: (row.last_seq, row.clean) for row in await connection.execute(select(_CURSORS))}
    await connection.execute(update(_CURSORS).values(clean=False))
    return cursors


async def advance(connection: AsyncConnection, cursors: Mapping[str, int]) -> None:
    """Write how far this service has got, in the transaction of its effects."""
    if not cursors:
        return
    statement = insert(_CURSORS)
    statement = statement.on_conflict_do_update(index_elements=["producer"], set_={"last_seq": statement.excluded.last_seq})
    await connection.execute(
        statement,
        [{"producer": p, "last_seq": s, "clean": False} for p, s in sorted(cursors.items())],
    )


async def close_cursors(connection: AsyncConnection) -> None:
    """Mark a clean stop: nothing was in hand."""
    await connection.execute(update(_CURSORS).values(clean=True))
