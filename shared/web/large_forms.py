"""Forms beyond the usual size: whoever pasted far too much into a field gets it back with what is
wrong, and not a bare 413.

A form is read up to `max_form_bytes`, so that a text that is too long is a wrong field of its form
like any other. Other sites' pages get no room for that, each client a few times in a row and then
every other second, and only a few such forms are held at once: what they cost is bounded, whoever
sends them. Beyond all this a body is refused as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from shared.web.auth import comes_from_elsewhere
from shared.web.input import sends_form
from shared.web.rate import Buckets, client_of
from shared.web.state import WebOptions

MOST_AT_ONCE = 4
PER_SECOND = 0.6
"""By one address, on average over ten seconds."""


class LargeForms:
    """What one process lends to forms beyond the usual size."""

    def __init__(self, options: WebOptions) -> None:
        self.options = options
        self.held = 0
        self.buckets = Buckets(PER_SECOND)

    @contextmanager
    def room_for(self, scope: Scope) -> "Iterator[Room]":
        """Lend the room that the body of one request has, until the request is answered."""
        room = Room(self, scope, self.options.max_body_bytes)
        try:
            yield room
        finally:
            if room.is_large:
                self.held -= 1

    def has_room(self, scope: Scope) -> bool:
        """Return whether the form of this request may be large; it then counts as held."""
        if not sends_form(scope) or comes_from_elsewhere(
            Headers(scope=scope), self.options.public_origins
        ):
            return False
        client = client_of(scope)
        if self.held >= MOST_AT_ONCE or (
            client is not None and self.buckets.take(client) is not None
        ):
            return False
        self.held += 1
        return True


@dataclass(slots=True)
class Room:
    """How many bytes the body of one request may have; `is_large` once it was given more than the
    usual.
    """

    lender: LargeForms
    scope: Scope
    bytes: int
    is_large: bool = False

    def has(self, size: int) -> bool:
        """Return whether a body of `size` bytes fits, after asking for more room where it does not
        fit into the usual.
        """
        if size > self.bytes and not self.is_large and self.lender.has_room(self.scope):
            self.is_large = True
            self.bytes = max(self.bytes, self.lender.options.max_form_bytes)
        return size <= self.bytes
