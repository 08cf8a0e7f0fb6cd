"""What a transport hands to a consumer."""

from collections.abc import Sequence
from typing import Protocol

from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork


class Batch(Protocol):
    """Messages that a transport handed out together, in order, and how it learns that they are settled.

    `suspects` were handed out before and nobody knows how that ended; they are to be run alone.
    """

    @property
    def messages(self) -> Sequence[Envelope[bytes]]: ...

    @property
    def suspects(self) -> Sequence[Envelope[bytes]]: ...

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
