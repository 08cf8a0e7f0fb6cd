"""A client that reaches a service directly can neither say too much nor keep it waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from shared.runtime import connection
from shared.runtime.web import WebServer, listen, wait_started

PATIENCE_SECONDS = 20
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    socket = listen("127.0.0.1", 0)
    server = WebServer(echo, sockets=[socket])
    running = asyncio.create_task(server.run_until_told())
    await wait_started(server)
    yield socket.getsockname()[1]
    server.should_exit = True
    await running


async def said(port: int, *parts: bytes, keeps_open: bool = True) -> bytes:
    """Send `parts` and return all that is answered until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for part in parts:
                writer.write(part)
                with suppress(ConnectionError):
                    await writer.drain()
            if not keeps_open:
                writer.write_eof()
            with suppress(ConnectionError):
                return await reader.read()
            return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (GET + b"X: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (GET + b"X: " + b"x" * 40_000, b"431"),
        (GET + b"".join(b"X%d: \r\n" % number for number in range(2000)) + b"\r\n", b"431"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET /?" + b"a=1&" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
async def test_a_head_that_is_too_large_is_refused_and_the_connection_ended(port: int, head: bytes, status: bytes) -> None:
    answer = await said(port, head)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer


async def test_usual_requests_follow_each_other_on_one_connection(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nX: " + b"y" * 20_000 + b"\r\n\r\n" + b"z" * 200_000

    answer = await said(port, post, GET + b"\r\n", GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 3
    assert b"200000" in answer


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET + b"X: y\r\n", b"\r\n\r\n"])
async def test_a_client_that_never_ends_its_head_is_hung_up_on(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    assert await said(port, sent) == b""


async def test_so_is_one_whose_second_request_never_ends(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    answer = await said(port, GET + b"\r\n", GET)

    assert answer.count(b"HTTP/1.1 200") == 1


async def test_so_is_one_whose_body_never_comes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.1)

    assert await said(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", b"abc") == b""


async def test_above_the_bound_who_waits_longest_without_asking_makes_room(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 3)
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]

    answer = await said(port, GET + b"Connection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ConnectionError):
            assert await silent[0][0].read() == b""
    for _, writer in silent:
        writer.close()
