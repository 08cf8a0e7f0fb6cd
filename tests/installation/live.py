"""The stream of changes, as a browser reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx


class LiveStream:
    """A stream that has begun: whatever changes from now on is told in it."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def begun(self) -> None:
        """Return once the other end listens."""
        async for line in self._lines:
            if line.startswith("retry:"):
                return
        raise EOFError("the stream ended before it began")

    async def tells(self, name: str, *, seconds: float = 60.0) -> None:
        """Return once it tells that `name` changed.

        TimeoutError when it does not, EOFError when it ends before.
        """
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if line == f"data: {name}":
                    return
        raise EOFError(f"the stream ended before it told of {name}")


@asynccontextmanager
async def listening(
    portal_url: str, token: str, *, path: str = "/live"
) -> AsyncIterator[LiveStream]:
    """Open the stream `path` with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(
            base_url=portal_url,
            headers=headers,
            timeout=httpx.Timeout(30, read=None),
            trust_env=False,
        ) as client,
        client.stream("GET", path) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = LiveStream(answer.aiter_lines())
        await stream.begun()
        yield stream
