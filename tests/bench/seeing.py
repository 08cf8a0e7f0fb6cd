"""Sees tickets become visible, by one reader of the portal's own table: what is measured is not
slowed down by those who wait for it.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

LOOK_SECONDS = 0.005
"""Between two looks at what is awaited: one look-up by primary key, however many wait.

So much later is a ticket seen at most.
"""
PATIENCE = 20.0

_ON_POSTGRES = "select id, number from tickets where id = any($1::uuid[]) and queue is not null"
_ON_SQLITE = "select id, number from tickets where id in ({}) and queue is not null"


class Seeing:
    """Tells when tickets are in a queue in the portal's table.

    As an async context manager it reads while anybody waits.
    """

    def __init__(self, url: str) -> None:
        """`url` is that of the portal's database."""
        self._url = url
        self._awaited: dict[UUID, asyncio.Future[str]] = {}
        self._somebody_waits = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._sqlite: sqlite3.Connection | None = None
        self._postgres: asyncpg.Connection[Any] | None = None

    async def number_of(self, ticket_id: UUID) -> str:
        """Wait until the ticket is visible in its queue; return its number.

        Raises TimeoutError after PATIENCE.
        """
        seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited[ticket_id] = seen
        self._somebody_waits.set()
        try:
            async with asyncio.timeout(PATIENCE):
                return await seen
        finally:
            del self._awaited[ticket_id]

    async def __aenter__(self) -> Self:
        if self._url.startswith("sqlite:"):
            self._sqlite = sqlite3.connect(
                f"file:{Path(urlsplit(self._url).path[1:])}?mode=ro", uri=True, timeout=10
            )
        else:
            self._postgres = await asyncpg.connect(self._url)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._sqlite is not None:
            self._sqlite.close()
        if self._postgres is not None:
            await self._postgres.close()

    async def _read(self) -> None:
        while True:
            await self._somebody_waits.wait()
            begun = perf_counter()
            for ticket_id, number in await self._look(list(self._awaited)):
                seen = self._awaited.get(ticket_id)
                if seen is not None and not seen.done():
                    seen.set_result(number)
            if not self._awaited:
                self._somebody_waits.clear()
            await asyncio.sleep(max(0.0, LOOK_SECONDS - (perf_counter() - begun)))

    async def _look(self, ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
        if self._postgres is not None:
            return [
                (UUID(str(row["id"])), row["number"])
                for row in await self._postgres.fetch(_ON_POSTGRES, ids)
            ]
        if self._sqlite is None:
            raise RuntimeError("nothing is open to look at")
        rows = self._sqlite.execute(
            _ON_SQLITE.format(", ".join("?" * len(ids))), [each.hex for each in ids]
        )
        return [(UUID(row[0]), row[1]) for row in rows]
