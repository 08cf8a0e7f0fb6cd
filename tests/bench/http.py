"""A client for load: keep-alive connections and bytes, so that the generator takes little of the two cores it shares."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a response."""

    status: int
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Connection:
    """One keep-alive connection to `http://host:port`; one request at a time."""

    def __init__(self, base_url: str, *, token: str | None = None) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        self._head = f"Host: {self._host}:{self._port}\r\n{authorization}"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def get(self, path: str) -> Answer:
        return await self._exchange(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Answer:
        data = orjson.dumps(body)
        idempotency = f"Idempotency-Key: {key}\r\n" if key else ""
        head = f"POST {path} HTTP/1.1\r\n{self._head}{idempotency}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        return await self._exchange(head.encode() + data)

    async def _exchange(self, request: bytes) -> Answer:
        if self._reader is None or self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = await self._reader.readexactly(length) if length else b""
        if b"connection: close" in head.lower():
            self._writer.close()
        return Answer(status, body)


async def sign_in(base_url: str, identity: str) -> str:
    """Return a token for `identity`."""
    async with Connection(base_url) as connection:
        answer = await connection.post("/api/session", {"identity": identity})
        token: str = answer.json()["token"]
        return token
