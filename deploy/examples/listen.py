"""Prints every ticket event as it happens: `listen.py amqp://user:password@host/ [binding]`.

Needs only `pip install aio-pika`.

Binds a queue of its own to the exchange, so nobody else misses anything.
shared/contracts/events/README.md lists names, times and fields.
"""

import asyncio
import json
import sys
from collections.abc import Iterator

import aio_pika


def events_in(message: aio_pika.abc.AbstractIncomingMessage) -> Iterator[dict[str, object]]:
    """One message is one event; under load it is a pack of one name, two lines each: facts, then
    the event.
    """
    lines = (
        message.body.splitlines()
        if message.content_type == "application/x-ndjson"
        else [b"{}", message.body]
    )
    for event in lines[1::2]:
        yield json.loads(event)


async def listen(url: str, binding: str) -> None:
    async with await aio_pika.connect_robust(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("sportello.events", binding)
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    for event in events_in(message):
                        ticket = event["ticket"]
                        print(
                            message.type,
                            ticket["number"],
                            ticket["state"],
                            ticket["queue"],
                            f"v{ticket['version']}",
                            flush=True,
                        )


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "tickets.ticket.#"))
