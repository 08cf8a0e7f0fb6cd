"""Headers that every answer has, whoever made it: pages, JSON, errors, redirects, files,
streams.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; font-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    # Only files are the same for everybody, and say so themselves; all other answers may be about a
    # person and are kept by nobody.
    "Cache-Control": "no-store",
}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


class AnswerHeaders:
    """ASGI middleware around all others: adds what the answer does not say itself.

    `https`: people reach us by https only.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self._added = _encoded(ALWAYS | (OVER_HTTPS if https else {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                said = {name for name, _ in given}
                message["headers"] = [
                    *given,
                    *(header for header in self._added if header[0] not in said),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
