"""One web face for the services of a process."""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.connection import BoundedProtocol


class ByPath:
    """Hands a request to the application that owns its path: the longest prefix in `owners` wins, else `default`."""

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
    """uvicorn without its own signal handling: the runtime decides when to stop.

    `trusted_proxies` (addresses separated by commas, or `*`) may say who the client is (`X-Forwarded-For`).
    """

    def __init__(self, app: ASGIApp, *, sockets: Sequence[socket.socket], trusted_proxies: str = "") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=BoundedProtocol,
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
        """Serve until `should_exit` is set; open requests get 3 s."""
        await self.serve(sockets=self._listening)


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
