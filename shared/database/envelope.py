"""The envelope in which an event travels from the outbox of its producer to its handlers, and how
it stands in rows: in the outbox, and among the failed messages.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypedDict, TypeVar
from uuid import UUID

from sqlalchemy import Row

from shared.contracts.events.base import Event
from shared.core.cause import Cause

E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=bytes | Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E_co]):
    """One event and what is known about it.

    `event` is JSON while the event travels (`Envelope[bytes]`) and an object in a handler
    (`Envelope[TicketTaken]`). `cause` belongs to the event itself: its correlation, what caused it,
    its trace. `is_replay` says that nothing new has happened. `target` (the only service that
    receives the event), `seq` and `aggregate_id` are known in the outbox; no broker carries them.
    """

    id: UUID
    type: str
    event: E_co
    cause: Cause
    occurred_at: datetime
    is_replay: bool = False
    target: str | None = None
    seq: int = 0
    aggregate_id: UUID | None = None

    @property
    def producer(self) -> str:
        """The service that published the event."""
        return self.type.split(".", 1)[0]

    @property
    def effects_cause(self) -> Cause:
        """The cause of what a handler emits because of this event."""
        return Cause(self.cause.correlation_id, self.id, self.cause.traceparent)

    def opened(self, event: E) -> "Envelope[E]":
        """Return this envelope with `event` in place of the JSON."""
        return Envelope(self.id, self.type, event, self.cause, self.occurred_at, self.is_replay)


class OutboxColumns(TypedDict):
    """A new row of the outbox; the database numbers it."""

    id: UUID
    partition: int
    aggregate_id: UUID
    type: str
    body: str
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: datetime
    target: str | None


class FailedColumns(TypedDict):
    """What the row of a failed message says of its envelope."""

    message_id: UUID
    producer: str
    type: str
    body: bytes
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: datetime
    is_replay: bool


def to_outbox(envelope: Envelope[bytes], *, aggregate_id: UUID, partition: int) -> OutboxColumns:
    """Return `envelope` as a new row of the outbox."""
    cause = envelope.cause
    return {
        "id": envelope.id,
        "partition": partition,
        "aggregate_id": aggregate_id,
        "type": envelope.type,
        "body": envelope.event.decode(),
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "traceparent": cause.traceparent,
        "occurred_at": envelope.occurred_at,
        "target": envelope.target,
    }


def from_outbox(row: Row[tuple[object, ...]]) -> Envelope[bytes]:
    """Return the envelope that `to_outbox` wrote as `row`."""
    return Envelope(
        row.id,
        row.type,
        row.body.encode(),
        Cause(row.correlation_id, row.causation_id, row.traceparent),
        row.occurred_at,
        row.target is not None,
        row.target,
        row.seq,
        row.aggregate_id,
    )


def to_failed(envelope: Envelope[bytes]) -> FailedColumns:
    """Return what the row of a failed message says of `envelope`."""
    cause = envelope.cause
    return {
        "message_id": envelope.id,
        "producer": envelope.producer,
        "type": envelope.type,
        "body": envelope.event,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "traceparent": cause.traceparent,
        "occurred_at": envelope.occurred_at,
        "is_replay": envelope.is_replay,
    }


def from_failed(row: Row[tuple[object, ...]]) -> Envelope[bytes]:
    """Return the envelope that the row of a failed message keeps."""
    cause = Cause(row.correlation_id, row.causation_id, row.traceparent)
    return Envelope(row.message_id, row.type, row.body, cause, row.occurred_at, row.is_replay)
