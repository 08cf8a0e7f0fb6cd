"""What a transport hands to a consumer."""

from collections.abc import Sequence
from typing import Protocol

from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork


class Batch(Protocol):
    """Messages that a transport delivered together, in order, with the means to settle them.

    `suspects` were delivered before, with an unknown end; each of them runs alone.
    """

    @property
    def messages(self) -> Sequence[Envelope[bytes]]: ...

    @property
    def suspects(self) -> Sequence[Envelope[bytes]]: ...

    async def settle_in(self, uow: UnitOfWork) -> None:
        """Write, in the transaction of the effects, that the messages are settled."""

    async def settled(self) -> None:
        """Tell the transport so, after that transaction has been committed."""

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split at the middle; the first half is settled before the second."""


class Source(Protocol):
    """Where a consumer gets its batches from, whatever the transport."""

    async def rewind(self) -> None:
        """Deliver again what was delivered and never settled.

        A consumer calls this when it starts, also after it has failed.
        """

    async def next_batch(self, *, gather: float = 0.0) -> Batch:
        """Wait for messages, and `gather` seconds for more; return up to 200 of them."""

    async def pause(self) -> None:
        """Take no more messages: the database is down."""

    async def resume(self) -> None:
        """Take messages again."""
