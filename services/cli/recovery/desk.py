"""The newest desk that any service has is in force."""

from collections.abc import Sequence

from services.routing.queries import find_desk_version
from services.routing.usecases import adopt_desk
from shared.contracts.events.routing import DeskApplied
from shared.database.database import Database
from shared.database.desk_copy import DeskInForce, copied_desk


async def put_newest_in_force(routing: Database, others: Sequence[Database]) -> tuple[DeskInForce, str] | None:
    """Let routing have the newest desk that it or one of `others` has; return that and whose it was. None where nobody has one."""
    copies: list[tuple[DeskApplied, str]] = []
    for database in (routing, *others):
        async with database.reading() as connection:
            copy = await copied_desk(connection)
        if copy is not None:
            copies.append((copy, database.service))
    if not copies:
        return None
    newest, whose = max(copies, key=lambda copy: copy[0].version)
    if (await find_desk_version(routing) or 0) < newest.version:
        async with routing.transaction() as uow:
            await adopt_desk(uow, applied=newest)
    else:
        whose = routing.service
    return DeskInForce(newest.version, newest.desk), whose
