"""The two transports as the runtime sees them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from shared.core.clock import Clock
from shared.database.database import Database
from shared.messaging.commands import CommandSender, CommandServer
from shared.messaging.embedded import EmbeddedBus, EmbeddedSource
from shared.messaging.live import Announcer, LocalAnnouncer
from shared.messaging.message import Source
from shared.messaging.rabbitmq.commands import RabbitCommandSender, RabbitCommandServer
from shared.messaging.rabbitmq.connection import Link
from shared.messaging.rabbitmq.dead_letter_drain import RabbitBurial
from shared.messaging.rabbitmq.live import RabbitAnnouncer
from shared.messaging.rabbitmq.relay import Relay
from shared.messaging.rabbitmq.source import RabbitSource
from shared.observability.metrics import Meter

Task = tuple[str, Callable[[], Coroutine[Any, Any, None]]]
"""A name and what is to be kept running."""


class Bus(Protocol):
    """A transport, before and while it runs."""

    def sender(self, service: str) -> CommandSender:
        """Return how `service` asks others."""

    def announcer(self, service: str) -> Announcer:
        """Return how processes of `service` tell each other what changed."""

    def join(self, database: Database, *, meter: Meter) -> None:
        """Let the service of `database` be heard. Called for all services of the process before any is started."""

    def serve(self, server: CommandServer[Any]) -> None:
        """Have `server` answer its service's commands."""

    async def open_source(self, database: Database) -> Source:
        """Return the inflow of a service whose database is up to date."""

    def tasks(self) -> Sequence[Task]:
        """Return what must be kept running."""

    def problems(self, service: str) -> list[str]:
        """Return what is wrong with the bus for `service` now, as sentences."""

    async def finish(self) -> None:
        """Called after the consumers have stopped: let out what is left, and close."""


class EmbeddedTransport:
    """All services in this process."""

    def __init__(self) -> None:
        self._bus = EmbeddedBus()
        self._announcer = LocalAnnouncer()
        self._sources: list[EmbeddedSource] = []

    def sender(self, service: str) -> CommandSender:
        return self._bus

    def announcer(self, service: str) -> Announcer:
        return self._announcer

    def join(self, database: Database, *, meter: Meter) -> None:
        self._bus.join(database)

    def serve(self, server: CommandServer[Any]) -> None:
        self._bus.serve(server)

    async def open_source(self, database: Database) -> Source:
        source = await self._bus.source(database)
        self._sources.append(source)
        return source

    def tasks(self) -> Sequence[Task]:
        return (("bus.clean", self._clean),)

    def problems(self, service: str) -> list[str]:
        return []

    async def finish(self) -> None:
        for source in self._sources:
            await source.close()
        await self._bus.clean()

    async def _clean(self) -> None:
        while True:
            await asyncio.sleep(2)
            await self._bus.clean()


class RabbitTransport:
    """RabbitMQ: for each service one connection that publishes and one that consumes."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._out: dict[str, Link] = {}
        self._in: dict[str, Link] = {}
        self._relays: dict[str, Relay] = {}
        self._announcers: dict[str, Announcer] = {}
        self._senders: dict[str, CommandSender] = {}

    def sender(self, service: str) -> CommandSender:
        if service not in self._senders:
            self._senders[service] = RabbitCommandSender(self._link(self._out, service, "out"), self._clock)
        return self._senders[service]

    def announcer(self, service: str) -> Announcer:
        if service not in self._announcers:
            self._announcers[service] = RabbitAnnouncer(self._link(self._in, service, "in"))
        return self._announcers[service]

    def join(self, database: Database, *, meter: Meter) -> None:
        link = self._link(self._out, database.service, "out")
        self._relays[database.service] = Relay(database, link, meter=meter)

    def serve(self, server: CommandServer[Any]) -> None:
        RabbitCommandServer(server, self._link(self._in, server.database.service, "in"))

    async def open_source(self, database: Database) -> Source:
        link = self._link(self._in, database.service, "in")
        RabbitBurial(database, link)
        return RabbitSource(database, link)

    def tasks(self) -> Sequence[Task]:
        return [(f"bus.{name}.{way}", link.run) for way, links in (("out", self._out), ("in", self._in)) for name, link in links.items()]

    def problems(self, service: str) -> list[str]:
        found = [problem for links in (self._out, self._in) if service in links for problem in links[service].problems]
        return list(dict.fromkeys(found))

    async def finish(self) -> None:
        await asyncio.gather(*(relay.drain() for relay in self._relays.values()))

    def _link(self, links: dict[str, Link], service: str, way: str) -> Link:
        if service not in links:
            links[service] = Link(self._url, name=f"sportello-{service}-{way}")
        return links[service]
