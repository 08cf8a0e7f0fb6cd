"""The relay: publishes what is in the outbox and deletes what the broker has confirmed.

Many relays share an outbox by partitions (an advisory lock each), so the order of every aggregate
holds. A row leaves only when it is confirmed. Where no queue takes a row, the queue may have been
deleted: everything is declared again before the row is published again. A row that comes back all
the same is parked and shown among the dead letters. An unreachable broker never counts against a
row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.exceptions import DeliveryError, PublishError

from shared.core.error_text import error_text
from shared.database.database import Database
from shared.database.outbox import (
    delete_published,
    is_any_waiting,
    lock_partitions,
    park,
    read_window,
)
from shared.database.transient import is_transient
from shared.messaging.rabbitmq.codec import Parcel, encoded, parcels
from shared.messaging.rabbitmq.connection import Link, driver_channel
from shared.messaging.topology import EVENTS_EXCHANGE, events_queue
from shared.observability.metrics import Meter

log = structlog.get_logger()

WINDOW = 500
POLL_SECONDS = 0.25
GATHER_SECONDS = 0.004
CONFIRM_SECONDS = 5
RETURNS_BEFORE_PARKING = 3


class ChannelLost(RuntimeError):
    """The channel can no longer be trusted with confirmations."""


class Relay:
    """One process's relay of one service's outbox."""

    def __init__(
        self,
        database: Database,
        link: Link,
        *,
        meter: Meter,
    ) -> None:
        self._database = database
        self._link = link
        self._meter = meter
        self._wake = asyncio.Event()
        self._returned: dict[int, int] = {}
        self._channel: aiormq.Channel | None = None
        self._declare_again: Callable[[], Awaitable[None]] | None = None
        database.on_outbox(self._wake.set)
        link.add("relay", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Publish until the channel is gone."""
        async with connection.channel(publisher_confirms=True, on_return_raises=True) as channel:
            await self._link.declare(connection)
            self._link.working("relay")
            underlay = await driver_channel(channel)
            self._channel = underlay
            self._declare_again = partial(self._link.declare_again, connection)
            while not channel.is_closed:
                is_told = self._wake.is_set()
                self._wake.clear()
                try:
                    if is_told or await self._is_any_waiting():
                        await self.round(underlay)
                        # What is committed in the next moments leaves with the next window, packed
                        # where it is much.
                        await asyncio.sleep(GATHER_SECONDS)
                except Exception as error:
                    if not is_transient(error) or channel.is_closed:
                        raise
                    log.warning(
                        "relay.database.unavailable",
                        service=self._database.service,
                        error=error_text(error),
                    )
                    await asyncio.sleep(1)
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass

    async def _is_any_waiting(self) -> bool:
        async with self._database.reading() as connection:
            return await is_any_waiting(connection)

    async def drain(self) -> None:
        """Before a stop: publish what is left, if the broker is there."""
        if self._channel is None or self._channel.is_closed:
            return
        try:
            while await self.round(self._channel):
                pass
        except Exception as error:
            if not is_transient(error) and not isinstance(error, CONNECTION_EXCEPTIONS):
                raise
            log.warning("relay.drain.cut", service=self._database.service, error=error_text(error))

    async def round(self, channel: aiormq.Channel) -> bool:
        """Publish one window; return whether it held anything.

        Raises ChannelLost when the channel is of no more use.

        Where there is more to do at once (the window was full, another relay was at some of the
        rows) `run` is woken.
        """
        async with self._database.transaction() as uow:
            partitions, missed = await lock_partitions(uow.connection)
            if missed:
                self._wake.set()
            if not partitions:
                return False
            rows = await read_window(uow.connection, partitions, limit=WINDOW)
            if not rows:
                return False  # another relay was just done with them
            if len(rows) == WINDOW:
                self._wake.set()
            sent = parcels(rows)
            errors = await self._publish(channel, sent)
            confirmed = [
                row.seq
                for parcel, error in zip(sent, errors, strict=True)
                if error is None
                for row in parcel
            ]
            await delete_published(uow.connection, confirmed)
            hopeless = self._hopeless(sent, errors)
            if hopeless:
                await park(uow.connection, hopeless, error="no queue takes it", now=uow.now)
        self._meter.events_published(len(confirmed))
        for error in errors:
            # Returned or refused is about this message; anything else is about the channel. What it
            # had confirmed is gone by now, the rest is published over another one: never twice at a
            # time over the same, where outcomes would be swapped.
            if error is not None and not isinstance(error, PublishError | DeliveryError):
                raise ChannelLost(error_text(error)) from error
        if len(confirmed) < len(rows):
            log.warning(
                "relay.returned",
                service=self._database.service,
                count=len(rows) - len(confirmed),
                parked=len(hopeless),
            )
            if not hopeless:
                await self._look_after_queues(errors)
            self._wake.set()
        return True

    async def _look_after_queues(self, errors: Sequence[BaseException | None]) -> None:
        """Before what was not taken is published again: declare the queues where one may be
        missing, and wait a moment.
        """
        if self._declare_again is not None and any(
            isinstance(error, PublishError) for error in errors
        ):
            await self._declare_again()
        await asyncio.sleep(POLL_SECONDS)

    async def _publish(
        self, channel: aiormq.Channel, sent: Sequence[Parcel]
    ) -> list[BaseException | None]:
        """Publish all of `sent`, in order; return for each what went wrong with it, or None."""
        sending = [asyncio.ensure_future(self._send(channel, parcel)) for parcel in sent]
        try:
            await asyncio.wait(sending, timeout=CONFIRM_SECONDS)
        finally:
            for each in sending:
                each.cancel()
        late = TimeoutError(f"no confirmation within {CONFIRM_SECONDS:g} s")
        return [
            each.exception() if each.done() and not each.cancelled() else late for each in sending
        ]

    async def _send(self, channel: aiormq.Channel, parcel: Parcel) -> None:
        first = parcel[0]
        body, properties = encoded(parcel)
        await channel.basic_publish(
            body,
            exchange="" if first.target else EVENTS_EXCHANGE,
            routing_key=events_queue(first.target) if first.target else first.type,
            properties=properties,
            mandatory=True,
            wait=False,
        )

    def _hopeless(
        self, sent: Sequence[Parcel], errors: Sequence[BaseException | None]
    ) -> list[int]:
        """Count how often a row came back; return those that have come back too often."""
        hopeless = []
        for parcel, error in zip(sent, errors, strict=True):
            for row in parcel:
                if not isinstance(error, PublishError):
                    self._returned.pop(row.seq, None)
                    continue
                self._returned[row.seq] = self._returned.get(row.seq, 0) + 1
                if self._returned[row.seq] >= RETURNS_BEFORE_PARKING:
                    hopeless.append(row.seq)
        for seq in hopeless:
            del self._returned[seq]
        return hopeless
