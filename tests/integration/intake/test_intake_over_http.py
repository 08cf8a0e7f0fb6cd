"""Bodies that are too large or that lie, over a real connection: the sender always reads an
answer.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.runtime.web import WebServer, listen, wait_started
from tests.integration.intake.conftest import Running

MEGABYTE = 1024 * 1024
START = (
    b"POST /api/forms/simple/requests HTTP/1.1\r\nHost: desk.example.edu\r\nContent-Type: "
    b"application/json\r\n"
)


@pytest.fixture
async def port(sqlite_intake: Running) -> AsyncIterator[int]:
    listening = listen("127.0.0.1", 0)
    server = WebServer(sqlite_intake.app, sockets=[listening])
    serving = asyncio.create_task(server.run_until_told())
    await wait_started(server)
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


async def exchange(port: int, *pieces: bytes) -> bytes:
    """Send `pieces` one after the other, reading only afterwards, as a simple client does; return
    the status line.
    """
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return (await reader.readline()).strip()
        finally:
            writer.close()


async def test_a_body_of_ten_megabytes_is_read_and_answered(
    port: int, sqlite_intake: Running
) -> None:
    head = START + b"Content-Length: %d\r\n\r\n" % (10 * MEGABYTE)

    status = await exchange(port, head, *[b"x" * MEGABYTE] * 10)

    assert status.startswith(b"HTTP/1.1 413 ")
    assert await sqlite_intake.wrote_nothing()


async def test_a_chunked_body_of_ten_megabytes_is_read_and_answered(
    port: int, sqlite_intake: Running
) -> None:
    chunk = b"100000\r\n" + b"x" * MEGABYTE + b"\r\n"

    status = await exchange(
        port, START + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 10, b"0\r\n\r\n"
    )

    assert status.startswith(b"HTTP/1.1 413 ")
    assert await sqlite_intake.wrote_nothing()


async def test_who_asks_before_sending_a_large_body_gets_an_answer(port: int) -> None:
    head = START + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (2 * MEGABYTE)

    assert await exchange(port, head) == b"HTTP/1.1 100 Continue"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([START + b"Content-Length: nonsense\r\n\r\n"], id="length that is no number"),
        pytest.param([START + b"Content-Length: -1\r\n\r\n"], id="negative length"),
        pytest.param([START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], id="broken chunk"),
        pytest.param(
            [START + b"Idempotency-Key: a\0b\r\nContent-Length: 2\r\n\r\n{}"], id="NUL in a header"
        ),
        pytest.param([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], id="no HTTP at all"),
    ],
)
async def test_what_is_no_http_is_400_and_the_server_lives_on(
    port: int, sqlite_intake: Running, pieces: list[bytes]
) -> None:
    status = await exchange(port, *pieces)
    alive = await exchange(port, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")

    assert status == b"HTTP/1.1 400 Bad Request"
    assert alive == b"HTTP/1.1 200 OK"
    assert await sqlite_intake.wrote_nothing()


async def test_a_sender_that_promises_more_than_it_sends_leaves_nothing_behind(
    port: int, sqlite_intake: Running
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(START + b"Content-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (
        await exchange(port, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n") == b"HTTP/1.1 200 OK"
    )
    assert await sqlite_intake.wrote_nothing()
