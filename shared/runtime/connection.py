"""One connection of a client, which may neither say too much nor keep us waiting.

A reverse proxy bounds these things by itself; a service that is reached directly has to. uvicorn bounds only the pause
between two requests. Who makes room where there are too many connections is decided in `shared.runtime.crowd`.

Parts of uvicorn that are not documented, and that this module, and no other, uses: the class
`HttpToolsProtocol` as a base, with its callbacks and its attributes `client`, `cycle`, `flow`,
`loop`, `pipeline` and `transport`; its method `_start_asgi_task(cycle, app)`, which is overridden to
know the request that runs; `RequestResponseCycle.disconnected`, `message_event` and
`response_complete`; `STATUS_LINE`; and the type `ASGI3Application`.

pyproject.toml bounds uvicorn below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: read
`uvicorn.protocols.http.httptools_impl`, adapt this module, run tests/integration/runtime, then raise
the bound.
"""

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from shared.runtime.crowd import Crowd
from shared.web.headers import ALWAYS

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

LONGEST_ADDRESS = 8 * 1024
LONGEST_HEAD = 32 * 1024
"""Bytes of the head of one request: its address, names and values of all headers."""
HEAD_SECONDS = 20.0
"""From the connection, or the first byte of a further request, until its head is whole."""
BODY_SECONDS = 120.0
"""From the head until the whole body has come."""
LOOK_SECONDS = 10.0
"""How often it is looked whether a body comes, and an answer is read, as fast as it must."""
_OF_ONE_HEADER = 32
"""Bytes that a header counts beside its text, so that many empty ones count as well."""

Phase = Literal["head", "body", "answering"]


def _refusal(status: int, kind: str, detail: str) -> bytes:
    """Return the whole answer. No language is known yet, and no application that could translate it."""
    title = HTTPStatus(status).phrase
    problem = {"type": f"urn:sportello:problem:{kind}", "title": title, "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    headers = ALWAYS | {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [f"{name.lower()}: {value}\r\n".encode() for name, value in headers.items()]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", body])


_REFUSALS = {
    400: _refusal(400, "bad-request", "This is not a valid HTTP request."),
    414: _refusal(414, "too-large", f"The address has more than {LONGEST_ADDRESS} bytes."),
    431: _refusal(431, "too-large", f"The headers have more than {LONGEST_HEAD} bytes."),
}


class _TooLarge(Exception):
    """Stops the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with bounds; one of the connections of `crowd`."""

    def __init__(self, crowd: Crowd, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._crowd = crowd
        self._phase: Phase = "head"
        self._running: RequestResponseCycle | None = None
        self._body_bytes = 0
        self._body_since = 0.0
        self._looking: dict[Phase, asyncio.TimerHandle] = {}
        self._refused_with: int | None = None
        self._head_bytes = 0
        self._unread_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timed: Phase | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._time("head")
        self._crowd.join(self, self.client[0] if self.client else "")

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.leave(self)
        self._give_up()
        self._time(None)
        for phase in ("body", "answering"):
            self._look(phase, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            self._time(None)
            return
        if self._phase == "head":
            self._unread_bytes += len(data)
            if self._unread_bytes > LONGEST_HEAD:
                self._refused_with = 431
                self.send_400_response("The head of the request is too large.")
                return
        if self._phase == "body" and "body" not in self._looking:
            self._look("body", self._body_bytes)
        is_answered = self.cycle is None or self.cycle.response_complete
        self._time("head" if self._phase == "answering" and is_answered else self._phase)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = "head"
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._head_bytes += len(url)
        if self._head_bytes > LONGEST_ADDRESS:
            self._refused_with = 414
            raise _TooLarge

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value) + _OF_ONE_HEADER
        if self._head_bytes > LONGEST_HEAD:
            self._refused_with = 431
            raise _TooLarge

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._phase = "body"
        self._unread_bytes = 0
        self._body_bytes, self._body_since = 0, self.loop.time()
        self._crowd.ask(self)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._body_bytes += len(body)
        self._crowd.hold(self, len(body))

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._phase = "answering"
        self._crowd.arrive(self)
        self._look("body", None)
        self._time(None)
        if self.cycle.response_complete:
            # It was answered before its body had come.
            self._crowd.rest(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._crowd.release(self)
        if self._phase == "body":
            self._crowd.ask(self)
        elif self.cycle.response_complete:
            self._crowd.rest(self)
        if "answering" not in self._looking and self.transport.get_write_buffer_size():
            self._look("answering", self.transport.get_write_buffer_size())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._crowd.unread[self] = None
        self._look("answering", self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._crowd.unread.pop(self, None)
        self._look("answering", None)

    @property
    def body_rate(self) -> float:
        """Bytes a second with which the body comes, so far."""
        return self._body_bytes / max(self.loop.time() - self._body_since, 1.0)

    def end(self) -> None:
        """Hang up at once; what answers this client writes no more, and what it asked besides is not begun."""
        self._give_up()
        self.transport.abort()

    def _give_up(self) -> None:
        # uvicorn gives up the request that came last; the one that is being answered may be an earlier one.
        for cycle in (self._running, self.cycle, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or too much of it, and hang up. `msg`, which is uvicorn's, is not used."""
        self.transport.write(_REFUSALS[self._refused_with or 400])
        self.transport.close()

    def _look(self, phase: Phase, size: int | None) -> None:
        """Look in a while whether the client is fast enough, which now is at `size`; None: look no more."""
        known = self._looking.pop(phase, None)
        if known is not None:
            known.cancel()
        if size is not None:
            look = self._look_at_body if phase == "body" else self._look_at_answer
            self._looking[phase] = self.loop.call_later(LOOK_SECONDS, look, size)

    def _look_at_body(self, before: int) -> None:
        # Where reading is paused, it is we who are slow.
        if not self.flow.read_paused and self._body_bytes - before < self._crowd.bounds.slowest * LOOK_SECONDS:
            self.end()
            return
        self._look("body", self._body_bytes)

    def _look_at_answer(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        is_written = self.cycle is None or self.cycle.response_complete
        # While an answer goes on being written, what is left does not tell how much was read.
        if not left or not (self.flow.write_paused or is_written):
            self._look("answering", None)
        elif before - left < self._crowd.bounds.slowest * LOOK_SECONDS:
            self.end()
        else:
            self._look("answering", left)

    def _time(self, phase: Phase | None) -> None:
        """Give the client its time for `phase`; the same phase goes on with what is left of it."""
        wanted = phase if phase != "answering" else None
        if wanted == self._timed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timed = wanted
        seconds = {"head": HEAD_SECONDS, "body": BODY_SECONDS}
        self._timer = self.loop.call_later(seconds[wanted], self._hang_up) if wanted is not None else None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.end()
