"""Who is looking, under the desk that is in force now."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.viewer import Viewer
from shared.contracts.people import Requester
from shared.core.clock import SystemClock
from shared.database.desk_copy import current_desk

Reading = AsyncConnection
"""What is read on, for whoever hands it on to the queries and writes no SQL."""


async def viewer_of(connection: AsyncConnection, person: Requester) -> Viewer:
    """Return `person` as a viewer who looks now.

    Raises DeskMissing while no desk has been applied.
    """
    return Viewer((await current_desk(connection)).desk, person, now=SystemClock().now())
