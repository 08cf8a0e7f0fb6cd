"""Telling the other processes of a service that something on a page has changed.

Unconfirmed: a slow refresh is the net.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

Listener = Callable[[frozenset[str]], None]


class Announcer(Protocol):
    """Spreads keys of changed things (`ticket:2026092810000016`) to every process, this one
    included.
    """

    def announce(self, keys: Iterable[str]) -> None:
        """Tell all processes; never raises, never waits."""

    def listen(self, listener: Listener) -> None:
        """Have `listener` called with the keys of each announcement."""


class LocalAnnouncer:
    """All pages are served by this one process."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def announce(self, keys: Iterable[str]) -> None:
        changed = frozenset(keys)
        if changed:
            for listener in self._listeners:
                listener(changed)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
