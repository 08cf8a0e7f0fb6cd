"""Turns batches of messages into effects, exactly once.

A batch is one transaction: effects, inbox rows, outbox rows and the transport's cursor. While the
database is unavailable the whole batch is retried. Any other error halves the batch until the
failing message is alone; it is then kept in this service's own database, and the `Retrier` tries it
again. So one bad message delays no other.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from pydantic import ValidationError

from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.core.backoff import Backoff, Failures
from shared.core.error_text import error_text
from shared.core.errors import Invalid
from shared.database import failed_messages
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.failed_messages import FailedMessage
from shared.database.inbox import claim_unseen
from shared.database.transient import is_transient
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers, by_name
from shared.messaging.message import Batch, Source
from shared.messaging.nul import holds_nul
from shared.messaging.retry_policy import kept, verdict
from shared.messaging.shielding import to_its_end
from shared.observability.metrics import Meter

C = TypeVar("C")
log = structlog.get_logger()

DATABASE_AGAIN = Backoff(first=0.05, longest=5.0)
FAILURES_BEFORE_PAUSE = 4
"""After this many failed attempts the source stops taking messages."""
BUSY = 10
GATHER_WHEN_BUSY = 0.02
"""After a batch of more than BUSY messages the next one waits this many seconds for more messages,
so that transactions are fewer and larger."""


class Consumer(Generic[C]):
    """One service's event consumer in one process."""

    def __init__(
        self,
        *,
        database: Database,
        handlers: Handlers[C],
        context: C,
        meter: Meter,
        gather: float = 0.0,
    ) -> None:
        """`gather` is how many seconds a batch waits for more messages.

        It is above 0 where no person waits for the effects.
        """
        self.database = database
        self.meter = meter
        self._gather = gather
        self._handlers = by_name(handlers)
        self._context = context
        self._on_kept: list[Callable[[], None]] = []
        self._after_commit: list[Callable[[Sequence[Envelope[bytes]]], Awaitable[None]]] = []

    def on_kept(self, wake: Callable[[], None]) -> None:
        """Call `wake` when a message was kept for a later attempt."""
        self._on_kept.append(wake)

    def after_commit(self, tell: Callable[[Sequence[Envelope[bytes]]], Awaitable[None]]) -> None:
        """Call `tell` with the messages of every committed batch (live updates)."""
        self._after_commit.append(tell)

    async def run(self, source: Source) -> None:
        """Take batches from `source` until cancelled; a batch in hand is finished first."""
        await source.rewind()
        size = 0
        while True:
            batch = await source.next_batch(
                gather=max(self._gather, GATHER_WHEN_BUSY if size > BUSY else 0.0)
            )
            size = len(batch.messages)
            await to_its_end(self.handle(batch, source))

    async def handle(self, batch: Batch, source: Source | None = None) -> None:
        """Apply `batch`; return when it is settled."""
        size = len(batch.messages) + len(batch.suspects)
        try:
            await self._until_taken(lambda: self._in_one_transaction(batch), size, source)
        except Exception as error:  # noqa: BLE001  any error is a verdict on the message
            if size > 1:
                first, second = batch.halves()
                await self.handle(first, source)
                await self.handle(second, source)
            else:
                failed = error
                await self._until_taken(lambda: self._keep_failed(batch, failed), size, source)

    async def _until_taken(
        self, work: Callable[[], Awaitable[None]], size: int, source: Source | None
    ) -> None:
        """Retry `work` while the database is unavailable. Raises every other error at once."""
        failures = Failures(DATABASE_AGAIN)
        paused = False
        try:
            while True:
                try:
                    await work()
                    return
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning(
                        "consumer.batch.again",
                        service=self.database.service,
                        size=size,
                        error=error_text(error),
                    )
                if source is not None and not paused and failures.count >= FAILURES_BEFORE_PAUSE:
                    paused = True
                    await source.pause()
                await failures.wait()
        finally:
            if paused and source is not None:
                await source.resume()

    async def apply(self, messages: Sequence[Envelope[bytes]]) -> None:
        """Apply those of `messages` that this service handles, in a transaction of their own.

        They come from no transport, but with the answer to a command: read your own write.
        """
        messages = [message for message in messages if message.type in self._handlers]
        if not messages:
            return
        async with self.database.transaction(writes_once=self._write_once(messages)) as uow:
            await self._effects(uow, messages)
        await self._tell(messages)

    async def run_kept(self, kept_messages: Sequence[FailedMessage]) -> None:
        """Try kept messages once, together; their effects and their removal are one transaction.

        Raises what a handler raises.
        """
        messages = [each.envelope for each in kept_messages]
        async with self.database.transaction() as uow:
            await self._effects(uow, messages)
            await failed_messages.forget(uow.connection, [message.id for message in messages])
        await self._tell(messages)

    async def _in_one_transaction(self, batch: Batch) -> None:
        async with self.database.transaction(
            writes_once=not batch.suspects and self._write_once(batch.messages)
        ) as uow:
            if batch.suspects:
                await failed_messages.keep(
                    uow.connection,
                    [kept(m, now=uow.now) for m in batch.suspects],
                )
            if batch.messages:
                await self._effects(uow, batch.messages)
            await batch.settle_in(uow)
        await batch.settled()
        if batch.suspects:
            log.info(
                "consumer.suspects.kept",
                service=self.database.service,
                count=len(batch.suspects),
            )
            self._wake_retrier()
        await self._tell(batch.messages)

    def _write_once(self, messages: Sequence[Envelope[bytes]]) -> bool:
        """Return whether one function handles all of `messages` and writes one statement."""
        found = {kind: self._handlers.get(kind) for kind in {message.type for message in messages}}
        handlers = [handler for handler in found.values() if handler is not None]
        return (
            len(handlers) == len(found)
            and all(handler.writes_once for handler in handlers)
            and len({handler.run for handler in handlers}) == 1
        )

    async def _effects(self, uow: UnitOfWork, messages: Sequence[Envelope[bytes]]) -> None:
        decoded: dict[UUID, tuple[Handler[C], Envelope[Event]]] = {}
        for message in messages:
            if message.id not in decoded:
                decoded[message.id] = self._decode(message)
        claiming = [i for i, (handler, _) in decoded.items() if handler.inbox]
        if claiming:
            unseen = await claim_unseen(uow.connection, claiming, now=uow.now)
            for message_id in claiming:
                if message_id not in unseen:
                    del decoded[message_id]
        groups: dict[int, tuple[Handler[C], list[Envelope[Any]]]] = {}
        for handler, received in decoded.values():
            groups.setdefault(id(handler.run), (handler, []))[1].append(received)
        for handler, received_together in groups.values():
            await handler.run(self._context, uow, received_together)
        for kind, count in Counter(message.type for message in messages).items():
            self.meter.events_handled(kind, count)

    def _decode(self, message: Envelope[bytes]) -> tuple[Handler[C], Envelope[Event]]:
        handler = self._handlers.get(message.type)
        if handler is None:
            raise Invalid(f"nothing here handles {message.type}")
        if holds_nul(message.event):
            raise Invalid("cannot be decoded: a text holds NUL")
        try:
            event = EVENT_CLASSES[message.type].model_validate_json(message.event)
        except ValidationError as error:
            raise Invalid(f"cannot be decoded: {error_text(error)}") from error
        return handler, message.opened(event)

    async def _keep_failed(self, batch: Batch, error: Exception) -> None:
        (message,) = (*batch.messages, *batch.suspects)
        now = self.database.clock.now()
        failed = verdict(kept(message, now=now, attempts=1), error, now=now)
        async with self.database.transaction() as uow:
            await failed_messages.keep(uow.connection, [failed])
            await batch.settle_in(uow)
        await batch.settled()
        log.warning(
            "consumer.message.kept",
            service=self.database.service,
            id=message.id,
            type=message.type,
            state=failed.state,
            error=failed.error,
        )
        self._wake_retrier()

    async def _tell(self, messages: Sequence[Envelope[bytes]]) -> None:
        for tell in self._after_commit:
            await tell(messages)

    def _wake_retrier(self) -> None:
        for wake in self._on_kept:
            wake()
