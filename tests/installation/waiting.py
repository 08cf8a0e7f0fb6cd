"""Waiting for something that other processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T | None]],
    *,
    what: str,
    seconds: float = 60.0,
    every: float = 0.05,
) -> T:
    """Return what `look` finds, once that is true; TimeoutError naming `what` when it is not within
    `seconds`.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not (found := await look()):
        if loop.time() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(every)
    return found
