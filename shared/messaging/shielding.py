"""Work that a stop may not cut in two."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from shared.core.error_text import error_text

T = TypeVar("T")

STOP_SECONDS = 5.0
log = structlog.get_logger()


def is_told_to_end() -> bool:
    """Return whether this task has been cancelled.

    Drivers sometimes turn a cancellation into an error of their own. Who takes that for a trouble
    that passes goes on, and the process never ends.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; when cancelled meanwhile, let it come to its end first, for at most 5 s.

    An error that it ends with then is logged: nobody waits for it any more.
    """
    doing = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        doing.add_done_callback(_log_failure)
        await asyncio.wait({doing}, timeout=STOP_SECONDS)
        raise


def _log_failure(done: "asyncio.Future[T]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.warning("stop.work.failed", error=error_text(error))
