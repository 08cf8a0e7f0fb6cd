"""A connection to the broker that is kept alive, and the roles that run on it."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
)

from shared.core.backoff import Backoff, Failures
from shared.core.error_text import error_text
from shared.messaging.rabbitmq.declare import declare_all
from shared.messaging.rabbitmq.pamqp_patch import read_properties_leniently
from shared.messaging.shielding import is_told_to_end

log = structlog.get_logger()

Role = Callable[[AbstractConnection], Awaitable[None]]
"""What is done on a connection: opens its own channel, works until that is gone, raises why."""

CONNECT_SECONDS = 2
HEARTBEAT_SECONDS = 10
AGAIN = Backoff(first=0.2, longest=1.0, jitter=(0.5, 1.0))
"""A refused connection costs nearly nothing, and each second here is one more that messages wait
after the broker is back.
"""
MENDING_PAUSE = 5.0
LONG_WORK_SECONDS = 5.0
"""After a role has worked this long, its next trouble is a new one."""


class Link:
    """One connection, opened again with jitter whenever it is lost.

    `problem` is None or a plain sentence for readiness.
    """

    def __init__(self, url: str, *, name: str) -> None:
        self.problem: str | None = "the broker has not been reached yet"
        self._url = url
        self._name = name
        self._roles: list[tuple[str, Role]] = []
        self._role_problems: dict[str, str] = {}
        self._declaring = asyncio.Lock()
        self._is_declared = False
        self._was_declared = False

    @property
    def problems(self) -> list[str]:
        """All that is wrong with this link now, as sentences."""
        return [self.problem] if self.problem else list(self._role_problems.values())

    def add(self, name: str, role: Role) -> None:
        """Run `role` whenever the connection is up."""
        self._roles.append((name, role))
        self._role_problems[name] = f"{name} has not begun"

    async def declare(self, connection: AbstractConnection) -> None:
        """Declare everything, once for all roles: again after a new connection, and after any role
        has lost its work.

        A broker that has just started takes seconds over each queue. Raises as `declare_all` does.
        """
        async with self._declaring:
            if not self._is_declared:
                await declare_all(connection, is_first=not self._was_declared)
                self._is_declared = self._was_declared = True

    async def declare_again(self, connection: AbstractConnection) -> None:
        """Declare everything although it was declared before: something seems to be missing.

        Raises as `declare_all` does.
        """
        self._is_declared = False
        await self.declare(connection)

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        read_properties_leniently()
        failures = Failures(AGAIN)
        while not is_told_to_end():
            try:
                connection = await aio_pika.connect(
                    self._url,
                    timeout=CONNECT_SECONDS,
                    heartbeat=HEARTBEAT_SECONDS,
                    client_properties={"connection_name": self._name},
                )
            except (*CONNECTION_EXCEPTIONS, TimeoutError, ValueError) as error:
                self.problem = self._explain(error)
                log.warning("bus.connection.failed", link=self._name, problem=self.problem)
                await failures.wait()
                continue
            failures.forget()
            self.problem = None
            log.info("bus.connected", link=self._name)
            try:
                await self._hold(connection)
            finally:
                self.problem = "the connection to the broker was lost"
                await _close(connection)
            log.warning("bus.connection.lost", link=self._name)
        raise asyncio.CancelledError

    async def _hold(self, connection: AbstractConnection) -> None:
        # `connection.closed()` would only tell of our own closing, never of a connection that was
        # lost.
        over = asyncio.Event()
        connection.close_callbacks.add(lambda *_: over.set())
        if not connection.connected.is_set():
            return
        self._role_problems |= {name: f"{name} has not begun" for name, _ in self._roles}
        self._is_declared = False
        roles = [
            asyncio.create_task(
                self._keep(name, role, connection, over), name=f"{self._name}.{name}"
            )
            for name, role in self._roles
        ]
        try:
            await over.wait()
        finally:
            over.set()
            for task in roles:
                task.cancel()
            await asyncio.gather(*roles, return_exceptions=True)

    async def _keep(
        self, name: str, role: Role, connection: AbstractConnection, over: asyncio.Event
    ) -> None:
        """Run `role` again whenever its channel dies while the connection lives; no role takes
        another one down.
        """
        failures = Failures(AGAIN)
        # Not for ever until cancelled: the driver sometimes turns a cancellation into an error of
        # its own.
        while not over.is_set():
            begun = monotonic()
            try:
                try:
                    await role(connection)
                    self._role_problems[name] = f"{name} begins again"
                finally:
                    # Its queue may be gone.
                    self._is_declared = False
            except ChannelPreconditionFailed as error:
                # Somebody declared it otherwise; that is for a person to mend, so there is no hurry
                # to ask again.
                self._role_problems[name] = (
                    f"the broker has something declared with other arguments than expected: {error}"
                )
                log.error(
                    "bus.declaration.refused", link=self._name, role=name, error=error_text(error)
                )
                await asyncio.sleep(MENDING_PAUSE)
                continue
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                self._role_problems[name] = f"{name}: {error_text(error)}"
                log.warning("bus.role.again", link=self._name, role=name, error=error_text(error))
            except Exception as error:
                # The outermost loop of a role: whatever it is, the others go on.
                self._role_problems[name] = f"{name} failed: {type(error).__name__}"
                log.exception("bus.role.failed", link=self._name, role=name)
            if over.is_set():
                return
            if monotonic() - begun > LONG_WORK_SECONDS:
                failures.forget()
            await failures.wait()

    def working(self, name: str) -> None:
        """A role says that it is at work: its last problem is over."""
        self._role_problems.pop(name, None)

    def _explain(self, error: BaseException) -> str:
        if isinstance(error, ValueError):
            # Not what is wrong with it: that would quote the password.
            return "the broker URL cannot be read; expected amqp://user:password@host:port/"
        parts = urlsplit(self._url)
        where = f"{parts.hostname or '?'}:{parts.port or 5672}"
        if isinstance(error, ProbableAuthenticationError):
            return f"the broker at {where} refuses this user and password"
        if isinstance(error, TimeoutError):
            return f"the broker at {where} does not answer"
        return f"the broker at {where} cannot be reached: {error_text(error)}"


async def driver_channel(channel: AbstractChannel) -> aiormq.Channel:
    """Return the driver's own channel under `channel`: it publishes and consumes without the layer
    above it.
    """
    return cast("aiormq.Channel", await channel.get_underlay_channel())


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(2):
            await connection.close()
    except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
        log.info("bus.close.failed", error=error_text(error))
