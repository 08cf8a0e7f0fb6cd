"""Routes for which FastAPI's own machinery costs more than their work: answered before it, by a
plain function.

The same path stands in a router as well, which documents it; what is raised is answered by the
error wall like everything else.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Direct:
    """`handler(request)` answers `method` on paths that match `pattern` as a whole; named groups
    become path parameters.
    """

    method: str
    pattern: re.Pattern[str]
    handler: Callable[[Request], Awaitable[Response]]


class DirectRoutes:
    """ASGI middleware: the innermost one, just before FastAPI."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[Direct]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self.routes:
                if route.method == scope["method"] and (
                    match := route.pattern.fullmatch(scope["path"])
                ):
                    scope["path_params"] = match.groupdict()
                    response = await route.handler(Request(scope, receive))
                    await response(scope, receive, send)
                    return
        await self.app(scope, receive, send)
