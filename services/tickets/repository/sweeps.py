"""Which versions of the desk all tickets have been looked at under."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.models import DeskSweepRow
from shared.database.base import table_of
from shared.database.bulk import insert_rows
from shared.database.prepared import Prepared

_SWEEPS = table_of(DeskSweepRow)
_SWEEP = Prepared(
    select(_SWEEPS.c.begun_at, _SWEEPS.c.ended_at).where(
        _SWEEPS.c.desk_version == bindparam("version")
    )
)


async def is_swept(connection: AsyncConnection, version: int) -> bool:
    """Return whether all tickets were looked at under the desk of `version`."""
    row = await _SWEEP.row(connection, version=version)
    return row is not None and row.ended_at is not None


async def begin_sweep(connection: AsyncConnection, version: int, *, now: datetime) -> datetime:
    """Note that the tickets are being looked at under the desk of `version`; return since when."""
    row = {"desk_version": version, "begun_at": now}
    await insert_rows(connection, _SWEEPS, [row], on_conflict="nothing", key=("desk_version",))
    begun: datetime = (
        await connection.execute(
            select(_SWEEPS.c.begun_at).where(_SWEEPS.c.desk_version == version)
        )
    ).scalar_one()
    return begun


async def end_sweep(connection: AsyncConnection, version: int, *, now: datetime) -> None:
    """Note that nothing is left to be done under the desk of `version`."""
    await connection.execute(
        update(_SWEEPS).where(_SWEEPS.c.desk_version == version).values(ended_at=now)
    )
