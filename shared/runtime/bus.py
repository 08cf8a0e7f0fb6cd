"""The interface of the runtime to the bus, and its two transports: embedded and RabbitMQ."""

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
"""The name of a background task, and the function that runs it."""


class Bus(Protocol):
    """A transport for events, commands and live changes."""

    def sender(self, service: str) -> CommandSender:
        """Return the sender of commands for `service`."""

    def announcer(self, service: str) -> Announcer:
        """Return the announcer by which processes of `service` notify each other of changes."""

    def join(self, database: Database, *, meter: Meter) -> None:
        """Connect the outbox of `database`, so that its events are published.

        The runtime calls this for all services of the process before it starts any of them.
        """

    def serve(self, server: CommandServer[Any]) -> None:
        """Deliver the commands for a service to `server`."""

    async def open_source(self, database: Database) -> Source:
        """Return the source of messages for a service. Its database must be up to date."""

    def tasks(self) -> Sequence[Task]:
        """Return the background tasks that the runtime must keep running."""

    def problems(self, service: str) -> list[str]:
        """Return the current problems of the bus for `service`, as sentences."""

    async def finish(self) -> None:
        """Publish the remaining events and close. The consumers must have stopped before."""


class EmbeddedTransport:
    """The transport for services that all run in this process."""

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
    """The transport over RabbitMQ. Each service has two connections: to publish and to consume."""

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
            self._senders[service] = RabbitCommandSender(
                self._link(self._out, service, "out"), self._clock
            )
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
        return [
            (f"bus.{name}.{way}", link.run)
            for way, links in (("out", self._out), ("in", self._in))
            for name, link in links.items()
        ]

    def problems(self, service: str) -> list[str]:
        found = [
            problem
            for links in (self._out, self._in)
            if service in links
            for problem in links[service].problems
        ]
        return list(dict.fromkeys(found))

    async def finish(self) -> None:
        await asyncio.gather(*(relay.drain() for relay in self._relays.values()))

    def _link(self, links: dict[str, Link], service: str, way: str) -> Link:
        if service not in links:
            links[service] = Link(self._url, name=f"sportello-{service}-{way}")
        return links[service]
