"""Requests that wait at the same moment share one transaction.

A commit costs the same for one request as for two hundred, so while one runs the next ones gather. Nobody is made to wait for
company: a request that comes alone is written alone, at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from shared.core.error_text import error_text

Item = TypeVar("Item")
Result = TypeVar("Result")

log = structlog.get_logger()


class GroupCommit(Generic[Item, Result]):
    """Writes items in groups. `write(items)` is one transaction and returns a result or an error for each, in order.

    If it raises, nothing was written, and each member is tried alone, so that nobody pays for a neighbour; where `is_hopeless(error)`
    holds (the database is away) all get the error instead. `writers` is how many transactions may run at once.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        writers: int,
        largest: int = 200,
        is_hopeless: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        self._write = write
        self._writers = writers
        self._largest = largest
        self._is_hopeless = is_hopeless
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._writing = 0
        # References are kept: a task that nobody holds may be collected while it works.
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, item: Item) -> Result:
        """Return the result for `item` once it is durable, or raise its error.

        A caller that is cancelled meanwhile leaves the others, and the item itself, to be written all the same.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writing < self._writers:
            self._writing += 1
            task = asyncio.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(future)

    async def _run(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
                await self._settle(group)
        finally:
            # In the same step as the look at who waits: whoever is added from now on starts a writer again.
            self._writing -= 1

    async def _settle(self, group: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - the error goes to those who wait
            await self._settle_failed(group, error)
            return
        for (_, future), result in zip(group, results, strict=True):
            _give(future, result)

    async def _settle_failed(self, group: Sequence[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
        if len(group) == 1 or self._is_hopeless(error):
            for _, future in group:
                _give(future, error)
            return
        log.warning("group.split", size=len(group), error=error_text(error))
        for member in group:
            await self._settle([member])


def _give(future: "asyncio.Future[Result]", result: Result | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        # Whoever waited may be gone; then nobody will ask for it, and that is no fault.
        future.exception()
    else:
        future.set_result(result)
