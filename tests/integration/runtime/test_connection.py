"""A client that reaches a service directly can neither say too much nor keep it waiting."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from shared.runtime import connection
from shared.runtime.crowd import Bounds
from shared.runtime.web import WebServer, listen, wait_started

PATIENCE_SECONDS = 20
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
MUCH = 30_000_000
FEW = Bounds(connections=3)
STAYING: list[asyncio.StreamWriter] = []
"""Connections that must not be collected while a test looks at them."""


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = str(size).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def answer_much(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with more than the network holds between two machines."""
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"%d" % MUCH)],
        }
    )
    await send({"type": "http.response.body", "body": b"x" * MUCH})


async def trickle(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a stream that says little for as long as somebody listens."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20):
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.02)
    await send({"type": "http.response.body", "body": b"end"})


@asynccontextmanager
async def serving(app: ASGIApp, bounds: Bounds = FEW) -> AsyncIterator[int]:
    """Serve `app` on a free port."""
    socket = listen("127.0.0.1", 0)
    server = WebServer(app, sockets=[socket], bounds=bounds)
    running = asyncio.create_task(server.run_until_told())
    await wait_started(server)
    yield socket.getsockname()[1]
    while STAYING:
        STAYING.pop().close()
    server.should_exit = True
    await running


async def opened(port: int, sent: bytes = b"", *, answer: bytes = b"") -> asyncio.StreamReader:
    """Open a connection that stays, send `sent` on it and wait for `answer`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    STAYING.append(writer)
    writer.write(sent)
    await writer.drain()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reader.readuntil(answer) if answer else await asyncio.sleep(0.05)
    return reader


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Return whether the server has hung up on a connection; raises TimeoutError where it has
    not.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ConnectionError):
            while await reader.read(MUCH):
                pass
    return True


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
async def test_a_head_that_is_too_large_is_refused_and_the_connection_ended(
    port: int, head: bytes, status: bytes
) -> None:
    answer = await said(port, head)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer
    assert b"x-content-type-options: nosniff" in answer
    assert b"cache-control: no-store" in answer
    problem = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert (problem["status"], problem["detail"] != "") == (int(status), True)


async def test_usual_requests_follow_each_other_on_one_connection(port: int) -> None:
    post = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nX: "
        + b"y" * 20_000
        + b"\r\n\r\n"
        + b"z" * 200_000
    )

    answer = await said(port, post, GET + b"\r\n", GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 3
    assert b"200000" in answer


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET + b"X: y\r\n", b"\r\n\r\n"])
async def test_a_client_that_never_ends_its_head_is_hung_up_on(
    port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    assert await said(port, sent) == b""


async def test_so_is_one_whose_second_request_never_ends(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    answer = await said(port, GET + b"\r\n", GET)

    assert answer.count(b"HTTP/1.1 200") == 1


async def test_so_is_one_whose_body_never_comes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.1)

    assert (
        await said(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", b"abc") == b""
    )


@pytest.mark.parametrize(
    ("sent", "answer"),
    [(b"", b""), (GET + b"\r\n", b"\r\n\r\n0"), (GET, b""), (POST + b"a", b"")],
    ids=["silent", "answered before", "half a head", "half a body"],
)
async def test_above_the_bound_the_longest_idle_or_slowest_makes_room_and_never_the_newcomer(
    sent: bytes, answer: bytes
) -> None:
    async with serving(echo) as port:
        waiting = [await opened(port, sent, answer=answer) for _ in range(3)]

        served = await said(port, GET + b"Connection: close\r\n\r\n")

        assert served.startswith(b"HTTP/1.1 200")
        assert await is_ended(waiting[0])
        assert not waiting[2].at_eof()


async def test_above_the_bound_whoever_leaves_an_answer_unread_makes_room() -> None:
    async with serving(answer_much) as port:
        unread = [await opened(port, GET + b"\r\n") for _ in range(3)]

        served = await opened(port, GET + b"\r\n", answer=b"HTTP/1.1 200")

        assert not served.at_eof()
        assert await is_ended(unread[0])


async def test_a_body_that_comes_too_slowly_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.1)
    async with serving(echo, Bounds(slowest=1000)) as port:
        assert await is_ended(await opened(port, POST + b"abc"))


async def test_an_answer_that_is_not_read_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.1)
    async with serving(answer_much) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(GET + b"\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.sleep(1)
            read = b""
            with suppress(ConnectionError):
                read = await reader.read(2 * MUCH)
                while more := await reader.read(2 * MUCH):
                    read += more
        writer.close()

    assert len(read) < MUCH


async def test_a_stream_that_says_little_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.05)
    async with serving(trickle) as port:
        answer = await said(port, GET + b"Connection: close\r\n\r\n")

    assert b"end" in answer


async def test_bodies_are_held_up_to_a_bound_and_the_slowest_makes_room() -> None:
    async with serving(echo, Bounds(bodies=90_000)) as port:
        slow = await opened(port, POST + b"a" * 10_000)

        answer = await said(
            port, POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"b" * 100_000
        )

        assert b"100000" in answer
        assert await is_ended(slow)


@pytest.mark.parametrize(
    ("trusted", "is_said"),
    [("*", True), ("10.0.0.1, *", True), ("10.0.0.0/24", False), ("", False)],
)
def test_that_everybody_is_believed_about_the_client_is_said_at_the_start(
    trusted: str, is_said: bool
) -> None:
    with capture_logs() as logged:
        WebServer(echo, sockets=[], trusted_proxies=trusted)

    assert [
        entry["log_level"]
        for entry in logged
        if entry["event"] == "runtime.trusted_proxies.everybody"
    ] == ["warning"] * is_said
