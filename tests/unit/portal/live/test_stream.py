"""What goes down the line to a browser."""

import asyncio

import pytest
from fastapi import FastAPI
from starlette.types import Message

from services.portal.live import stream
from services.portal.live.hub import Hub
from services.portal.live.listeners import Topic
from services.portal.live.stream import ChangesAnswer, changes_for
from shared.core.errors import BusUnreachable
from shared.web.demo import known_person
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import make_created, make_life, make_number, make_state
from tests.unit.portal.conftest import TOKENS, Browser, Project

LISTS = Topic("lists")


async def test_names_come_as_events_one_a_line(hub: Hub, project: Project) -> None:
    luisa = make_person("luisa.villa")
    lines = changes_for(hub, hub.join(luisa, LISTS))
    assert await anext(lines) == b"retry: 3000\n\n"

    await project([make_created(1, requester=luisa)])
    await hub.deliver()

    assert await anext(lines) == b"event: changed\ndata: my\ndata: queues\n\n"
    await lines.aclose()


async def test_a_silent_stream_says_that_it_is_still_there(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.01)
    lines = changes_for(hub, hub.join(make_person("anna.ferri"), LISTS))
    await anext(lines)

    assert await anext(lines) == b": still here\n\n"
    await lines.aclose()


async def test_streams_end_when_the_service_stops(hub: Hub) -> None:
    lines = changes_for(hub, hub.join(make_person("anna.ferri"), LISTS))
    await anext(lines)
    waiting = asyncio.ensure_future(anext(lines, b"the end"))
    await asyncio.sleep(0)

    await hub.stop()

    assert await asyncio.wait_for(waiting, 5) == b"the end"


async def test_a_stream_ends_after_a_while_so_that_the_browser_is_asked_who_it_is(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LONGEST_SECONDS", 0.0)
    lines = changes_for(hub, hub.join(make_person("anna.ferri"), LISTS))

    assert [line async for line in lines] == [b"retry: 3000\n\n"]


async def test_a_browser_that_goes_away_is_forgotten_even_before_the_first_line(
    hub: Hub, project: Project
) -> None:
    listener = hub.join(make_person("anna.ferri"), LISTS)
    answer = ChangesAnswer(hub, listener)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        raise BusUnreachable("the line is cut")

    with pytest.raises(BusUnreachable):
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
    await project([make_created(1)])

    await hub.deliver()
    assert listener.take() == []


@pytest.mark.parametrize(
    ("query", "name"), [("", "queues"), (f"?ticket={make_number(1)}", f"ticket:{make_number(1)}")]
)
async def test_the_stream_over_http_tells_what_changes(
    query: str, name: str, app: FastAPI, hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    line = Line(app, f"/live{query}", "anna.ferri")
    await line.until(b"retry")
    await project(make_life(1)[1:])
    await hub.deliver()

    await line.until(f"event: changed\ndata: {name}\n\n".encode())

    assert line.headers[b"content-type"].startswith(b"text/event-stream")
    assert line.headers[b"cache-control"] == b"no-store"
    assert b"content-encoding" not in line.headers
    await line.close()


async def test_of_ones_own_request_one_hears_by_its_number(
    app: FastAPI, hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    line = Line(app, f"/live?request={make_number(1)}", "giulia.neri")
    await line.until(b"retry")
    await project(make_life(1)[1:])
    await hub.deliver()

    await line.until(f"data: ticket:{make_number(1)}\n\n".encode())

    await line.close()


async def test_who_read_a_ticket_is_told_that_it_has_gone_from_sight(
    app: FastAPI, hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    line = Line(app, f"/live?ticket={make_number(1)}", "anna.ferri")
    await line.until(b"retry")
    await project(
        [
            make_life(1)[1].model_copy(
                update={"ticket": make_state(1, version=2, queue="ict"), "changes": {}}
            )
        ]
    )
    await hub.deliver()

    await line.until(f"event: changed\ndata: ticket:{make_number(1)}\n\n".encode())

    await line.close()


async def test_a_page_of_somebody_unknown_is_sent_to_the_login(browser: Browser) -> None:
    answer = await browser(None).get("/live", headers={"Accept": "text/html, text/event-stream"})

    assert answer.status_code == 303


class Line:
    """An open stream: what has come down it so far. httpx waits for the end of an answer, and this
    one has none.
    """

    def __init__(self, app: FastAPI, target: str, identity: str) -> None:
        path, _, query = target.partition("?")
        token = TOKENS.sign(known_person(make_example_desk(), identity))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"accept-encoding", b"gzip"),
                (b"host", b"portal.test"),
                (b"authorization", f"Bearer {token}".encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("portal.test", 80),
        }
        self.headers: dict[bytes, bytes] = {}
        self._body = b""
        self._more = asyncio.Event()
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def until(self, wanted: bytes) -> None:
        """Return when `wanted` has come."""
        async with asyncio.timeout(10):
            while wanted not in self._body:
                self._more.clear()
                await self._more.wait()

    async def close(self) -> None:
        """Go away, and wait until the server has noticed."""
        self._gone.set()
        await asyncio.wait_for(self._task, 10)

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
        self._body += message.get("body", b"")
        self._more.set()


async def test_a_stream_whose_place_was_taken_ends_and_says_to_come_again_later(hub: Hub) -> None:
    anna = make_person("anna.ferri")
    lines = changes_for(hub, hub.join(anna, LISTS))
    await anext(lines)

    for _ in range(12):
        hub.join(anna, LISTS)

    assert [line async for line in lines] == [b"retry: 60000\n\n"]


@pytest.mark.parametrize(
    ("identity", "query", "status"),
    [
        ("carla.monti", f"ticket={make_number(1)}", 404),
        ("hugo.marchi", f"ticket={make_number(1)}", 404),
        ("hugo.marchi", f"request={make_number(1)}", 404),
        ("anna.ferri", f"request={make_number(1)}", 404),
        ("anna.ferri", f"ticket={make_number(2)}", 404),
        ("anna.ferri", "ticket=nonsense", 404),
        ("anna.ferri", f"ticket={'1' * 5000}", 404),
        ("giulia.neri", f"ticket={make_number(1)}&request={make_number(1)}", 422),
    ],
)
async def test_nothing_is_kept_for_who_may_not_see_what_they_ask_for(
    identity: str, query: str, status: int, browser: Browser, hub: Hub, project: Project
) -> None:
    await project([make_created(1)])

    answer = await browser(identity).get(f"/live?{query}")

    assert answer.status_code == status
    assert hub.people() == frozenset()
