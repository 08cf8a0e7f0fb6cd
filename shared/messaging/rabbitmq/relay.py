"""The relay: publishes what is in the outbox and deletes what the broker has confirmed.

Many relays share an outbox by partitions (an advisory lock each), so the order of every aggregate holds. A row leaves only when it is
confirmed; one that no queue takes is parked and shown among the dead letters; an unreachable broker never counts against a row.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic
from pamqp.common import FieldTable

from shared.database.database import Database
from shared.database.outbox import (
    Outgoing,
    delete_published,
    lock_partitions,
    park,
    read_window,
)
from shared.database.transient import is_transient
from shared.messaging.rabbitmq.declare import declare_all
from shared.messaging.rabbitmq.link import Link
from shared.messaging.topology import EVENTS_EXCHANGE, events_queue, producer_of
from shared.observability.metrics import Meter

log = structlog.get_logger()

WINDOW = 500
POLL_SECONDS = 0.25
CONFIRM_SECONDS = 5
RETURNS_BEFORE_PARKING = 3


class Relay:
    """One process's relay of one service's outbox."""

    def __init__(
        self,
        database: Database,
        link: Link,
        *,
        hears: Mapping[str, frozenset[str]],
        meter: Meter,
    ) -> None:
        self._database = database
        self._link = link
        self._hears = hears
        self._meter = meter
        self._wake = asyncio.Event()
        self._returned: dict[int, int] = {}
        self._channel: aiormq.Channel | None = None
        database.on_outbox(self._wake.set)
        link.add("relay", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Publish until the channel is gone."""
        async with connection.channel(
            publisher_confirms=True, on_return_raises=True
        ) as channel:
            await declare_all(channel, self._hears)
            self._link.working("relay")
            underlay = cast("aiormq.Channel", await channel.get_underlay_channel())
            self._channel = underlay
            while not channel.is_closed:
                self._wake.clear()
                try:
                    if await self.round(underlay):
                        continue
                except Exception as error:
                    if not is_transient(error) or channel.is_closed:
                        raise
                    log.warning(
                        "relay.database.unavailable",
                        service=self._database.service,
                        error=str(error)[:200],
                    )
                    await asyncio.sleep(1)
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass

    async def drain(self) -> None:
        """Before a stop: publish what is left, if the broker is there."""
        if self._channel is not None and not self._channel.is_closed:
            while await self.round(self._channel):
                pass

    async def round(self, channel: aiormq.Channel) -> bool:
        """Publish one window; return whether it held anything."""
        async with self._database.transaction() as uow:
            partitions = await lock_partitions(uow.connection)
            if not partitions:
                return False
            rows = await read_window(uow.connection, partitions, limit=WINDOW)
            outcomes = await self._publish(channel, rows)
            confirmed = [
                row.seq
                for row, error in zip(rows, outcomes, strict=True)
                if error is None
            ]
            await delete_published(uow.connection, confirmed)
            hopeless = self._hopeless(rows, outcomes)
            if hopeless:
                await park(
                    uow.connection, hopeless, error="no queue takes it", now=uow.now
                )
        self._meter.events_published(len(confirmed))
        if len(confirmed) < len(rows):
            log.warning(
                "relay.returned",
                service=self._database.service,
                count=len(rows) - len(confirmed),
                parked=len(hopeless),
            )
            if not hopeless:
                await asyncio.sleep(POLL_SECONDS)
        return bool(rows)

    async def _publish(
        self, channel: aiormq.Channel, rows: Sequence[Outgoing]
    ) -> list[BaseException | None]:
        async with asyncio.timeout(CONFIRM_SECONDS):
            results = await asyncio.gather(
                *(self._send(channel, row) for row in rows), return_exceptions=True
            )
        outcomes: list[BaseException | None] = []
        for result in results:
            # Returned or refused is about this message; anything else is about the channel, and all of it is done again.
            if isinstance(result, BaseException) and not isinstance(
                result, PublishError | DeliveryError
            ):
                raise result
            outcomes.append(result if isinstance(result, BaseException) else None)
        return outcomes

    async def _send(self, channel: aiormq.Channel, row: Outgoing) -> None:
        headers: FieldTable = {
            "causation-id": str(row.cause.causation_id or ""),
            "traceparent": row.cause.traceparent or "",
        }
        if row.target:
            headers["replay"] = "yes"
        await channel.basic_publish(
            row.body.encode(),
            exchange="" if row.target else EVENTS_EXCHANGE,
            routing_key=events_queue(row.target) if row.target else row.type,
            properties=Basic.Properties(
                content_type="application/json",
                delivery_mode=2,
                message_id=str(row.id),
                message_type=row.type,
                correlation_id=str(row.cause.correlation_id),
                timestamp=row.occurred_at,
                app_id=producer_of(row.type),
                headers=headers,
            ),
            mandatory=True,
            wait=False,
        )

    def _hopeless(
        self, rows: Sequence[Outgoing], outcomes: Sequence[BaseException | None]
    ) -> list[int]:
        """Count how often a row came back; return those that have come back too often."""
        hopeless = []
        for row, error in zip(rows, outcomes, strict=True):
            if isinstance(error, PublishError):
                self._returned[row.seq] = self._returned.get(row.seq, 0) + 1
                if self._returned[row.seq] >= RETURNS_BEFORE_PARKING:
                    hopeless.append(row.seq)
            else:
                self._returned.pop(row.seq, None)
        for seq in hopeless:
            del self._returned[seq]
        return hopeless
