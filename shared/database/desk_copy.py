"""This service's copy of the desk: swapped whole, read again only when its version has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.desk import Desk
from shared.contracts.events.routing import DeskApplied
from shared.core.errors import DeskMissing
from shared.database.base import table_of
from shared.database.bulk import insert_rows
from shared.database.prepared import Prepared
from shared.database.tables import DeskCopyRow
from shared.database.unit_of_work import UnitOfWork

_COPY = table_of(DeskCopyRow)
_VERSION = Prepared(select(_COPY.c.version))


@dataclass(frozen=True, slots=True)
class DeskInForce:
    """The desk and the version it was applied as."""

    version: int
    desk: Desk


_known: WeakKeyDictionary[Engine, DeskInForce] = WeakKeyDictionary()


async def current_desk(connection: AsyncConnection) -> DeskInForce:
    """Return the desk in force in this database. Raises DeskMissing if none was ever applied.

    The version is read every time, so that a change by another process is seen at once; the body
    only when it differs.
    """
    in_force = await _VERSION.row(connection)
    if in_force is None:
        raise DeskMissing
    engine = (
        connection.sync_connection.engine if connection.sync_connection else connection.sync_engine
    )
    known = _known.get(engine)
    if known is None or known.version != in_force.version:
        row = (await connection.execute(select(_COPY.c.version, _COPY.c.body))).one()
        known = _known[engine] = DeskInForce(
            version=row.version, desk=Desk.model_validate_json(row.body)
        )
    return known


async def find_copy(connection: AsyncConnection) -> tuple[int, str] | None:
    """Return the version of this service's copy and the desk as JSON, None where it has none: to be
    compared with the original.
    """
    row = (await connection.execute(select(_COPY.c.version, _COPY.c.body))).one_or_none()
    return (row.version, row.body) if row is not None else None


async def copied_desk(connection: AsyncConnection) -> DeskApplied | None:
    """Return this service's copy as the event that brought it, None where it has none."""
    row = (await connection.execute(select(_COPY))).one_or_none()
    return (
        DeskApplied(
            version=row.version, desk=Desk.model_validate_json(row.body), applied_at=row.applied_at
        )
        if row
        else None
    )


async def store_desk(uow: UnitOfWork, applied: Sequence[DeskApplied]) -> None:
    """Swap the copy for the newest of `applied`, unless the one in force is newer."""
    newest = max(applied, key=lambda event: event.version)
    row = {
        "id": 1,
        "version": newest.version,
        "body": newest.desk.model_dump_json(),
        "applied_at": newest.applied_at,
    }
    await insert_rows(uow.connection, _COPY, [row], on_conflict="newer")
