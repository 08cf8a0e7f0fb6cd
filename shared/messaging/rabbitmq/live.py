"""Announcements of changed tickets to every portal process: a fanout, and an exclusive queue for
each process.
"""

import asyncio
from collections.abc import Iterable

import aiormq
import orjson
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import DeliveredMessage

from shared.core.error_text import error_text
from shared.messaging.live import Listener, LocalAnnouncer
from shared.messaging.rabbitmq.connection import Link, driver_channel
from shared.messaging.topology import LIVE_EXCHANGE

log = structlog.get_logger()

GATHER_SECONDS = 0.02
"""Keys that change within this time leave in one message."""


class RabbitAnnouncer:
    """Tells the other processes; this one is told at once."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._local = LocalAnnouncer()
        self._queue_name: str | None = None
        self._pending: set[str] = set()
        self._wake = asyncio.Event()
        link.add("live", self.run)

    def announce(self, keys: Iterable[str]) -> None:
        changed = frozenset(keys)
        self._local.announce(changed)
        self._pending |= changed
        self._wake.set()

    def listen(self, listener: Listener) -> None:
        self._local.listen(listener)

    async def run(self, connection: AbstractConnection) -> None:
        """Send and receive until the channel is gone."""
        async with connection.channel(publisher_confirms=False) as channel:
            await self._link.declare(connection)
            exchange = await channel.get_exchange(LIVE_EXCHANGE)
            queue = await channel.declare_queue(
                exclusive=True, auto_delete=True, arguments={"x-max-length": 1000}
            )
            await queue.bind(exchange)
            underlay = await driver_channel(channel)
            await underlay.basic_consume(queue.name, self._heard, no_ack=True)
            self._queue_name = queue.name
            self._link.working("live")
            while not channel.is_closed:
                try:
                    async with asyncio.timeout(1):
                        await self._wake.wait()
                except TimeoutError:
                    continue
                await asyncio.sleep(GATHER_SECONDS)
                await self._send(underlay)

    async def _send(self, underlay: aiormq.Channel) -> None:
        self._wake.clear()
        keys, self._pending = self._pending, set()
        body = orjson.dumps({"from": self._queue_name, "keys": sorted(keys)[:2000]})
        try:
            await underlay.basic_publish(body, exchange=LIVE_EXCHANGE, wait=False)
        except CONNECTION_EXCEPTIONS as error:
            log.info("live.announcement.lost", count=len(keys), error=error_text(error))
            raise

    async def _heard(self, delivered: DeliveredMessage) -> None:
        data = orjson.loads(delivered.body)
        if data["from"] != self._queue_name:
            self._local.announce(data["keys"])
