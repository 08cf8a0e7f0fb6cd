"""The web server that the services of a process share."""

import asyncio
import resource
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import cast

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.connection import BoundedProtocol
from shared.runtime.crowd import Bounds, Crowd

log = structlog.get_logger()

FILES_OF_OUR_OWN = 200
"""Open files and connections that a process needs in addition to those of clients."""


class ByPath:
    """Routes a request to the application with the longest matching prefix, else to `default`."""

    def __init__(self, owners: Mapping[str, ASGIApp], default: ASGIApp) -> None:
        self._owners = sorted(owners.items(), key=lambda item: -len(item[0]))
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefix, app in self._owners:
            if path == prefix or path.startswith(prefix + "/"):
                await app(scope, receive, send)
                return
        await self._default(scope, receive, send)


class WebServer(uvicorn.Server):
    """uvicorn without its signal handling, because the runtime decides when to stop.

    `trusted_proxies` (addresses and networks separated by commas, or `*`) may name the client in
    `X-Forwarded-For`. `bounds` limits the clients; the limit of the operating system on open files
    lowers the number of connections further.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        sockets: Sequence[socket.socket],
        trusted_proxies: str = "",
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        if "*" in trusted_proxies:
            log.warning(
                "runtime.trusted_proxies.everybody",
                expected="the addresses or networks of the proxies",
            )
        crowd = Crowd(
            replace(bounds, connections=min(bounds.connections, most_connections())),
            trusted=trusted_proxies,
        )
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=cast("type[BoundedProtocol]", partial(BoundedProtocol, crowd)),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=3,
                backlog=2048,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies or None,
            )
        )
        self._listening = list(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until_told(self) -> None:
        """Serve until `should_exit` is set. Open requests then have 3 seconds to finish."""
        await self.serve(sockets=self._listening)


def most_connections() -> int:
    """Return the number of client connections that the limit on open files allows."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        sys.maxsize
        if allowed == resource.RLIM_INFINITY
        else max(allowed - FILES_OF_OUR_OWN, FILES_OF_OUR_OWN)
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.set_inheritable(False)
    return listening


async def wait_started(server: WebServer) -> None:
    """Return when `server` accepts connections."""
    while not server.started:
        await asyncio.sleep(0.01)
