"""What this machine can do at best, with nothing of ours in the way."""

import asyncio
from time import perf_counter
from uuid import uuid4

import aio_pika
import asyncpg

from tests.bench.figures import Figure

SECONDS = 4.0
MESSAGES = 20_000
WINDOW = 200
BODY = b"x" * 1000

COMMITS_1 = "single-row commits, 1 connection"
COMMITS_8 = "single-row commits, 8 connections"
PUBLISHES = "confirmed publishes, windows of 200"
CONSUMED = "consumed messages"


async def measure_ceilings(database_url: str, broker_url: str) -> list[Figure]:
    """Return commits/s at 1 and 8 connections, confirmed publishes/s and consumed messages/s with
    bare drivers.
    """
    group = "(a) ceilings of this machine"
    published, consumed = await _messages(broker_url)
    return [
        Figure(group, COMMITS_1, await _commits(database_url, 1), "/s"),
        Figure(group, COMMITS_8, await _commits(database_url, 8), "/s"),
        Figure(group, PUBLISHES, published, "/s"),
        Figure(group, CONSUMED, consumed, "/s"),
    ]


async def _commits(url: str, connections: int) -> float:
    first = await asyncpg.connect(url)
    await first.execute("create table if not exists ceiling (id uuid primary key, body text)")
    await first.close()
    end = perf_counter() + SECONDS

    async def insert() -> int:
        connection = await asyncpg.connect(url)
        done = 0
        while perf_counter() < end:
            await connection.execute(
                "insert into ceiling (id, body) values ($1, $2)", uuid4(), "x" * 100
            )
            done += 1
        await connection.close()
        return done

    return sum(await asyncio.gather(*(insert() for _ in range(connections)))) / SECONDS


async def _messages(url: str) -> tuple[float, float]:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        queue = await channel.declare_queue(
            "sportello.ceiling", durable=True, arguments={"x-queue-type": "quorum"}
        )
        begun = perf_counter()
        for _ in range(MESSAGES // WINDOW):
            await asyncio.gather(
                *(
                    channel.default_exchange.publish(
                        aio_pika.Message(BODY, delivery_mode=aio_pika.DeliveryMode.PERSISTENT),
                        routing_key=queue.name,
                        mandatory=True,
                    )
                    for _ in range(WINDOW)
                )
            )
        published = MESSAGES / (perf_counter() - begun)

        consuming = await connection.channel()
        await consuming.set_qos(prefetch_count=WINDOW)
        taken = 0
        finished = asyncio.Event()

        async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            nonlocal taken
            taken += 1
            if taken % 50 == 0 or taken == MESSAGES:
                await message.ack(multiple=True)
            if taken == MESSAGES:
                finished.set()

        begun = perf_counter()
        await (await consuming.get_queue(queue.name)).consume(take)
        await asyncio.wait_for(finished.wait(), timeout=60)
        consumed = MESSAGES / (perf_counter() - begun)
        await queue.delete(if_unused=False, if_empty=False)
    return published, consumed
