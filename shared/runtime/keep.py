"""The loop that restarts a background task when it ends or fails."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from shared.core.backoff import Backoff, Failures
from shared.core.error_text import error_text
from shared.database.transient import is_transient
from shared.messaging.shielding import is_told_to_end

log = structlog.get_logger()

AGAIN = Backoff(first=0.2, longest=10.0)
LONG_WORK_SECONDS = 30.0
"""The next failure of work that lasted longer than this is a new one."""


async def keep(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` until cancelled, and again whenever it ends or fails.

    The pauses grow and have jitter. Every background task has this as its outermost loop.
    """
    failures = Failures(AGAIN)
    while True:
        begun = asyncio.get_running_loop().time()
        try:
            await work()
        except Exception as error:
            if is_transient(error):
                log.warning("task.again", task=name, error=error_text(error))
            else:
                log.exception("task.failed", task=name)
        if is_told_to_end():
            raise asyncio.CancelledError
        if asyncio.get_running_loop().time() - begun > LONG_WORK_SECONDS:
            failures.forget()
        await failures.wait()
