"""What the broker gave up on becomes a dead letter of the service's own."""

import asyncio

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from shared.core.backoff import Backoff, Failures
from shared.database import failed_messages
from shared.database.database import Database
from shared.messaging.rabbitmq.connection import Link, driver_channel
from shared.messaging.rabbitmq.source import LOOK_SECONDS, Delivery, delivery_of
from shared.messaging.retry_policy import kept
from shared.messaging.topology import DELIVERY_LIMIT, dead_queue

log = structlog.get_logger()

BURIALS_AT_ONCE = 10
DATABASE_AGAIN = Backoff(first=0.2, longest=5.0)
_GIVEN_UP = f"the broker handed it out {DELIVERY_LIMIT} times without an end"


class RabbitBurial:
    """Empties the broker's own dead-letter queue of a service into the table where a person finds
    it.

    On a channel of its own: the acknowledgements of the events' channel reach up to a number and
    would take these along.
    """

    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link
        link.add("burial", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Work until the channel is gone."""
        arrived: asyncio.Queue[Delivery] = asyncio.Queue()

        async def take(delivered: DeliveredMessage) -> None:
            arrived.put_nowait(delivery_of(delivered))

        async with connection.channel(publisher_confirms=False) as channel:
            await self._link.declare(connection)
            await channel.set_qos(prefetch_count=BURIALS_AT_ONCE)
            underlay = await driver_channel(channel)
            consumed = await underlay.basic_consume(dead_queue(self._database.service), take)
            self._link.working("burial")
            while not channel.is_closed and str(consumed.consumer_tag) in underlay.consumers:
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        delivery = await arrived.get()
                except TimeoutError:
                    continue
                await self._bury(delivery)

    async def _bury(self, delivery: Delivery) -> None:
        failures = Failures(DATABASE_AGAIN)
        while not await self._is_kept(delivery):
            # Held on to, not given back: a broker may drop what comes back too often.
            await failures.wait()
        await delivery.channel.basic_ack(delivery.tag)

    async def _is_kept(self, delivery: Delivery) -> bool:
        now = self._database.clock.now()
        dead = [
            kept(m, now=now, state="dead", attempts=DELIVERY_LIMIT, error=_GIVEN_UP)
            for m in delivery.messages
        ]
        try:
            async with self._database.transaction() as uow:
                await failed_messages.keep(uow.connection, dead)
        except Exception:
            log.exception("burial.delayed", service=self._database.service)
            return False
        return True
