"""Waits of commands that publish many events, and the refusal of outdated databases."""

import asyncio
from collections.abc import Sequence

from services.cli.reporting import refuse
from shared.database.database import Database
from shared.database.migrate import is_up_to_date
from shared.database.outbox import outbox_state
from shared.runtime.composition import Service

MOST_WAITING = 2000
"""Rows in the outbox above which a replay waits for the relay, so that live events are not late."""
PATIENCE_SECONDS = 5.0
"""Seconds without progress of the outbox after which no relay is assumed to run."""
LOOK_AGAIN_SECONDS = 0.25


async def refuse_outdated(services: Sequence[Service]) -> None:
    """End the command with a sentence where the database of one of `services` is not up to date."""
    for each in services:
        if not await is_up_to_date(each.database, each.migrations):
            refuse(
                f"the database of {each.name} is not up to date; run `sportello migrate`, or "
                f"give "
                f"the state folder with --data"
            )


async def let_others_pass(
    database: Database, *, most: int = MOST_WAITING, patience: float = PATIENCE_SECONDS
) -> bool:
    """Wait while the outbox has more than `most` rows; return False after `patience` seconds
    without progress.
    """
    fewest, left = await _waiting(database), patience
    while fewest > most:
        if left <= 0:
            return False
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        now = await _waiting(database)
        fewest, left = (now, patience) if now < fewest else (fewest, left - LOOK_AGAIN_SECONDS)
    return True


async def _waiting(database: Database) -> int:
    async with database.reading() as connection:
        return (await outbox_state(connection, now=database.clock.now())).pending
