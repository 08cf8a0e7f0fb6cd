"""RabbitMQ as the tests use it, and the ways in which they break it."""

from __future__ import annotations

import asyncio

import aiormq
import pytest
from aiormq.abc import AbstractConnection
from pamqp.common import Arguments

from tests.servers.server import RabbitServer
from tests.servers.vhosts import BATCH, VhostPool

QUORUM: Arguments = {"x-queue-type": "quorum"}


async def connect(url: str, *, timeout: float = 20) -> AbstractConnection:
    return await asyncio.wait_for(aiormq.connect(url), timeout)


async def put(url: str, queue: str, body: bytes) -> None:
    connection = await connect(url)
    channel = await connection.channel(publisher_confirms=True)
    await channel.queue_declare(queue, durable=True, arguments=QUORUM)
    await channel.basic_publish(
        body, routing_key=queue, properties=aiormq.spec.Basic.Properties(delivery_mode=2)
    )
    await connection.close()


async def get(url: str, queue: str) -> bytes | None:
    connection = await connect(url)
    channel = await connection.channel()
    found = await channel.basic_get(queue, no_ack=True)
    await connection.close()
    return None if isinstance(found.delivery, aiormq.spec.Basic.GetEmpty) else found.body


async def test_a_message_comes_out_of_the_vhost_it_went_into(rabbit_vhost: str) -> None:
    await put(rabbit_vhost, "tickets.events", b"one")

    assert await get(rabbit_vhost, "tickets.events") == b"one"
    assert await get(rabbit_vhost, "tickets.events") is None


async def test_a_vhost_that_was_given_back_is_never_handed_out_again(
    rabbit_server: RabbitServer, rabbit_vhosts: VhostPool
) -> None:
    taken = []
    for _ in range(BATCH + 2):
        taken.append(rabbit_vhosts.take())
        rabbit_vhosts.give_back(taken[-1])

    assert len(set(taken)) == BATCH + 2
    connection = await connect(rabbit_server.vhost_url(taken[-1]))
    await connection.close()


async def test_a_confirmed_message_survives_sigkill_right_after_its_queue_was_declared(
    breakable_rabbit: RabbitServer, rabbit_vhost: str
) -> None:
    await put(rabbit_vhost, "tickets.events", b"kept")

    await asyncio.to_thread(breakable_rabbit.kill)
    # Refused, or, where its last socket is still being taken down, reset.
    with pytest.raises(OSError, match=r"Connect call failed|reset"):
        await connect(rabbit_vhost)
    await asyncio.to_thread(breakable_rabbit.start)

    assert await get(rabbit_vhost, "tickets.events") == b"kept"


async def test_a_paused_broker_answers_nobody_until_it_resumes(
    breakable_rabbit: RabbitServer, rabbit_vhost: str
) -> None:
    breakable_rabbit.pause()
    with pytest.raises(TimeoutError):
        await connect(rabbit_vhost, timeout=0.5)

    breakable_rabbit.resume()

    await put(rabbit_vhost, "tickets.events", b"after")
    assert await get(rabbit_vhost, "tickets.events") == b"after"


async def test_a_restart_keeps_address_and_messages(
    breakable_rabbit: RabbitServer, rabbit_vhost: str
) -> None:
    await put(rabbit_vhost, "tickets.events", b"kept")
    before = breakable_rabbit.url

    await asyncio.to_thread(breakable_rabbit.restart)

    assert breakable_rabbit.url == before
    assert await get(rabbit_vhost, "tickets.events") == b"kept"
