"""Background work of every service: measuring for /metrics, and deleting old rows."""

import asyncio
from datetime import timedelta

from shared.database.command_answers import forget_answers_before
from shared.database.database import Database
from shared.database.failed_messages import failed_counts
from shared.database.inbox import forget_before
from shared.database.outbox import outbox_state
from shared.database.quotas import forget_past
from shared.observability.metrics import Meter

INBOX_DAYS = 30
ANSWER_DAYS = 7
COUNTS_AT_ONCE = 1000
MEASURE_SECONDS = 2.0


async def measure_for_ever(database: Database, meter: Meter) -> None:
    """Update the gauges of `meter` every `MEASURE_SECONDS`, until cancelled."""
    while True:
        await measure(database, meter)
        await asyncio.sleep(MEASURE_SECONDS)


async def measure(database: Database, meter: Meter) -> None:
    """Set the gauges once: pending events, waiting and retrying messages, and dead letters."""
    async with database.reading() as connection:
        outbox = await outbox_state(connection, now=database.clock.now())
        kept = await failed_counts(connection)
    meter.outbox(pending=outbox.pending, oldest_seconds=outbox.oldest_seconds)
    meter.kept_messages(
        retrying=kept.get("retry", 0),
        waiting=kept.get("waiting", 0),
        dead=kept.get("dead", 0) + outbox.parked,
    )


async def forget_for_ever(database: Database) -> None:
    """Delete old rows once an hour, until cancelled.

    Handled inbox rows are deleted after INBOX_DAYS, answers to commands after ANSWER_DAYS, and
    counts of limits after their period.
    """
    while True:
        await asyncio.sleep(3600)
        async with database.transaction() as uow:
            await forget_before(uow.connection, uow.now - timedelta(days=INBOX_DAYS))
            await forget_answers_before(uow.connection, uow.now - timedelta(days=ANSWER_DAYS))
        await forget_counts(database)


async def forget_counts(database: Database) -> None:
    """Delete the counts of limits whose period is over, COUNTS_AT_ONCE in one transaction."""
    deleted = COUNTS_AT_ONCE
    while deleted == COUNTS_AT_ONCE:
        async with database.transaction() as uow:
            deleted = await forget_past(uow.connection, now=uow.now, limit=COUNTS_AT_ONCE)
