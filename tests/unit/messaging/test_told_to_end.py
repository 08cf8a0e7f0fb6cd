"""A driver may answer a cancellation with an error of its own; what runs for ever ends all the
same.
"""

from __future__ import annotations

import asyncio

import aio_pika
import pytest

from shared.messaging.rabbitmq.connection import Link
from shared.runtime.keep import keep


async def turn_cancellation_into_an_error(*_: object, **__: object) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise ConnectionResetError from None


async def ends(task: asyncio.Task[None]) -> bool:
    """Return whether `task` ends by one cancellation, given after it has begun to wait."""
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    task.cancel()
    return task in done


async def test_a_task_that_is_kept_ends_though_its_work_takes_the_end_for_a_trouble() -> None:
    assert await ends(asyncio.create_task(keep("work", turn_cancellation_into_an_error)))


async def test_a_link_ends_though_its_driver_takes_the_end_for_a_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aio_pika, "connect", turn_cancellation_into_an_error)

    assert await ends(asyncio.create_task(Link("amqp://nobody@127.0.0.1:1/", name="a link").run()))
