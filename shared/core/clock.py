"""The only module that reads the time of day; all code below the edges gets it as an argument."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of the current time, always timezone-aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)
