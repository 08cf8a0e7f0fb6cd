"""What repeats in the security log: the first is written at once, the rest once a minute as a
number.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MINUTE = 60.0
MOST_SUBJECTS = 1000
"""So many are told apart at once; what comes beyond them in that time is counted together, by
event.
"""
MOST_TICKETS = 10
"""Numbers of tickets that a count names."""
AT_ONCE = {"security.ticket.not_found": 5, "security.not_allowed": 5}
"""How many of an event are written at once, where more than one: those that name tickets."""

Write = Callable[[str, Mapping[str, object]], None]
Later = Callable[[float, Callable[[], None]], object]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted together: one event, of one client and one identity."""

    event: str
    address: str | None
    identity: str | None


@dataclass(slots=True)
class _Window:
    written: int = 0
    counted: int = 0
    tickets: list[str] = field(default_factory=list)


def _on_the_loop(seconds: float, act: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, act)


class Repeats:
    """Writes events, so that a flood from one address is a few lines a minute; one application has
    one.
    """

    def __init__(self, write: Write, *, later: Later = _on_the_loop) -> None:
        self._write = write
        self._later = later
        self._windows: dict[Subject, _Window] = {}

    def note(self, subject: Subject, facts: Mapping[str, object]) -> None:
        """Write the event of `subject` with `facts`, or count it."""
        if subject not in self._windows:
            if len(self._windows) >= MOST_SUBJECTS:
                subject = Subject(subject.event, None, None)
            if subject not in self._windows:
                self._begin(subject)
        window = self._windows[subject]
        if window.written < AT_ONCE.get(subject.event, 1):
            window.written += 1
            self._write(subject.event, facts)
            return
        window.counted += 1
        ticket = facts.get("ticket")
        if (
            isinstance(ticket, str)
            and ticket not in window.tickets
            and len(window.tickets) < MOST_TICKETS
        ):
            window.tickets.append(ticket)

    def tell_rest(self) -> None:
        """Write what was counted and not told yet: the process stops."""
        for subject in list(self._windows):
            self._tell(subject, self._windows.pop(subject))

    def _begin(self, subject: Subject) -> None:
        self._windows[subject] = _Window()
        self._later(MINUTE, lambda: self._end(subject))

    def _end(self, subject: Subject) -> None:
        window = self._windows.pop(subject, None)
        if window is None or not window.counted:
            return
        self._tell(subject, window)
        self._begin(subject)
        # It goes on: nothing more of it is written at once.
        self._windows[subject].written = AT_ONCE.get(subject.event, 1)

    def _tell(self, subject: Subject, window: _Window) -> None:
        if window.counted:
            counted: dict[str, object] = {
                "identity": subject.identity,
                "address": subject.address,
                "times": window.counted,
            }
            self._write(
                subject.event, counted | ({"tickets": window.tickets} if window.tickets else {})
            )
