"""Commands over RabbitMQ: asked with direct reply-to on a channel of their own, answered by
whichever process is free.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from shared.contracts.commands.base import Command
from shared.core.cause import Cause
from shared.core.clock import Clock
from shared.core.error_text import error_text
from shared.core.errors import BusUnreachable, NoAnswer
from shared.messaging.commands import (
    DEADLINE,
    CommandAnswer,
    CommandRequest,
    CommandServer,
)
from shared.messaging.rabbitmq.codec import answer_from_json, answer_to_json, no_answer_to_json
from shared.messaging.rabbitmq.connection import Link, driver_channel
from shared.messaging.topology import COMMANDS_EXCHANGE, commands_queue, producer_of

log = structlog.get_logger()

_REPLY_TO = "amq.rabbitmq.reply-to"
_AT_ONCE = 16
"""Commands that one process works on at the same time."""


class RabbitCommandSender:
    """The asking side."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._channel: aiormq.Channel | None = None
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        link.add("commands.ask", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Listen for replies until the channel is gone; who waits for one then is told that it is
        unknown.
        """
        async with connection.channel(publisher_confirms=False) as channel:
            await self._link.declare(connection)
            underlay = await driver_channel(channel)
            await underlay.basic_consume(_REPLY_TO, self._replied, no_ack=True)
            self._channel = underlay
            self._link.working("commands.ask")
            try:
                await channel.closed()
            finally:
                self._channel = None
                for waiting in self._waiting.values():
                    if not waiting.done():
                        waiting.set_exception(
                            NoAnswer("the connection to the broker was lost before the answer came")
                        )
                        # Whose own publish failed in the same moment never looks at it; that is no
                        # mistake for the log.
                        waiting.exception()

    async def ask(self, command: Command, *, command_id: UUID, cause: Cause) -> CommandAnswer:
        """Ask and wait.

        Raises BusUnreachable at once where there is no broker, NoAnswer after the deadline.
        """
        channel = self._channel
        if channel is None:
            raise BusUnreachable(self._link.problem or "the broker cannot be reached")
        call = str(uuid4())
        reply = self._waiting[call] = asyncio.get_running_loop().create_future()
        deadline = self._clock.now() + DEADLINE
        milliseconds = str(int(DEADLINE.total_seconds() * 1000))
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                try:
                    await channel.basic_publish(
                        command.model_dump_json().encode(),
                        exchange=COMMANDS_EXCHANGE,
                        routing_key=producer_of(command.NAME),
                        properties=Basic.Properties(
                            content_type="application/json",
                            delivery_mode=1,
                            message_id=str(command_id),
                            message_type=command.NAME,
                            correlation_id=call,
                            reply_to=_REPLY_TO,
                            expiration=milliseconds,
                            app_id="portal",
                            headers={
                                "deadline": deadline.isoformat(),
                                "correlation-id": str(cause.correlation_id),
                                "traceparent": cause.traceparent or "",
                            },
                        ),
                        wait=False,
                    )
                except CONNECTION_EXCEPTIONS as error:
                    raise BusUnreachable(f"the broker was lost: {error_text(error)}") from error
                return answer_from_json(await reply)
        except TimeoutError as error:
            raise NoAnswer(
                f"no answer from {producer_of(command.NAME)} in {DEADLINE.total_seconds():.0f} s"
            ) from error
        finally:
            del self._waiting[call]

    async def _replied(self, delivered: DeliveredMessage) -> None:
        waiting = self._waiting.get(delivered.header.properties.correlation_id or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(delivered.body)


class RabbitCommandServer:
    """The answering side: takes commands from `<service>.commands`."""

    def __init__(self, server: CommandServer[Any], link: Link) -> None:
        self._server = server
        self._link = link
        link.add("commands.answer", self.run)

    async def run(self, connection: AbstractConnection) -> None:
        """Answer until the channel is gone; what is in hand is finished."""
        async with connection.channel(publisher_confirms=False) as channel:
            await self._link.declare(connection)
            await channel.set_qos(prefetch_count=_AT_ONCE)
            underlay = await driver_channel(channel)
            consumed = await underlay.basic_consume(
                commands_queue(self._server.database.service), self._take
            )
            self._link.working("commands.answer")
            while not channel.is_closed and consumed.consumer_tag in underlay.consumers:
                await asyncio.sleep(0.2)

    async def _take(self, delivered: DeliveredMessage) -> None:
        channel, tag = delivered.channel, int(delivered.delivery_tag or 0)
        properties = delivered.header.properties
        try:
            request = _request(delivered)
        except (KeyError, ValueError, TypeError) as error:
            log.error(
                "commands.unreadable",
                service=self._server.database.service,
                error=error_text(error),
            )
            await channel.basic_ack(tag)
            return
        try:
            body = answer_to_json(await self._server.answer(request))
        except NoAnswer as error:
            log.warning(
                "commands.unanswered", command=request.name, id=request.id, why=error_text(error)
            )
            body = no_answer_to_json(error)
        try:
            await channel.basic_publish(
                body,
                routing_key=properties.reply_to or "",
                properties=Basic.Properties(
                    content_type="application/json", correlation_id=properties.correlation_id
                ),
            )
        except CONNECTION_EXCEPTIONS as error:
            log.warning(
                "commands.reply.lost", command=request.name, id=request.id, error=error_text(error)
            )
            return
        await channel.basic_ack(tag)


def _request(delivered: DeliveredMessage) -> CommandRequest:
    properties = delivered.header.properties
    headers = {
        k: v.decode() if isinstance(v, bytes) else v for k, v in (properties.headers or {}).items()
    }
    deadline = datetime.fromisoformat(str(headers["deadline"]))
    return CommandRequest(
        id=UUID(properties.message_id),
        name=properties.message_type or "",
        body=delivered.body,
        deadline=deadline.astimezone(UTC),
        cause=Cause(
            UUID(str(headers["correlation-id"])),
            None,
            str(headers.get("traceparent") or "") or None,
        ),
    )
