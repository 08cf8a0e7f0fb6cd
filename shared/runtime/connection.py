"""One connection of a client, which may neither say too much nor keep us waiting.

A reverse proxy bounds these things by itself; a service that is reached directly has to. uvicorn bounds only the pause
between two requests.
"""

import asyncio
from typing import Any, ClassVar, Literal
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

LONGEST_ADDRESS = 8 * 1024
LONGEST_HEAD = 32 * 1024
"""Bytes of the head of one request: its address, names and values of all headers."""
HEAD_SECONDS = 20.0
"""From the connection, or the first byte of a further request, until its head is whole."""
BODY_SECONDS = 120.0
"""From the head until the whole body has come."""
MOST_CONNECTIONS = 4000
"""Above this the connection that has waited longest without asking for anything makes room."""
_OF_ONE_HEADER = 32
"""Bytes that a header counts beside its text, so that many empty ones count as well."""

Phase = Literal["head", "body", "answering"]


class _TooLarge(Exception):
    """Stops the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with bounds."""

    _silent: ClassVar[WeakKeyDictionary[ServerState, "dict[BoundedProtocol, None]"]] = WeakKeyDictionary()
    """By server, the connections that have not asked for anything yet, the oldest first."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._phase: Phase = "head"
        self._refused_with: int | None = None
        self._head_bytes = 0
        self._unread_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timed: Phase | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        silent = self._silent.setdefault(self.server_state, {})
        silent[self] = None
        if len(self.connections) > MOST_CONNECTIONS:
            next(iter(silent)).transport.abort()
        self._time("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard()
        self._time(None)
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
        self._heard()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._phase = "answering"
        self._time(None)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or too much of it, and hang up."""
        if self._refused_with is None:
            super().send_400_response(msg)
            return
        self.transport.write(STATUS_LINE[self._refused_with] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _heard(self) -> None:
        self._silent.get(self.server_state, {}).pop(self, None)

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
            self.transport.abort()
