"""SQLite as an embedded installation uses it: one file, one writer, readers that cannot write."""

import os
import sqlite3
from contextlib import suppress
from functools import partial
from typing import Any

import aiosqlite
import orjson
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.database.aiosqlite_threads import DirectConnection
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
_MAY_WAIT = frozenset({BEGIN, "commit", "rollback"})


def open_sqlite(url: URL, *, read_only: bool, pool_size: int) -> AsyncEngine:
    """Return an engine on the file of `url`; `read_only` ones refuse to write and need no
    transaction.
    """

    async def connect() -> aiosqlite.Connection:
        if url.database:
            # Made here, by who only reads as well, because SQLite would let others read it; what it
            # writes beside takes its mode after this one. Where it cannot be made, or is there,
            # SQLite says so or takes it.
            with suppress(OSError):
                os.close(os.open(url.database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        open_file = partial(sqlite3.connect, str(url.database), check_same_thread=False)
        return await DirectConnection(open_file, may_wait=_MAY_WAIT)

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
