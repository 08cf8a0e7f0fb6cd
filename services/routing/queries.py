"""What others ask routing on the command line."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.routing.repository import (
    find_newest_desk,
    find_newest_version,
    read_decisions,
    read_desks,
)
from shared.contracts.desk import Desk
from shared.database.database import Database
from shared.database.desk_copy import DeskInForce


async def find_desk_version(database: Database) -> int | None:
    """Return the version of the desk in force, None before the first `desk apply`."""
    async with database.reading() as connection:
        return await find_newest_version(connection)


async def find_desk(database: Database) -> DeskInForce | None:
    """Return the desk in force, None before the first `desk apply`."""
    async with database.reading() as connection:
        newest = await find_newest_desk(connection)
    return DeskInForce(newest.version, Desk.model_validate_json(newest.body)) if newest else None


async def desks_applied(database: Database) -> list[tuple[datetime, Desk]]:
    """Return every desk that was ever in force with the moment since when it was, the oldest
    first.
    """
    async with database.reading() as connection:
        return [
            (each.applied_at, Desk.model_validate_json(each.body))
            for each in await read_desks(connection)
        ]


async def decided_among(database: Database, hops: Collection[UUID]) -> set[UUID]:
    """Return those of `hops` for which routing has decided a queue."""
    async with database.reading() as connection:
        return set(await read_decisions(connection, hops))
