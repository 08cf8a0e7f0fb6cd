"""A message as it travels, and as a handler gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from shared.contracts.events.base import Event
from shared.core.cause import Cause
from shared.database.outbox import Outgoing
from shared.database.unit_of_work import Emitted, UnitOfWork
from shared.messaging.topology import producer_of

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Message:
    """One event as bytes. `cause` is that of the message itself: its correlation, what caused it, its trace."""

    id: UUID
    producer: str
    type: str
    body: bytes
    cause: Cause
    occurred_at: datetime
    is_replay: bool = False

    @classmethod
    def of(cls, sent: Outgoing | Emitted) -> "Message":
        """Return what leaves an outbox as a message."""
        return cls(
            id=sent.id,
            producer=producer_of(sent.type),
            type=sent.type,
            body=sent.body.encode(),
            cause=sent.cause,
            occurred_at=sent.occurred_at,
            is_replay=sent.target is not None,
        )


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """A decoded message in a handler's hands. `cause` is for what the handler emits because of it."""

    event: E_co
    message_id: UUID
    cause: Cause
    occurred_at: datetime
    is_replay: bool


class Batch(Protocol):
    """Messages that a transport handed out together, in order, and how it learns that they are settled.

    `suspects` were handed out before and nobody knows how that ended; they are to be run alone.
    """

    @property
    def messages(self) -> Sequence[Message]: ...

    @property
    def suspects(self) -> Sequence[Message]: ...

    async def settle_in(self, uow: UnitOfWork) -> None:
        """Write, in the transaction of the effects, that they are settled."""

    async def settled(self) -> None:
        """After that transaction's commit: tell the transport."""

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split at the middle; the first half is settled before the second."""


class Source(Protocol):
    """A consumer's inflow, whatever the transport."""

    async def rewind(self) -> None:
        """Hand out again what was handed out and never settled. Called when a consumer starts, also after it has failed."""

    async def next_batch(self, *, gather: float = 0.0) -> Batch:
        """Wait for messages, and `gather` seconds for more; return up to 200 of them."""

    async def pause(self) -> None:
        """Take no more messages: the database is down."""

    async def resume(self) -> None:
        """Take messages again."""
