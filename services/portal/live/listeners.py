"""One browser that listens, and what it wants to hear about."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from shared.contracts.people import Requester


@dataclass(frozen=True, slots=True)
class Topic:
    """What a browser shows.

    `lists`: the operator's lists and dashboard (told as "queues") and the own requests (told as
    "my").

    `ticket`: one ticket and its family, as operator or as its requester; `request`: one own
    request. Operators who look at lists or a ticket also hear of their bell (told as "bell").
    """

    kind: Literal["lists", "ticket", "request"]
    number: str = ""


@dataclass(eq=False, slots=True)
class Listener:
    """`dirty` holds the names that changed since the browser was last told: never more than its
    topic has.

    `address` is the client's, None for this machine. `is_over`: the stream ends, because others
    took its place. `is_shown`: the person could see their ticket or request when it was last looked
    at.
    """

    person: Requester
    topic: Topic
    address: str | None = None
    is_over: bool = False
    is_shown: bool = False
    dirty: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def who(self) -> str:
        """Whose stream it is."""
        return self.person.identity or self.person.email.casefold()

    def end(self) -> None:
        """Have the stream end."""
        self.is_over = True
        self.wake.set()

    def tell(self, name: str) -> None:
        """Let the browser know that `name` changed, together with whatever else changes until it is
        told.
        """
        self.dirty.add(name)
        self.wake.set()

    def take(self) -> list[str]:
        """Return what to tell now."""
        names = sorted(self.dirty)
        self.dirty.clear()
        self.wake.clear()
        return names
