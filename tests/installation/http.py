"""A light client: keep-alive connections and bytes, so that a load generator takes little of the
cores it shares with what it loads, and so that what is no proper HTTP can be sent as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, head and body of a response."""

    status: int
    head: bytes
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Its headers; the names are in small letters."""
        lines = (
            line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:] if line
        )
        return {name.lower(): value.strip() for name, _, value in lines}

    def json(self) -> Any:
        return orjson.loads(self.body)


Check = Callable[[bytes, Answer], None]
"""Looks at a request and its answer."""


class Connection:
    """One keep-alive connection to `http://host:port`; one request at a time.

    OSError or EOFError where it breaks.
    """

    def __init__(
        self, base_url: str, *, token: str | None = None, check: Check | None = None
    ) -> None:
        parts = urlsplit(base_url)
        self._check = check
        self.base_url = base_url
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        self.head = f"Host: {self._host}:{self._port}\r\n{authorization}"
        """The lines that each request begins with."""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection up; the next request opens another one."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def get(self, path: str) -> Answer:
        return await self.send(f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode())

    async def delete(self, path: str) -> Answer:
        return await self.send(f"DELETE {path} HTTP/1.1\r\n{self.head}\r\n".encode())

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Answer:
        return await self.post_bytes(
            path, orjson.dumps(body), f"Idempotency-Key: {key}\r\n" if key else ""
        )

    async def post_bytes(
        self,
        path: str,
        body: bytes,
        more_head: str = "",
        *,
        kind: str = "application/json",
        method: str = "POST",
    ) -> Answer:
        """Send `body` as it is; `more_head` are further lines of the head."""
        head = (
            f"{method} {path} HTTP/1.1\r\n{self.head}{more_head}Content-Type: "
            f"{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self.send(head.encode() + body)

    async def send(self, request: bytes) -> Answer:
        """Send a whole request as it is and read its answer; a connection that its other end has
        closed meanwhile is opened anew.
        """
        if (
            self._reader is None
            or self._writer is None
            or self._writer.is_closing()
            or self._reader.at_eof()
        ):
            self.close()
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        reader = self._reader
        self._writer.write(request)
        try:
            answer = await _read(reader, has_body=not request.startswith(b"HEAD "))
        except BaseException:
            # Also when the caller has lost patience: what comes later must not be taken for the
            # next answer.
            self.close()
            raise
        if b"connection: close" in answer.head.lower():
            self.close()
        if self._check is not None:
            self._check(request, answer)
        return answer


async def _read(reader: asyncio.StreamReader, *, has_body: bool) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = await reader.readexactly(length) if length and has_body else b""
    return Answer(int(head[9:12]), head, body)


async def sign_in(base_url: str, identity: str) -> str:
    """Return a token for `identity`."""
    async with Connection(base_url) as connection:
        answer = await connection.post("/api/session", {"identity": identity})
        assert answer.status == 200, (identity, answer.status, answer.body)
        token: str = answer.json()["token"]
        return token
