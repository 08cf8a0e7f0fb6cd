"""A broker URL that answers nothing: a clear sentence in readiness, and all is well once a broker
comes.

Embedded there is no broker.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from uuid import uuid4

import pytest

from shared.core.backoff import Backoff
from shared.messaging.rabbitmq import connection
from tests.fixtures.bus_node import Node
from tests.fixtures.bus_town import Town, eventually
from tests.servers.proxy import TcpProxy
from tests.servers.waiting import free_port


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(connection, "AGAIN", Backoff(first=0.2, longest=0.3))


@asynccontextmanager
async def keeper_at(town: Town, url: str) -> AsyncIterator[Callable[[], list[str]]]:
    """keeper in this loop with that broker; yields what readiness says of the bus."""
    node = Node(replace(town.place, broker=url), services=["keeper"])
    await node.start(["keeper"])
    try:
        yield lambda: node.bus.problems("keeper")
    finally:
        await node.stop()


async def until_said(problems: Callable[[], list[str]], sentence: str) -> None:
    async def holds() -> bool:
        return sentence in problems()

    await eventually(holds, what=f"readiness says {sentence!r}")


@contextmanager
def listening(*, backlog: int = 100) -> Iterator[tuple[socket.socket, int]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)
        yield listener, listener.getsockname()[1]


async def test_an_address_nobody_has_been_asked_for_is_not_ready(rabbit_town: Town) -> None:
    node = Node(rabbit_town.place, services=["keeper"])
    await node.bus.open_source(node.databases["keeper"])
    node.bus.join(node.databases["keeper"], meter=node.consumers["keeper"].meter)

    assert node.bus.problems("keeper") == ["the broker has not been reached yet"]


async def test_a_closed_port_is_said_to_be_unreachable(rabbit_town: Town) -> None:
    port = free_port()

    async with keeper_at(rabbit_town, f"amqp://guest:secret@127.0.0.1:{port}/") as problems:

        async def is_said() -> bool:
            return any(
                s.startswith(f"the broker at 127.0.0.1:{port} cannot be reached: ")
                for s in problems()
            )

        await eventually(is_said, what="readiness says that it cannot be reached")
        assert not any("secret" in sentence for sentence in problems())


async def test_a_socket_that_never_speaks_is_said_not_to_answer(rabbit_town: Town) -> None:
    with listening() as (_, port):
        async with keeper_at(rabbit_town, f"amqp://guest:guest@127.0.0.1:{port}/") as problems:
            await until_said(problems, f"the broker at 127.0.0.1:{port} does not answer")


async def test_a_black_hole_is_said_not_to_answer(rabbit_town: Town) -> None:
    """A listener whose backlog is full takes no further connection and refuses none, as a firewall
    that drops packets does.
    """
    with listening(backlog=0) as (_, port):
        fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        async with keeper_at(rabbit_town, f"amqp://guest:guest@127.0.0.1:{port}/") as problems:
            await until_said(problems, f"the broker at 127.0.0.1:{port} does not answer")
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00" * 64,
        b"AMQP\x00\x00\x09\x01",
        b"220 mail.example.edu ESMTP\r\n",
    ],
)
async def test_somebody_who_speaks_something_else_is_no_broker(
    rabbit_town: Town, said: bytes
) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, keeper_at(rabbit_town, f"amqp://guest:guest@127.0.0.1:{port}/") as problems:

        async def is_said() -> bool:
            return any(s.startswith(f"the broker at 127.0.0.1:{port} ") for s in problems())

        await eventually(is_said, what="readiness says what is wrong with the broker")


async def test_a_wrong_password_is_said_to_be_refused_without_showing_it(rabbit_town: Town) -> None:
    host, port = rabbit_town.broker.split("@")[1].split("/")[0].split(":")
    vhost = rabbit_town.broker.rsplit("/", 1)[1]

    async with keeper_at(rabbit_town, f"amqp://nobody:hush-hush@{host}:{port}/{vhost}") as problems:
        await until_said(problems, f"the broker at {host}:{port} refuses this user and password")
        assert not any("hush-hush" in sentence for sentence in problems())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "amqp://127.0.0.1:notaport/", "nonsense"])
async def test_a_url_that_is_none_is_said_with_what_is_wrong_and_kills_no_task(
    rabbit_town: Town, url: str
) -> None:
    async with keeper_at(rabbit_town, url) as problems:

        async def is_said() -> bool:
            return any(
                s.startswith("the broker ") and s != "the broker has not been reached yet"
                for s in problems()
            )

        await eventually(is_said, what="readiness says what is wrong with the URL")


async def test_once_the_broker_comes_all_is_well_and_nothing_was_lost(rabbit_town: Town) -> None:
    town = rabbit_town
    async with TcpProxy(town.broker) as proxy:
        await proxy.cut()
        nodes = [
            Node(replace(town.place, broker=proxy.url), services=[service])
            for service in ("maker", "keeper", "watcher")
        ]
        town.nodes += nodes
        for node in nodes:
            await node.start(node.services)
        await town.count(uuid4(), times=5)

        async def is_said() -> bool:
            return all(
                any("cannot be reached" in s for s in node.bus.problems(node.services[0]))
                for node in nodes
            )

        await eventually(is_said, what="all say that the broker cannot be reached")
        await proxy.heal()

        await town.can_ask()
        await town.all_had_their_effect_once()


async def test_a_broker_that_falls_silent_is_noticed_by_its_heartbeat_and_found_again(
    rabbit_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 1)
    town = rabbit_town
    async with TcpProxy(town.broker) as proxy:
        nodes = [
            Node(replace(town.place, broker=proxy.url), services=[service])
            for service in ("maker", "keeper", "watcher")
        ]
        town.nodes += nodes
        for node in nodes:
            await node.start(node.services)
        await town.can_ask()
        await town.until_effects(*await town.count(uuid4()))

        proxy.hold()
        await town.count(uuid4(), times=5)

        async def is_noticed() -> bool:
            return all(node.bus.problems(node.services[0]) for node in nodes)

        await eventually(is_noticed, what="all say that the broker is lost")
        await proxy.heal()

        await town.can_ask()
        await town.all_had_their_effect_once()
