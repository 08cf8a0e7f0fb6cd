"""One connection of a client, with limits on sizes, times and speeds.

A reverse proxy has such limits, but some services are reached without one, and uvicorn limits only
the pause between two requests. `shared.runtime.crowd` limits the number of connections.

This module, and no other, uses undocumented parts of uvicorn: the class `HttpToolsProtocol` as a
base, with its callbacks and its attributes `client`, `cycle`, `flow`, `loop`, `pipeline` and
`transport`; its method `_start_asgi_task(cycle, app)`, which is overridden to record the running
request; `RequestResponseCycle.disconnected`, `message_event` and `response_complete`;
`STATUS_LINE`; and the type `ASGI3Application`.

pyproject.toml bounds uvicorn below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: read
`uvicorn.protocols.http.httptools_impl`, adapt this module, run tests/integration/runtime, then
raise the bound.
"""

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from shared.runtime.crowd import Crowd
from shared.web.headers import ALWAYS

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

LONGEST_ADDRESS = 8 * 1024
LONGEST_HEAD = 32 * 1024
"""Bytes of the head of one request: the address, and the names and values of all headers."""
HEAD_SECONDS = 20.0
"""Seconds from the connection, or the first byte of a later request, until the head is complete."""
BODY_SECONDS = 120.0
"""Seconds from the head until the body is complete."""
LOOK_SECONDS = 10.0
"""Seconds between two checks of the speed of a body or of the reading of an answer."""
_OF_ONE_HEADER = 32
"""Bytes added for each header, so that many empty headers reach the limit too."""

Phase = Literal["head", "body", "answering"]


def _refusal(status: int, kind: str, detail: str) -> bytes:
    """Return the bytes of an answer. It is in English because the language is not known yet."""
    title = HTTPStatus(status).phrase
    problem = {
        "type": f"urn:sportello:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
    }
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
    """Raised in a callback to stop the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol for HTTP/1.1 with limits; a member of `crowd`."""

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
            # The request was answered before its body was complete.
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
        """The average speed of the body so far, in bytes per second."""
        return self._body_bytes / max(self.loop.time() - self._body_since, 1.0)

    def end(self) -> None:
        """Close the connection immediately; stop its running request and drop its waiting ones."""
        self._give_up()
        self.transport.abort()

    def _give_up(self) -> None:
        # uvicorn stops only the last request, but an earlier one may be running.
        for cycle in (self._running, self.cycle, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        """Refuse an invalid or too large request, and close.

        `msg` comes from uvicorn and is unused.
        """
        self.transport.write(_REFUSALS[self._refused_with or 400])
        self.transport.close()

    def _look(self, phase: Phase, size: int | None) -> None:
        """Check the client's speed after LOOK_SECONDS.

        `size` is the present size; None stops checking.
        """
        known = self._looking.pop(phase, None)
        if known is not None:
            known.cancel()
        if size is not None:
            look = self._look_at_body if phase == "body" else self._look_at_answer
            self._looking[phase] = self.loop.call_later(LOOK_SECONDS, look, size)

    def _look_at_body(self, before: int) -> None:
        # While reading is paused, the server is slow and not the client.
        if (
            not self.flow.read_paused
            and self._body_bytes - before < self._crowd.bounds.slowest * LOOK_SECONDS
        ):
            self.end()
            return
        self._look("body", self._body_bytes)

    def _look_at_answer(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        is_written = self.cycle is None or self.cycle.response_complete
        # While an answer is still being written, the buffer does not show how much the client read.
        if not left or not (self.flow.write_paused or is_written):
            self._look("answering", None)
        elif before - left < self._crowd.bounds.slowest * LOOK_SECONDS:
            self.end()
        else:
            self._look("answering", left)

    def _time(self, phase: Phase | None) -> None:
        """Start the timeout for `phase`. Within one phase the running timeout continues."""
        wanted = phase if phase != "answering" else None
        if wanted == self._timed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timed = wanted
        seconds = {"head": HEAD_SECONDS, "body": BODY_SECONDS}
        self._timer = (
            self.loop.call_later(seconds[wanted], self._hang_up) if wanted is not None else None
        )

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.end()
