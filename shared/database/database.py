"""A service's own database: short readers and transactions that write."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
import structlog
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.core.clock import Clock, SystemClock
from shared.core.error_text import error_text
from shared.database.prepared import command
from shared.database.sqlite import BEGIN, dump_json, open_sqlite
from shared.database.unit_of_work import UnitOfWork

log = structlog.get_logger()

POSTGRES_SETTINGS = {"lock_timeout": "15s", "jit": "off", "enable_seqscan": "off"}
"""All our statements are short and have an index.

A prepared one keeps its plan while its table grows from nothing to thousands of rows, so that one
that reads the whole small table would soon read a whole large one.
"""


def async_url(url: str) -> URL:
    """Return `url` (postgresql://... or sqlite:///...) with the asynchronous driver named.

    Raises ValueError for another kind.
    """
    parsed = make_url(url)
    drivers = {
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
        "sqlite": "sqlite+aiosqlite",
    }
    kind = parsed.drivername.split("+")[0]
    if kind not in drivers:
        raise ValueError(
            f"the database URL begins with {parsed.drivername!r}; expected postgresql:// or "
            f"sqlite:///"
        )
    return parsed.set(drivername=drivers[kind])


class Database:
    """Connections to one service's database.

    On SQLite there is one writer connection behind a lock, `begin immediate`, and readers that
    cannot write: a transaction that reads and then writes would fail at once with "locked" whatever
    the busy timeout.
    """

    def __init__(
        self, url: str, *, service: str, pool_size: int = 10, clock: Clock | None = None
    ) -> None:
        self.service = service
        self.url = async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.clock = clock or SystemClock()
        self._writer_lock, self._reader_lock = asyncio.Lock(), asyncio.Lock()
        self._after_outbox: list[Callable[[], None]] = []
        self._is_closed = False
        self._kept_writer: AsyncConnection | None = None
        self._kept_reader: AsyncConnection | None = None
        # No transaction of SQLAlchemy's on either: a read is mostly one statement, and what writes
        # is begun and ended here.
        if self.is_sqlite:
            self._writer = open_sqlite(self.url, read_only=False, pool_size=1)
            self._reader = open_sqlite(self.url, read_only=True, pool_size=4)
        else:
            self._writer = self._reader = create_async_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=0,
                # The connection used last knows the statements best.
                pool_use_lifo=True,
                pool_timeout=10,
                isolation_level="AUTOCOMMIT",
                hide_parameters=True,
                json_serializer=dump_json,
                json_deserializer=orjson.loads,
                skip_autocommit_rollback=True,
                connect_args={
                    "timeout": 5,
                    "server_settings": {"application_name": f"sportello-{service}"}
                    | POSTGRES_SETTINGS,
                },
            )
            event.listen(self._writer.sync_engine, "checkout", _refuse_closed)

    def on_outbox(self, wake: Callable[[], None]) -> None:
        """Have `wake` called after every commit that wrote events."""
        self._after_outbox.append(wake)

    @asynccontextmanager
    async def transaction(self, *, writes_once: bool = False) -> AsyncIterator[UnitOfWork]:
        """Open a transaction that writes; commit at the end of the block with its events, roll back
        on any error.

        `writes_once` says that all it writes is one statement, which PostgreSQL commits by itself:
        two ways to the server less.
        """
        async with self._opened_to_write() as connection:
            uow = UnitOfWork(connection, now=self.clock.now())
            if writes_once and not self.is_sqlite:
                yield uow
                wrote = await uow.finish()
            else:
                async with self._begun(connection):
                    yield uow
                    wrote = await uow.finish()
        if wrote:
            for wake in self._after_outbox:
                wake()

    @asynccontextmanager
    async def _opened_to_write(self) -> AsyncIterator[AsyncConnection]:
        if not self.is_sqlite:
            async with self._writer.connect() as connection:
                yield connection
            return
        async with self._writer_lock:
            self._kept_writer = connection = await self._opened(self._kept_writer, self._writer)
            try:
                yield connection
            finally:
                if connection.in_transaction() and not connection.invalidated:
                    await connection.rollback()  # what SQLAlchemy takes for one; ours has ended

    @asynccontextmanager
    async def _begun(self, connection: AsyncConnection) -> AsyncIterator[None]:
        try:
            await command(connection, BEGIN if self.is_sqlite else "begin")
        except asyncio.CancelledError:
            await connection.invalidate()
            raise
        try:
            yield
            await command(connection, "commit")
        except BaseException:
            # Whatever it was, also a cancellation in the middle of a statement: the connection is
            # given back clean or not at all.
            if not connection.invalidated:
                try:
                    await asyncio.shield(command(connection, "rollback"))
                # The first error is the one to be told.
                except BaseException as error:  # noqa: BLE001
                    log.info(
                        "database.rollback.failed", service=self.service, error=error_text(error)
                    )
                    await connection.invalidate()
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a short read; each statement sees what is committed when it begins."""
        async with self._reader.connect() as connection:
            yield connection

    async def kept_reader(self) -> AsyncConnection:
        """Return a connection that stays open, for statements that are `Prepared`.

        On SQLite these run where they are called, so any number of callers may share it.
        """
        async with self._reader_lock:
            self._kept_reader = await self._opened(self._kept_reader, self._reader)
            return self._kept_reader

    async def ping(self) -> None:
        """Raise what is wrong if the database does not answer."""
        async with self.reading() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        """Give all connections back."""
        self._is_closed = True
        for kept in (self._kept_writer, self._kept_reader):
            if kept is not None:
                await kept.close()
        await self._reader.dispose()
        await self._writer.dispose()

    async def _opened(self, kept: AsyncConnection | None, engine: AsyncEngine) -> AsyncConnection:
        if self._is_closed:
            raise ConnectionError(f"the database of {self.service} was closed")
        if kept is not None and not kept.invalidated and not kept.closed:
            return kept
        if kept is not None:
            await kept.close()
        return await engine.connect().start()


def _refuse_closed(opened: DBAPIConnection, *_: object) -> None:
    """Have the pool open another connection where the server has ended this one while nobody used
    it.

    The driver hears of that by itself, so asking it costs no way to the server. Without this, a
    request failed for each connection of the pool that was older than the server's last restart,
    however long ago that was.
    """
    if opened.driver_connection.is_closed():
        raise DisconnectionError
