"""HEAD: what GET would answer, without its body (RFC 9110 section 9.3.2)."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WAS_HEAD = "sportello.was_head"


class AnswerHead:
    """ASGI middleware: the outermost one. Also a stream that would not end is answered at once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app({**scope, "method": "GET", _WAS_HEAD: True}, receive, send_head)


def is_only_looking(connection: HTTPConnection) -> bool:
    """Return whether nobody reads the answer: a HEAD, or a page that a program fetches in
    advance.
    """
    purposes = (
        connection.headers.get(name, "").lower()
        for name in ("purpose", "sec-purpose", "x-moz", "x-purpose")
    )
    return bool(connection.scope.get(_WAS_HEAD)) or any(
        "prefetch" in each or "preview" in each or "prerender" in each for each in purposes
    )
