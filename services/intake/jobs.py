"""What intake does by the clock."""

from datetime import timedelta

import structlog

from services.intake.context import IntakeContext
from services.intake.metrics import count_published_again, show_unanswered
from services.intake.repository import count_unanswered
from services.intake.usecases.requests import forget_old_keys, publish_unanswered
from shared.database.outbox import outbox_state
from shared.runtime.composition import Job

_REQUESTS_AT_ONCE = 200
_OUTBOX_IS_LATE = 30.0
"""Seconds: older than this, what waits in the outbox waits for the broker."""
log = structlog.get_logger()


async def forget_keys(service: IntakeContext) -> bool:
    """Forget Idempotency-Keys after their seven days."""
    async with service.database.transaction() as uow:
        return await forget_old_keys(uow, now=uow.now)


async def publish_unanswered_requests(service: IntakeContext) -> bool:
    """Publish again what should be a ticket by now; a limited number a round.

    Nothing is added while what was published before has not left: then nothing is lost, only late.
    """
    async with service.database.reading() as connection:
        now = service.clock.now()
        show_unanswered(await count_unanswered(connection, before=now - service.patience))
        waiting = await outbox_state(connection, now=now)
    if waiting.oldest_seconds > _OUTBOX_IS_LATE:
        return False
    async with service.database.transaction() as uow:
        published = await publish_unanswered(
            uow, now=uow.now, patience=service.patience, limit=_REQUESTS_AT_ONCE
        )
    if published:
        count_published_again(published)
        log.warning("intake.requests.published_again", count=published)
    return False


async def measure_pressure(service: IntakeContext) -> bool:
    """See whether requests can still be passed on and stored."""
    await service.pressure.measure()
    return False


JOBS = (
    Job("forget_keys", every=timedelta(hours=1), run=forget_keys),
    Job(
        "publish_unanswered_requests", every=timedelta(seconds=10), run=publish_unanswered_requests
    ),
    Job("measure_pressure", every=timedelta(seconds=5), run=measure_pressure),
)
