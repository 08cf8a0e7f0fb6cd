"""Work that a stop may not cut in two comes to its end, and an error it ends with is told."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from shared.messaging.shielding import to_its_end


async def test_an_error_after_the_stop_is_logged_and_does_not_hide_the_stop() -> None:
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()
        raise ConnectionError("the database has gone")

    doing = asyncio.create_task(to_its_end(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with capture_logs() as logs:
        doing.cancel()
        await asyncio.sleep(0)
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await doing

    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("stop.work.failed", "warning")
    ]
