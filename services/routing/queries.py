"""What others ask routing on the command line."""

from services.routing.repository import find_newest_version
from shared.database.database import Database


async def find_desk_version(database: Database) -> int | None:
    """Return the version of the desk in force, None before the first `desk apply`."""
    async with database.reading() as connection:
        return await find_newest_version(connection)
