"""One transaction: its connection, and the events that leave with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.events.base import Event
from shared.core.cause import Cause
from shared.core.errors import TooLarge
from shared.core.ids import new_id
from shared.database.base import table_of
from shared.database.bulk import NewRows, insert_together
from shared.database.tables import OutboxRow

PARTITIONS = 16
MAX_EVENT_BYTES = 256 * 1024

_OUTBOX = table_of(OutboxRow)

Expect = Callable[[set[UUID]], None]


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event on its way to the outbox; `body` is JSON."""

    id: UUID
    type: str
    aggregate_id: UUID
    body: str
    cause: Cause
    occurred_at: datetime
    target: str | None = None


class UnitOfWork:
    """A transaction in hand. Use cases write through `connection` and `emit`; the edge that opened it commits."""

    def __init__(self, connection: AsyncConnection, *, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._emitted: list[Emitted] = []
        self._written = 0
        self._later: list[tuple[NewRows, Expect | None]] = []

    @property
    def emitted(self) -> Sequence[Emitted]:
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
        """Let `event` leave with this transaction, after the aggregate's lock was taken; return its id.

        `target` sends it to one service only (a replay). Raises TooLarge above 256 KiB, so that the use case can refuse.
        """
        body = self.refuse_too_large(event)
        entry = Emitted(new_id(), event.NAME, aggregate_id, body, cause, self.now, target)
        self._emitted.append(entry)
        return entry.id

    def refuse_too_large(self, event: Event) -> str:
        """Return `event` as JSON. Raises TooLarge above 256 KiB: for who must know before he writes."""
        body = event.model_dump_json()
        if len(body) > MAX_EVENT_BYTES or (len(body) > MAX_EVENT_BYTES // 4 and len(body.encode()) > MAX_EVENT_BYTES):
            raise TooLarge(f"event {event.NAME} is larger than {MAX_EVENT_BYTES} bytes")
        return body

    def insert_later(self, *inserts: NewRows, expect: Expect | None = None) -> None:
        """Have `inserts` written before the commit, or by the next `flush`, in their order and together with what else is to be written.

        `expect` gets what the last of them returned, and raises if that is not what it should be.
        """
        self._later += [(insert, expect if insert is inserts[-1] else None) for insert in inserts]

    async def flush(self) -> None:
        """Write now what `insert_later` was given: before a read that must see it."""
        if self._later:
            await self._write()

    async def finish(self) -> bool:
        """Write what is left, with the events; return whether there were any. Called before the commit."""
        entries = self._emitted[self._written :]
        self._written = len(self._emitted)
        await self._write(NewRows(_OUTBOX, [_row(entry) for entry in entries]))
        return bool(entries)

    async def _write(self, *more: NewRows) -> None:
        later, self._later = self._later, []
        written = await insert_together(self.connection, [*(insert for insert, _ in later), *more])
        for (_, expect), ids in zip(later, written, strict=False):
            if expect is not None:
                expect(ids)


def partition_of(aggregate_id: UUID) -> int:
    """Return the partition of an aggregate: what is said of it goes out in order."""
    return crc32(aggregate_id.bytes) % PARTITIONS


def _row(entry: Emitted) -> dict[str, Any]:
    return {
        "id": entry.id,
        "partition": partition_of(entry.aggregate_id),
        "aggregate_id": entry.aggregate_id,
        "type": entry.type,
        "body": entry.body,
        "correlation_id": entry.cause.correlation_id,
        "causation_id": entry.cause.causation_id,
        "traceparent": entry.cause.traceparent,
        "occurred_at": entry.occurred_at,
        "target": entry.target,
    }
