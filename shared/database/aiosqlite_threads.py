"""Connections of aiosqlite that use its thread only where a statement may wait.

Private names of aiosqlite that this module, and no other, uses:

- `Connection._execute(fn, *args, **kwargs)`, overridden: aiosqlite sends each step of a statement
  (cursor, execute, fetch, close) to a thread of its own. That is four changes of thread for a
  statement of 20 us, and with a busy event loop nine tenths of the time went into them.
- `Connection._connection`, the connection of sqlite3, None before it is opened and after it is
  closed.
- `Connection._thread`, made a daemon so that an abandoned connection does not keep the process
  from ending.

pyproject.toml bounds aiosqlite below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: compare `aiosqlite.core.Connection`
with the three uses above, adapt this module, run tests/integration/database, then raise the bound.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite


class DirectConnection(aiosqlite.Connection):
    """A connection that runs a statement in the caller's thread.

    Only statements that may wait for the disk or for another process (`may_wait`) use the thread.
    """

    def __init__(
        self, connector: Callable[[], sqlite3.Connection], *, may_wait: frozenset[str]
    ) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._may_wait = may_wait
        self._thread.daemon = True

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if (args and args[0] in self._may_wait) or fn.__name__ == "close":
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)
