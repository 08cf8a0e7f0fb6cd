"""Declares every exchange, queue and binding of `topology`; any process does all of it, so that first starts in any order lose nothing."""

from collections.abc import Mapping

from aio_pika.abc import AbstractChannel

from shared.messaging import topology as t

_QUORUM = {"x-queue-type": "quorum"}
_NEVER_DROPPED = {"x-delivery-limit": 2**31 - 1}
"""RabbitMQ 4 drops what it has handed out 20 times unless told otherwise; -1, its word for "no limit", means 0 to RabbitMQ 3."""


def bindings() -> dict[str, frozenset[str]]:
    """Return the names of the events that each service hears."""
    return {service: frozenset(event.NAME for event in events) for service, events in t.HEARS.items()}


async def declare_all(channel: AbstractChannel, hears: Mapping[str, frozenset[str]]) -> None:
    """Declare everything on `channel`. Raises ChannelPreconditionFailed where something exists with other arguments."""
    events = await channel.declare_exchange(t.EVENTS_EXCHANGE, "topic", durable=True)
    commands = await channel.declare_exchange(t.COMMANDS_EXCHANGE, "direct", durable=True)
    await channel.declare_exchange(t.LIVE_EXCHANGE, "fanout", durable=True)
    for service, names in hears.items():
        await channel.declare_queue(t.dead_queue(service), durable=True, arguments={**_QUORUM, **_NEVER_DROPPED})
        queue = await channel.declare_queue(
            t.events_queue(service),
            durable=True,
            arguments={
                **_QUORUM,
                "x-delivery-limit": t.DELIVERY_LIMIT,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": t.dead_queue(service),
            },
        )
        for name in sorted(names):
            await queue.bind(events, routing_key=name)
    for service in t.COMMAND_SERVICES:
        if service in hears:
            queue = await channel.declare_queue(
                t.commands_queue(service),
                durable=True,
                arguments={**_QUORUM, "x-delivery-limit": t.DELIVERY_LIMIT},
            )
            await queue.bind(commands, routing_key=service)
