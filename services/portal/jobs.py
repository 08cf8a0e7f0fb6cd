"""What the portal does by itself."""

from datetime import timedelta

from services.portal.context import PortalContext
from services.portal.usecases import say_who_is_there
from shared.runtime.composition import Job


async def deliver_changes(portal: PortalContext) -> bool:
    """Tell the browsers what has changed."""
    return await portal.hub.deliver()


JOBS = (
    Job(
        "say_who_is_there",
        every=timedelta(seconds=30),
        run=say_who_is_there,
        wake=lambda portal: portal.hub.somebody_came,
    ),
    Job(
        "deliver_changes",
        every=timedelta(seconds=30),
        run=deliver_changes,
        wake=lambda portal: portal.hub.wake,
    ),
)
