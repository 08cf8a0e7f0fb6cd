"""Answers are compressed for those who take that, except where it never pays."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# What is compressed beside text of others could be guessed from its length (BREACH). No page of
# ours has anything in it that opens something: the session is in a cookie that scripts cannot read,
# there are no tokens in forms, and the token of a guest's page is its address, which has to be
# known before the page can be asked for. Streams of events are never compressed.
_TOO_SMALL = 1000
_LEVEL = 5


class Compression(GZipMiddleware):
    """ASGI middleware: compresses pages, files and what the API is asked for.

    What the API answers to a change is a line or two.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=_TOO_SMALL, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] != "GET"
            and scope["path"].startswith("/api/")
        ):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
