"""Where the counters of ticket numbers come from."""

import asyncio
from datetime import date

from services.tickets.ports import Counters
from services.tickets.repository.counters import reserve_counters
from shared.database.database import Database
from shared.database.unit_of_work import UnitOfWork


class ReservedBlocks:
    """PostgreSQL: this process reserves blocks in short transactions of their own, so that
    creations do not wait for each other.

    What is left of a block is dropped when the desk's date changes, when the process ends, and when
    the drawing transaction fails.
    """

    def __init__(self, database: Database, *, block: int) -> None:
        self._database = database
        self._block = block
        self._day: date | None = None
        self._left: list[range] = []
        self._lock = asyncio.Lock()

    def counters(self, uow: UnitOfWork) -> Counters:
        return self

    async def draw(self, *, day: date, count: int) -> list[int]:
        """Return `count` counters of `day` that nobody else gets."""
        async with self._lock:
            if day != self._day:
                self._day, self._left = day, []
            missing = count - sum(map(len, self._left))
            if missing > 0:
                blocks = -(-missing // self._block)
                self._left.append(await self._reserve(day, blocks * self._block))
            return [counter for each in self._take(count) for counter in each]

    def _take(self, count: int) -> list[range]:
        taken: list[range] = []
        while count:
            first = self._left[0]
            taken.append(first[:count])
            self._left[0] = first[count:]
            count -= len(taken[-1])
            if not self._left[0]:
                del self._left[0]
        return taken

    async def _reserve(self, day: date, count: int) -> range:
        async with self._database.transaction() as uow:
            first = await reserve_counters(uow.connection, day=day, count=count)
        return range(first, first + count)


class WithTheTransaction:
    """SQLite: one transaction writes at a time anyway, so exactly what it needs is counted within
    it.
    """

    def counters(self, uow: UnitOfWork) -> Counters:
        return _Within(uow)


class _Within:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def draw(self, *, day: date, count: int) -> list[int]:
        """Return `count` counters of `day`; given back if the transaction fails."""
        first = await reserve_counters(self._uow.connection, day=day, count=count)
        return list(range(first, first + count))
