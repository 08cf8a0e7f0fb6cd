"""SQLite as an embedded installation uses it: one file, one writer, readers that cannot write."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import aiosqlite
import orjson
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.text.words import join_words

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "cache_size=-8000",
    "temp_store=MEMORY",
)
BEGIN = "begin immediate"
_MAY_WAIT = {BEGIN, "commit", "rollback"}


class _Connection(aiosqlite.Connection):
    """A connection whose statements run where they are called; only what may wait for the disk or for another process has a thread.

    aiosqlite sends each step of a statement (cursor, execute, fetch, close) to a thread of its own, four ways there and back for one
    that takes 20 us: with a busy loop beside it nine tenths of the time went into changing threads.
    """

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if (args and args[0] in _MAY_WAIT) or fn.__name__ == "close":
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)


def open_sqlite(url: URL, *, read_only: bool, pool_size: int) -> AsyncEngine:
    """Return an engine on the file of `url`; `read_only` ones refuse to write and need no transaction."""

    async def connect() -> aiosqlite.Connection:
        if url.database:
            # Made here, by who only reads as well, because SQLite would let others read it; what it writes beside takes its mode
            # after this one. Where it cannot be made, or is there, SQLite says so or takes it.
            with suppress(OSError):
                os.close(os.open(url.database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        open_file = partial(sqlite3.connect, str(url.database), check_same_thread=False)
        connection = _Connection(open_file, iter_chunk_size=64)
        connection._thread.daemon = True
        return await connection

    engine = create_async_engine(
        url,
        async_creator=connect,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        json_serializer=dump_json,
        json_deserializer=_load_json,
        skip_autocommit_rollback=True,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver's own implicit transactions would begin deferred; we begin them ourselves.
        connection.isolation_level = None
        connection.create_function("join_words", 2, join_words, deterministic=True)
        cursor = connection.cursor()
        for pragma in (*PRAGMAS, *(("query_only=ON",) if read_only else ())):
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    return engine


def dump_json(value: Any) -> str:
    """Return `value` as a JSON column stores it."""
    return orjson.dumps(value).decode()


def _load_json(value: Any) -> Any:
    # SQLite hands out a document that is one bare number as that number.
    return orjson.loads(value) if isinstance(value, str | bytes) else value
