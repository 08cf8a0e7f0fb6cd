"""What intake does by the clock."""

from datetime import timedelta

from services.intake.context import IntakeContext
from services.intake.usecases import forget_old_keys
from shared.runtime.composition import Job


async def forget_keys(service: IntakeContext) -> bool:
    """Forget Idempotency-Keys after their seven days."""
    async with service.database.transaction() as uow:
        return await forget_old_keys(uow, now=uow.now)


async def measure_pressure(service: IntakeContext) -> bool:
    """See whether requests can still be passed on and stored."""
    await service.pressure.measure()
    return False


JOBS = (
    Job("forget_keys", every=timedelta(hours=1), run=forget_keys),
    Job("measure_pressure", every=timedelta(seconds=5), run=measure_pressure),
)
