"""Headers that every answer has, whoever made it: pages, JSON, errors, redirects, files, streams."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; font-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
_FILES = "/static/"
"""The only answers that are the same for everybody; all others may be about a person and are kept by nobody."""


class AnswerHeaders:
    """ASGI middleware around all others: adds what the answer does not say itself. `https`: people reach us by https only."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self._always = ALWAYS | (OVER_HTTPS if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(_FILES):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
