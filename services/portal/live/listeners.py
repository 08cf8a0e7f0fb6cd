"""One browser that listens, and what it wants to hear about."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from shared.events.people import Requester

LISTS: tuple[str, ...] = ("queues", "my")


@dataclass(frozen=True, slots=True)
class Topic:
    """`lists`: the operator's lists and dashboard ("queues") and the own requests ("my"). `ticket`: one ticket, `request`: one own request."""

    kind: Literal["lists", "ticket", "request"]
    number: str = ""


@dataclass(eq=False, slots=True)
class Listener:
    """`dirty` holds the names that changed since the browser was last told: never more than its topic has."""

    person: Requester
    topic: Topic
    dirty: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, name: str) -> None:
        """Let the browser know that `name` changed, together with whatever else changes until it is told."""
        self.dirty.add(name)
        self.wake.set()

    def take(self) -> list[str]:
        """Return what to tell now."""
        names = sorted(self.dirty)
        self.dirty.clear()
        self.wake.clear()
        return names
