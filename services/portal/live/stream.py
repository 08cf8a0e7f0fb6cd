"""The stream a browser reads: server-sent events that carry only the names of what changed."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.portal.live.hub import Hub
from services.portal.live.listeners import Listener

KEEP_ALIVE_SECONDS = 15.0
"""A comment is sent when nothing else was, so that proxies keep the connection and a closed one is
noticed.
"""
LONGEST_SECONDS = 1800.0
"""Then the browser comes again, and is asked again who it is."""
LATER = b"retry: 60000\n\n"
"""Has the browser come again in a minute and not at once: the windows of one person would drive
each other out all the time.
"""
PAUSE_SECONDS = 0.25
"""After telling something; what changes meanwhile is told together."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ChangesAnswer(StreamingResponse):
    """The response that tells `listener` what changes, until the browser leaves or the service
    stops.
    """

    def __init__(self, hub: Hub, listener: Listener) -> None:
        super().__init__(
            changes_for(hub, listener), media_type="text/event-stream", headers=HEADERS
        )
        self._hub = hub
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not in the generator: one that was never begun has no end either.
            self._hub.leave(self._listener)


async def changes_for(hub: Hub, listener: Listener) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events `changed`, whose data are the names, one a line."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_SECONDS
    yield b"retry: 3000\n\n"
    while not (hub.stopped.is_set() or listener.is_over) and loop.time() < end:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await listener.wake.wait()
        except TimeoutError:
            yield b": still here\n\n"
            continue
        names = listener.take()
        if names:
            yield event("changed", names)
            await _pause(hub)
    if listener.is_over:
        yield LATER


def event(name: str, lines: list[str]) -> bytes:
    """Return one server-sent event."""
    return "".join([f"event: {name}\n", *(f"data: {line}\n" for line in lines), "\n"]).encode()


async def _pause(hub: Hub) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            await hub.stopped.wait()
    except TimeoutError:
        return
