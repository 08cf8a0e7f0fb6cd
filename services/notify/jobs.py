"""What notify does by the clock."""

import asyncio
from datetime import timedelta

import structlog

from services.notify.context import NotifyContext
from services.notify.metrics import show_waiting
from services.notify.repository.deliveries import count_by_state
from services.notify.usecases.context import work_under_desk
from services.notify.usecases.digests import queue_digests
from services.notify.usecases.gathering import queue_gatherings
from shared.core.error_text import error_text
from shared.core.errors import DeskMissing, NotYet
from shared.runtime.composition import Job

log = structlog.get_logger()

FINISH_SECONDS = 4.0
"""How long mails under way may take when the process is told to stop; the runtime waits a little
longer.
"""


async def send_due_mails(notify: NotifyContext) -> bool:
    """Send one claim of due mails.

    Told to stop, it finishes the mails under way and writes down how all ended.
    """
    work = asyncio.ensure_future(notify.dispatcher.send_due())
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await notify.dispatcher.stop()
        await asyncio.wait({work}, timeout=FINISH_SECONDS)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        raise


async def recover_lost_mails(notify: NotifyContext) -> bool:
    """Put back what another process was sending when it ended."""
    if await notify.dispatcher.recover():
        notify.mails_due.event.set()
    return False


async def gather_digests(notify: NotifyContext) -> bool:
    """Queue the digests that are due."""
    after: str | None = ""
    try:
        while after is not None:
            async with notify.database.transaction() as uow:
                work = await work_under_desk(uow, pages=notify.pages)
                after = await queue_digests(work, at=notify.digest_at, after=after)
            if after is not None:
                notify.mails_due.event.set()
    except (DeskMissing, NotYet) as error:
        log.info("notify.digests.wait", reason=error_text(error))
    return False


async def mail_gatherings(notify: NotifyContext) -> bool:
    """Queue the mails of what has gathered in queues for long enough."""
    try:
        async with notify.database.transaction() as uow:
            work = await work_under_desk(uow, pages=notify.pages)
            found = await queue_gatherings(work, before=work.now - notify.gather_new)
    except (DeskMissing, NotYet) as error:
        log.info("notify.gatherings.wait", reason=error_text(error))
        return False
    if found:
        notify.mails_due.event.set()
    return found


async def count_waiting_mails(notify: NotifyContext) -> bool:
    """Keep the figures fresh."""
    async with notify.database.reading() as connection:
        show_waiting(await count_by_state(connection))
    return False


JOBS = (
    Job(
        "send_due_mails",
        every=timedelta(seconds=1),
        run=send_due_mails,
        wake=lambda notify: notify.mails_due.event,
    ),
    Job("recover_lost_mails", every=timedelta(seconds=10), run=recover_lost_mails),
    Job("gather_digests", every=timedelta(seconds=30), run=gather_digests),
    Job("mail_gatherings", every=timedelta(seconds=2), run=mail_gatherings),
    Job("count_waiting_mails", every=timedelta(seconds=5), run=count_waiting_mails),
)
