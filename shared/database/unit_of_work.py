"""One transaction: its connection, and the events that leave with it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.events.base import Event
from shared.core.cause import Cause
from shared.core.errors import TooLarge
from shared.core.ids import new_id
from shared.database.base import table_of
from shared.database.bulk import NewRows, insert_together
from shared.database.envelope import Envelope, OutboxColumns, to_outbox
from shared.database.tables import OutboxRow

PARTITIONS = 16
MAX_EVENT_BYTES = 256 * 1024

_OUTBOX = table_of(OutboxRow)

Expect = Callable[[set[UUID]], None]


class UnitOfWork:
    """A transaction in hand.

    Use cases write through `connection` and `emit`; the edge that opened it commits.
    """

    def __init__(self, connection: AsyncConnection, *, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._emitted: list[Envelope[bytes]] = []
        self._rows: list[OutboxColumns] = []
        self._later: list[tuple[NewRows, Expect | None]] = []

    @property
    def emitted(self) -> Sequence[Envelope[bytes]]:
        """The events emitted so far, in order."""
        return self._emitted

    def emit(
        self,
        event: Event,
        *,
        aggregate_id: UUID,
        cause: Cause,
        target: str | None = None,
    ) -> UUID:
        """Let `event` leave with this transaction, after the aggregate's lock was taken; return its
        id.

        `target` sends it to one service only (a replay). Raises TooLarge above 256 KiB, so that the
        use case can refuse.
        """
        body = self.refuse_too_large(event)
        envelope = Envelope(
            new_id(),
            event.NAME,
            body,
            cause,
            self.now,
            is_replay=target is not None,
            target=target,
            aggregate_id=aggregate_id,
        )
        self._emitted.append(envelope)
        self._rows.append(
            to_outbox(envelope, aggregate_id=aggregate_id, partition=partition_of(aggregate_id))
        )
        return envelope.id

    def refuse_too_large(self, event: Event) -> bytes:
        """Return `event` as JSON.

        Raises TooLarge above 256 KiB, for callers that must know before they write.
        """
        body = event.model_dump_json().encode()
        if len(body) > MAX_EVENT_BYTES:
            raise TooLarge(f"event {event.NAME} is larger than {MAX_EVENT_BYTES} bytes")
        return body

    def insert_later(self, *inserts: NewRows, expect: Expect | None = None) -> None:
        """Have `inserts` written before the commit, or by the next `flush`, in their order and
        together with what else is to be written.

        `expect` gets what the last of them returned, and raises if that is not what it should be.
        """
        self._later += [(insert, expect if insert is inserts[-1] else None) for insert in inserts]

    async def flush(self) -> None:
        """Write now what `insert_later` was given: before a read that must see it."""
        if self._later:
            await self._write()

    async def finish(self) -> bool:
        """Write what is left, with the events; return whether there were any.

        Called before the commit.
        """
        rows, self._rows = self._rows, []
        await self._write(NewRows(_OUTBOX, rows))
        return bool(rows)

    async def _write(self, *more: NewRows) -> None:
        later, self._later = self._later, []
        written = await insert_together(self.connection, [*(insert for insert, _ in later), *more])
        for (_, expect), ids in zip(later, written, strict=False):
            if expect is not None:
                expect(ids)


def partition_of(aggregate_id: UUID) -> int:
    """Return the partition of an aggregate: what is said of it goes out in order."""
    return crc32(aggregate_id.bytes) % PARTITIONS
