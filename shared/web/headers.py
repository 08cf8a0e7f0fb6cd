"""Headers that every answer has, whoever made it: pages, JSON, errors, redirects, files, streams."""

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
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}
_FILES = "/static/"
"""The only answers that are the same for everybody; all others may be about a person and are kept by nobody."""


class AnswerHeaders:
    """ASGI middleware around all others: adds what the answer does not say itself. `https`: people reach us by https only."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        always = ALWAYS | (OVER_HTTPS if https else {})
        self._of_files = _encoded(always)
        self._of_others = _encoded(always | _KEPT_BY_NOBODY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        added = self._of_files if scope["path"].startswith(_FILES) else self._of_others

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                said = {name for name, _ in given}
                message["headers"] = [*given, *(header for header in added if header[0] not in said)]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
