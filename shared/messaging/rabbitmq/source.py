"""A service's inflow from its queue."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aio_pika.abc import AbstractChannel as PikaChannel
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import AbstractChannel, DeliveredMessage

from shared.core.error_text import error_text
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.rabbitmq.codec import unpacked
from shared.messaging.rabbitmq.connection import Link, driver_channel
from shared.messaging.topology import events_queue

log = structlog.get_logger()

BATCH = 200
PREFETCH = 100
"""Messages, each of which may be a pack: what is handed out when a process dies comes again and is
tried with more care.
"""
LOOK_SECONDS = 0.2
"""How soon is noticed that the broker has cancelled the consumer or that consuming is to pause."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The events of one delivered message, and how the channel knows it."""

    channel: AbstractChannel
    tag: int
    redelivered: bool
    messages: Sequence[Envelope[bytes]]


class RabbitSource:
    """Hands out what the queue `<service>.events` holds, as it comes: while one batch is at work
    the next one gathers.
    """

    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link
        self._arrived: asyncio.Queue[Delivery] = asyncio.Queue()
        self._channel: PikaChannel | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        link.add("consumer", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Consume until the channel or the queue is gone; what was handed out then comes again."""
        async with connection.channel(publisher_confirms=False) as channel:
            await self._link.declare(connection)
            await channel.set_qos(prefetch_count=PREFETCH)
            underlay = await driver_channel(channel)
            self._forget_arrived()  # of a channel that is gone: it comes again
            self._channel = channel
            while not channel.is_closed:
                await self._flowing.wait()
                consumed = await underlay.basic_consume(
                    events_queue(self._database.service), self._take
                )
                self._link.working("consumer")
                tag = str(consumed.consumer_tag)
                while (
                    not channel.is_closed and self._flowing.is_set() and tag in underlay.consumers
                ):
                    await asyncio.sleep(LOOK_SECONDS)
                if tag not in underlay.consumers:
                    # the queue is gone, and the broker remembers something of it in this channel:
                    # go on with a new one
                    return
                await underlay.basic_cancel(tag)

    async def rewind(self) -> None:
        """Give up the channel with all that it has handed out: the broker hands it out again, to be
        run alone.
        """
        self._forget_arrived()
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    async def next_batch(self, *, gather: float = 0.0) -> "RabbitBatch":
        deliveries = [await self._arrived.get()]
        if gather:
            await asyncio.sleep(gather)
        size = len(deliveries[0].messages)
        while size < BATCH and not self._arrived.empty():
            deliveries.append(self._arrived.get_nowait())
            size += len(deliveries[-1].messages)
        last = deliveries[-1]
        # What a channel that is gone had handed out comes again by itself.
        current = [d for d in deliveries if d.channel is last.channel]
        return RabbitBatch(
            channel=last.channel,
            last_tag=last.tag,
            messages=[message for d in current if not d.redelivered for message in d.messages],
            suspects=[message for d in current if d.redelivered for message in d.messages],
        )

    async def pause(self) -> None:
        self._flowing.clear()

    async def resume(self) -> None:
        self._flowing.set()

    def _forget_arrived(self) -> None:
        while not self._arrived.empty():
            self._arrived.get_nowait()

    async def _take(self, delivered: DeliveredMessage) -> None:
        self._arrived.put_nowait(delivery_of(delivered))


@dataclass(frozen=True, slots=True)
class RabbitBatch:
    """Messages of one channel, in order.

    After the commit all up to `last_tag` are acknowledged (None: with a later half).
    """

    channel: AbstractChannel
    last_tag: int | None
    messages: Sequence[Envelope[bytes]]
    suspects: Sequence[Envelope[bytes]]

    async def settle_in(self, uow: UnitOfWork) -> None:
        """Nothing to write: the broker remembers."""

    async def settled(self) -> None:
        if self.last_tag is None:
            return
        try:
            await self.channel.basic_ack(self.last_tag, multiple=True, wait=False)
        except CONNECTION_EXCEPTIONS as error:
            # The effects are committed; what the broker now hands out again is recognised.
            log.info("consumer.ack.lost", size=len(self.messages), error=error_text(error))

    def halves(self) -> tuple["RabbitBatch", "RabbitBatch"]:
        if not self.messages:
            middle = len(self.suspects) // 2
            first, second = self.suspects[:middle], self.suspects[middle:]
            return RabbitBatch(self.channel, None, (), first), RabbitBatch(
                self.channel, self.last_tag, (), second
            )
        middle = len(self.messages) // 2
        first, second = self.messages[:middle], self.messages[middle:]
        return RabbitBatch(self.channel, None, first, self.suspects), RabbitBatch(
            self.channel, self.last_tag, second, ()
        )


def delivery_of(delivered: DeliveredMessage) -> Delivery:
    return Delivery(
        delivered.channel,
        int(delivered.delivery_tag or 0),
        bool(delivered.redelivered),
        unpacked(delivered),
    )
