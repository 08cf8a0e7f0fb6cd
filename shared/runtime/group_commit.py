"""One transaction for all requests that wait at the same time.

A commit costs the same for one request as for two hundred. While one transaction runs, new requests
form the next group. A request never waits for others to arrive: a single request is written at
once.
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
    """Writes items in groups.

    `write(items)` is one transaction. It returns, in order, a result or an error for each item. If
    it raises, nothing was written, and each item is written alone, so that one bad item does not
    affect the others. If `is_hopeless(error)` (for example: the database is unreachable), all items
    get the error instead. `writers` is the number of transactions that may run at the same time.
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
        # Without a reference a running task may be garbage-collected.
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, item: Item) -> Result:
        """Return the result for `item` once it is durable, or raise its error.

        If the caller is cancelled, the item and the rest of its group are still written.
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
                group = [
                    self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))
                ]
                await self._settle(group)
        finally:
            # No await lies between this and the last check for waiting items. An item that is added
            # later therefore starts a new writer.
            self._writing -= 1

    async def _settle(self, group: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - the error goes to those who wait
            await self._settle_failed(group, error)
            return
        for (_, future), result in zip(group, results, strict=True):
            _give(future, result)

    async def _settle_failed(
        self, group: Sequence[tuple[Item, asyncio.Future[Result]]], error: Exception
    ) -> None:
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
        # The caller may be cancelled. Reading the error here stops asyncio from reporting it.
        future.exception()
    else:
        future.set_result(result)
