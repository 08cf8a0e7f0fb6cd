"""When to try again: a schedule for each mail, and one for a mail server that is in trouble."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """Waits that double from `first` up to `longest`, each shortened by up to a quarter so that many do not come back at once."""

    first: timedelta
    longest: timedelta

    def wait(self, failures: int, *, luck: float) -> timedelta:
        """Return the wait after the `failures`-th failure in a row (1 or more); `luck` is a random number in [0, 1)."""
        doublings = min(failures - 1, 20)
        return min(self.first * (1 << doublings), self.longest) * (1 - luck / 4)


class ServerOutlook:
    """What this process thinks of the mail server: in order, or in trouble and left alone until a moment.

    An outage is one fact about the server and not one about each of thousands of mails: while it lasts, one mail at a time is tried,
    and the pauses between the trials grow.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._failures = 0
        self._paused_until: datetime | None = None

    @property
    def is_in_trouble(self) -> bool:
        """Whether the last thing heard from the server was trouble: then only one mail is tried, first and alone."""
        return self._failures > 0

    def is_paused(self, now: datetime) -> bool:
        """Return whether the server is to be left alone at `now`."""
        return self._paused_until is not None and now < self._paused_until

    def answered(self) -> None:
        """Note that the server does its work."""
        self._failures = 0
        self._paused_until = None

    def failed(self, now: datetime, *, luck: float) -> datetime:
        """Note that the server is in trouble; return the moment of the next trial.

        Trouble that is noted while it pauses (mails that were under way together) is the same trouble.
        """
        if self._paused_until is None or now >= self._paused_until:
            self._failures += 1
            self._paused_until = now + self._schedule.wait(self._failures, luck=luck)
        return self._paused_until
