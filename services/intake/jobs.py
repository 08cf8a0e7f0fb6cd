"""What intake does by the clock."""

from datetime import timedelta

from services.intake.context import IntakeContext
from services.intake.usecases import forget_old_keys
from shared.database.quotas import forget_past
from shared.runtime.composition import Job

_COUNTS_AT_ONCE = 1000


async def forget_keys(service: IntakeContext) -> bool:
    """Forget Idempotency-Keys after their seven days."""
    async with service.database.transaction() as uow:
        return await forget_old_keys(uow, now=uow.now)


async def forget_counts(service: IntakeContext) -> bool:
    """Forget how many requests were sent, once that no longer matters."""
    async with service.database.transaction() as uow:
        return await forget_past(uow.connection, now=uow.now, limit=_COUNTS_AT_ONCE) == _COUNTS_AT_ONCE


async def measure_pressure(service: IntakeContext) -> bool:
    """See whether requests can still be passed on and stored."""
    await service.pressure.measure()
    return False


JOBS = (
    Job("forget_keys", every=timedelta(hours=1), run=forget_keys),
    Job("forget_counts", every=timedelta(minutes=10), run=forget_counts),
    Job("measure_pressure", every=timedelta(seconds=5), run=measure_pressure),
)
