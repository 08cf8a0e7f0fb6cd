"""The embedded bus: all services in one process, durable through their outboxes.

Nothing is pushed. Every consumer follows the outboxes of the services it hears, keeps how far it
has got in its own database in the transaction of its effects, and advances alone; a producer's rows
are deleted when all have taken them. So a slow or failing service delays nobody, and no transaction
is open while another service works.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from uuid import UUID

import structlog

from shared.contracts.commands.base import Command
from shared.core.cause import Cause
from shared.core.error_text import error_text
from shared.core.errors import NoAnswer
from shared.database import bus_cursors
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.failed_messages import free_leases
from shared.database.outbox import delete_up_to, last_given
from shared.database.transient import is_transient
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import (
    DEADLINE,
    CommandAnswer,
    CommandRequest,
    CommandServer,
)
from shared.messaging.followed import FollowedOutbox
from shared.messaging.topology import HEARS, producer_of

log = structlog.get_logger()

BATCH = 200
POLL_SECONDS = 1.0
"""How soon is seen what another process wrote into an outbox (`desk apply`); this process's own
writes wake at once.
"""


class EmbeddedBus:
    """Joins the services of one process.

    `hears` is the table of who hears whom (event names by service).
    """

    def __init__(self, hears: Mapping[str, frozenset[str]] | None = None) -> None:
        self.hears = hears or {
            service: frozenset(e.NAME for e in events) for service, events in HEARS.items()
        }
        self._producers: dict[str, FollowedOutbox] = {}
        self._sources: dict[str, EmbeddedSource] = {}
        self._servers: dict[str, CommandServer[object]] = {}
        self._at_work: set[asyncio.Future[CommandAnswer]] = set()

    def join(self, database: Database) -> None:
        """Let the service of `database` be heard."""
        self._producers[database.service] = FollowedOutbox(database)
        database.on_outbox(partial(self._tell_followers, database.service))

    def serve(self, server: CommandServer[object]) -> None:
        """Let `server` answer the commands of its service."""
        self._servers[server.database.service] = server

    async def source(self, database: Database) -> "EmbeddedSource":
        """Return the inflow of the service of `database`; where the last stop was not clean, its
        first messages are suspects.
        """
        source = EmbeddedSource(self, database, self._producers_for(database.service))
        await source.open()
        self._sources[database.service] = source
        return source

    async def ask(self, command: Command, *, command_id: UUID, cause: Cause) -> CommandAnswer:
        """Ask the service that answers `command`.

        Raises NoAnswer after the deadline; the work itself goes on to its end.
        """
        service = producer_of(command.NAME)
        server = self._servers.get(service)
        if server is None:
            raise NoAnswer(f"{service} is not running")
        deadline = server.database.clock.now() + DEADLINE
        request = CommandRequest(
            command_id,
            command.NAME,
            command.model_dump_json().encode(),
            deadline,
            cause,
        )
        work = asyncio.ensure_future(server.answer(request))
        # Held until it ends, also when the asker goes away: a task nobody holds may be collected
        # while it works.
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_look_at)
            raise
        except TimeoutError as error:
            work.add_done_callback(_look_at)
            raise NoAnswer(
                f"no answer from {service} in {DEADLINE.total_seconds():.0f} s"
            ) from error

    async def clean(self) -> None:
        """Delete from every outbox what all its followers have taken."""
        for name, outbox in self._producers.items():
            followers = [
                service
                for service, heard in self.hears.items()
                if any(producer_of(e) == name for e in heard)
            ]
            taken = [
                self._sources[f].committed.get(name, 0) for f in followers if f in self._sources
            ]
            if len(taken) == len(followers) and taken and min(taken) > 0:
                async with outbox.database.transaction() as uow:
                    await delete_up_to(uow.connection, min(taken))

    def _producers_for(self, service: str) -> dict[str, FollowedOutbox]:
        wanted = {producer_of(event) for event in self.hears.get(service, ())}
        return {name: outbox for name, outbox in self._producers.items() if name in wanted}

    def _tell_followers(self, producer: str) -> None:
        for source in self._sources.values():
            source.has_news(producer)


class EmbeddedSource:
    """One service's inflow: the outboxes it follows."""

    def __init__(
        self, bus: EmbeddedBus, database: Database, producers: Mapping[str, FollowedOutbox]
    ) -> None:
        self.committed: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._news: set[str] = set()
        self._looked_everywhere = float("-inf")
        self._handed_out: dict[str, int] = {}
        self._database = database
        self._producers = producers
        self._read_up_to: dict[str, int] = {}
        self._unclean: set[str] = set()
        self._heard = bus.hears.get(database.service, frozenset())

    async def open(self) -> None:
        """Load the cursors; nobody else is at work on this database."""
        async with self._database.transaction() as uow:
            known = await bus_cursors.open_cursors(uow.connection, self._producers)
            await free_leases(uow.connection)
        for name in self._producers:
            seq, clean = known.get(name, (0, True))
            async with self._producers[name].database.reading() as connection:
                given = await last_given(connection)
            if seq > given:
                # The producer's database was restored from a backup: its next rows would be passed
                # over as read long ago.
                log.warning(
                    "embedded.cursor.reset",
                    consumer=self._database.service,
                    producer=name,
                    cursor=seq,
                    last_given=given,
                )
                seq = 0
            self.committed[name] = self._read_up_to[name] = seq
            if not clean:
                self._unclean.add(name)

    async def rewind(self) -> None:
        """Read again from where the last settled batch ended."""
        self._read_up_to = dict(self.committed)
        self._handed_out = {}
        self._news.update(self._producers)

    def has_news(self, producer: str) -> None:
        """Look into the outbox of `producer`, if this service follows it."""
        if producer in self._producers:
            self._news.add(producer)
            self._wake.set()

    async def close(self) -> None:
        """Write that the stop is clean, unless a batch was handed out and never settled."""
        if any(self.committed.get(name, 0) < seq for name, seq in self._handed_out.items()):
            log.warning("embedded.stop.unclean", consumer=self._database.service)
            return
        async with self._database.transaction() as uow:
            await bus_cursors.advance(uow.connection, self._read_up_to_now())
            await bus_cursors.close_cursors(uow.connection)

    async def next_batch(self, *, gather: float = 0.0) -> "EmbeddedBatch":
        while True:
            if monotonic() - self._looked_everywhere > POLL_SECONDS:
                self._looked_everywhere = monotonic()
                self._news.update(self._producers)
            while self._news:
                if gather:
                    await asyncio.sleep(gather)
                batch = await self._read()
                if batch.messages or batch.suspects:
                    self._handed_out = batch.cursors_after
                    return batch
            self._wake.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                await self._keep_up()

    async def pause(self) -> None:
        """Nothing to do: nothing is pushed."""

    async def resume(self) -> None:
        """Nothing to do: nothing is pushed."""

    async def _read(self) -> "EmbeddedBatch":
        taken: list[Envelope[bytes]] = []
        suspects: list[Envelope[bytes]] = []
        # Noted only when all is read: who is cancelled between two producers has handed out
        # nothing.
        reached: dict[str, int] = {}
        for name in sorted(self._news):
            self._news.discard(name)
            try:
                rows = await self._producers[name].after(self._read_up_to[name], limit=BATCH)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "embedded.outbox.unreadable",
                    producer=name,
                    consumer=self._database.service,
                    error=error_text(error),
                )
                continue
            if rows:
                reached[name] = rows[-1].seq
            if len(rows) == BATCH:
                self._news.add(name)
            heard = [row for row in rows if self._hears(row)]
            if name in self._unclean:
                # An unclean stop may have been caused by one of these: each is run alone.
                suspects += heard
            else:
                taken += heard
        self._read_up_to.update(reached)
        self._unclean.difference_update(reached)
        return EmbeddedBatch(self, tuple(taken), tuple(suspects), self._read_up_to_now())

    async def _keep_up(self) -> None:
        """Write the cursors past what this service does not hear, so that the producers can let go
        of it.
        """
        reached = self._read_up_to_now()
        if any(self.committed.get(name) != seq for name, seq in reached.items()):
            async with self._database.transaction() as uow:
                await bus_cursors.advance(uow.connection, reached)
            self.committed.update(reached)

    def _hears(self, row: Envelope[bytes]) -> bool:
        return row.type in self._heard and row.target in (None, self._database.service)

    def _read_up_to_now(self) -> dict[str, int]:
        return {name: seq for name, seq in self._read_up_to.items() if seq > 0}


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """Events read together, and where the cursors stand after them."""

    source: EmbeddedSource
    messages: Sequence[Envelope[bytes]]
    suspects: Sequence[Envelope[bytes]]
    cursors_after: dict[str, int]

    async def settle_in(self, uow: UnitOfWork) -> None:
        moved = {
            name: seq
            for name, seq in self.cursors_after.items()
            if seq != self.source.committed.get(name)
        }
        await bus_cursors.advance(uow.connection, moved)

    async def settled(self) -> None:
        self.source.committed.update(self.cursors_after)

    def halves(self) -> tuple["EmbeddedBatch", "EmbeddedBatch"]:
        middle = len(self.messages) // 2
        first, second = self.messages[:middle], self.messages[middle:]
        if not self.messages:
            half = len(self.suspects) // 2
            before = EmbeddedBatch(self.source, (), self.suspects[:half], {})
            return before, EmbeddedBatch(self.source, (), self.suspects[half:], self.cursors_after)
        # What the first half settles is what it holds; the cursors move past everything only with
        # the second.
        reached: dict[str, int] = {}
        for each in first:
            reached[each.producer] = max(each.seq, reached.get(each.producer, 0))
        return EmbeddedBatch(self.source, first, self.suspects, reached), EmbeddedBatch(
            self.source, second, (), self.cursors_after
        )


def _look_at(work: asyncio.Future[CommandAnswer]) -> None:
    if not work.cancelled() and (error := work.exception()) is not None:
        log.warning("embedded.command.ended_late", error=error_text(error))
