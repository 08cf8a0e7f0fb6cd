"""Declares every exchange, queue and binding of `topology`; any process does all of it, so that
first starts in any order lose nothing.

A deleted queue is declared again, but not at once. The broker tells the consumers of a deleted
queue one after another. If a queue of the same name exists before a consumer was told, the broker
moves that consumer to the new queue and keeps the message numbers of the old one. It then drops
what the new queue delivers to that consumer. So a process that has already declared everything once
first looks which queues are missing, and waits before it declares those.
"""

import asyncio
from collections.abc import Iterable, Mapping

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from pamqp.common import FieldTable

from shared.messaging import topology as t

UNTIL_CONSUMERS_ARE_TOLD = 1.0
"""Seconds from finding that a queue is missing until it is declared again."""

_QUORUM = {"x-queue-type": "quorum"}
_NEVER_DROPPED = {"x-delivery-limit": 2**31 - 1}
"""RabbitMQ 4 drops what it has handed out 20 times unless told otherwise; -1, its word for "no
limit", means 0 to RabbitMQ 3.
"""


async def declare_all(connection: AbstractConnection, *, is_first: bool) -> None:
    """Declare the exchanges, the queues that are missing, and all bindings.

    `is_first`: this process has not declared anything yet. Every queue is then declared at once,
    with its arguments. Raises ChannelPreconditionFailed if a queue exists with other arguments,
    ChannelNotFoundEntity if a queue is deleted meanwhile.
    """
    queues = _queues()
    missing = queues.keys() if is_first else await _missing(connection, queues)
    if missing and not is_first:
        await asyncio.sleep(UNTIL_CONSUMERS_ARE_TOLD)
    async with connection.channel(publisher_confirms=False) as channel:
        events = await channel.declare_exchange(t.EVENTS_EXCHANGE, "topic", durable=True)
        commands = await channel.declare_exchange(t.COMMANDS_EXCHANGE, "direct", durable=True)
        await channel.declare_exchange(t.LIVE_EXCHANGE, "fanout", durable=True)
        for name in missing:
            await channel.declare_queue(name, durable=True, arguments=queues[name])
        # No queue is bound before all exist: an event that one queue has taken is not published
        # again for the others.
        for service, heard in t.HEARS.items():
            queue = await channel.get_queue(t.events_queue(service), ensure=False)
            for name in sorted(event.NAME for event in heard):
                await queue.bind(events, routing_key=name)
        for service in _answering():
            queue = await channel.get_queue(t.commands_queue(service), ensure=False)
            await queue.bind(commands, routing_key=service)


def _queues() -> Mapping[str, FieldTable]:
    """Return the arguments of each queue by its name."""
    limited: FieldTable = {**_QUORUM, "x-delivery-limit": t.DELIVERY_LIMIT}
    queues: dict[str, FieldTable] = {}
    for service in t.HEARS:
        queues[t.dead_queue(service)] = {**_QUORUM, **_NEVER_DROPPED}
        buried = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": t.dead_queue(service)}
        queues[t.events_queue(service)] = {**limited, **buried}
    for service in _answering():
        queues[t.commands_queue(service)] = limited
    return queues


def _answering() -> Iterable[str]:
    return [service for service in t.COMMAND_SERVICES if service in t.HEARS]


async def _missing(connection: AbstractConnection, queues: Iterable[str]) -> list[str]:
    """Return which of `queues` do not exist. The broker closes the channel for each missing one."""
    missing: list[str] = []
    left = list(queues)
    while left:
        try:
            async with connection.channel(publisher_confirms=False) as channel:
                while left:
                    await channel.declare_queue(left[-1], passive=True)
                    left.pop()
        except ChannelNotFoundEntity:
            missing.append(left.pop())
    return missing
