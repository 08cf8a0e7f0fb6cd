"""A service's inflow from its queue."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import AbstractChannel, DeliveredMessage

from shared.cause import Cause
from shared.database import failed_messages as failures
from shared.database.database import Database
from shared.database.failed_messages import FailedMessage
from shared.database.unit_of_work import UnitOfWork
from shared.ids import derived_id, new_id
from shared.messaging.message import Message
from shared.messaging.rabbitmq.declare import declare_all
from shared.messaging.rabbitmq.link import Link
from shared.messaging.topology import (
    DELIVERY_LIMIT,
    dead_queue,
    events_queue,
    producer_of,
)

log = structlog.get_logger()

BATCH = 200
PREFETCH = 2 * BATCH
LOOK_SECONDS = 0.2
"""How soon is noticed that the broker has cancelled the consumer or that consuming is to pause."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and how the channel knows it."""

    channel: AbstractChannel
    tag: int
    redelivered: bool
    message: Message


class RabbitSource:
    """Hands out what the queue `<service>.events` holds, as it comes: while one batch is at work the next one gathers."""

    def __init__(
        self, database: Database, link: Link, *, hears: Mapping[str, frozenset[str]]
    ) -> None:
        self._database = database
        self._link = link
        self._hears = hears
        self._arrived: asyncio.Queue[Delivery] = asyncio.Queue()
        self._flowing = asyncio.Event()
        self._flowing.set()
        link.add("consumer", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Consume until the channel is gone; what it had handed out then comes again."""
        service = self._database.service
        async with connection.channel(publisher_confirms=False) as channel:
            await declare_all(channel, self._hears)
            await channel.set_qos(prefetch_count=PREFETCH)
            underlay = cast("aiormq.Channel", await channel.get_underlay_channel())
            while not self._arrived.empty():
                self._arrived.get_nowait()  # of a channel that is gone: it comes again
            while not channel.is_closed:
                await self._flowing.wait()
                events = await underlay.basic_consume(events_queue(service), self._take)
                dead = await underlay.basic_consume(dead_queue(service), self._bury)
                self._link.working("consumer")
                tags = {str(events.consumer_tag), str(dead.consumer_tag)}
                while (
                    not channel.is_closed
                    and self._flowing.is_set()
                    and tags <= set(underlay.consumers)
                ):
                    await asyncio.sleep(LOOK_SECONDS)
                for tag in tags & set(underlay.consumers):
                    await underlay.basic_cancel(tag)

    async def next_batch(self) -> "RabbitBatch":
        deliveries = [await self._arrived.get()]
        while len(deliveries) < BATCH and not self._arrived.empty():
            deliveries.append(self._arrived.get_nowait())
        newest = deliveries[-1].channel
        # What a channel that is gone had handed out comes again by itself.
        return RabbitBatch(tuple(d for d in deliveries if d.channel is newest))

    async def pause(self) -> None:
        self._flowing.clear()

    async def resume(self) -> None:
        self._flowing.set()

    async def _take(self, delivered: DeliveredMessage) -> None:
        self._arrived.put_nowait(_delivery(delivered))

    async def _bury(self, delivered: DeliveredMessage) -> None:
        """Empty the broker's own dead-letter queue into the table where a person finds it."""
        delivery = _delivery(delivered)
        message = delivery.message
        now = self._database.clock.now()
        async with self._database.transaction() as uow:
            await failures.keep(
                uow.connection,
                [
                    FailedMessage(
                        message_id=message.id,
                        producer=message.producer,
                        type=message.type,
                        body=message.body,
                        cause=message.cause,
                        occurred_at=message.occurred_at,
                        is_replay=message.is_replay,
                        state="dead",
                        attempts=DELIVERY_LIMIT,
                        unfinished=0,
                        next_attempt_at=now,
                        error=f"the broker handed it out {DELIVERY_LIMIT} times without an end",
                        first_failed_at=now,
                    )
                ],
            )
        await delivery.channel.basic_ack(delivery.tag)


@dataclass(frozen=True, slots=True)
class RabbitBatch:
    """Deliveries of one channel, in order; acknowledged together after the commit."""

    deliveries: tuple[Delivery, ...]

    @property
    def messages(self) -> Sequence[Message]:
        return [d.message for d in self.deliveries if not d.redelivered]

    @property
    def suspects(self) -> Sequence[Message]:
        return [d.message for d in self.deliveries if d.redelivered]

    async def settle_in(self, uow: UnitOfWork) -> None:
        """Nothing to write: the broker remembers."""

    async def settled(self) -> None:
        last = self.deliveries[-1]
        try:
            await last.channel.basic_ack(last.tag, multiple=True, wait=False)
        except CONNECTION_EXCEPTIONS as error:
            # The effects are committed; what the broker now hands out again is recognised.
            log.info(
                "consumer.ack.lost", size=len(self.deliveries), error=str(error)[:200]
            )

    def halves(self) -> tuple["RabbitBatch", "RabbitBatch"]:
        middle = len(self.deliveries) // 2
        return RabbitBatch(self.deliveries[:middle]), RabbitBatch(
            self.deliveries[middle:]
        )


def _delivery(delivered: DeliveredMessage) -> Delivery:
    """Read what anybody may have published: what is missing or malformed shows when it is decoded, and never here."""
    properties = delivered.header.properties
    headers: Mapping[str, Any] = properties.headers or {}
    name = properties.message_type or str(delivered.routing_key)
    message = Message(
        id=_uuid(properties.message_id)
        or derived_id("message", name, sha256(delivered.body).hexdigest()),
        producer=properties.app_id or producer_of(name),
        type=name,
        body=delivered.body,
        cause=Cause(
            _uuid(properties.correlation_id) or new_id(),
            _uuid(_text(headers.get("causation-id"))),
            _text(headers.get("traceparent")),
        ),
        occurred_at=properties.timestamp or datetime.now(UTC),
        is_replay=bool(headers.get("replay")),
    )
    return Delivery(
        delivered.channel,
        int(delivered.delivery_tag or 0),
        bool(delivered.redelivered),
        message,
    )


def _text(value: Any) -> str | None:
    text = value.decode() if isinstance(value, bytes) else value
    return str(text) if text else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
