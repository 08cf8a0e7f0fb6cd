"""When a mail server that is in trouble is tried again."""

from datetime import datetime, timedelta

from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused
from shared.core.backoff import Backoff


class ServerOutlook:
    """The state of the mail server as this process knows it: available, or unavailable until a
    given time.

    An outage concerns the server and not each of thousands of mails. While it lasts, one mail at a
    time is tried, and the pauses between the tries grow.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._failures = 0
        self._strikes = 0
        self._paused_until: datetime | None = None
        self._reason = ""

    @property
    def is_in_trouble(self) -> bool:
        """Whether the server failed when it was last tried: then one mail is tried first, alone."""
        return self._failures > 0

    def pause(self, now: datetime) -> tuple[datetime, str] | None:
        """Return until when the server is to be left alone, and why; None if it may be tried at
        `now`.
        """
        if self._paused_until is None or now >= self._paused_until:
            return None
        return self._paused_until, self._reason

    def heard(self, outcome: Outcome, *, now: datetime, luck: float) -> None:
        """Take note of how an attempt ended at `now`. `luck` as in Backoff.

        One mail that found silence may be to blame itself; two in a row without a word in between,
        or one while the server was in trouble anyway, are the server's. Trouble that is heard of
        during a pause (from mails that were under way together) is the same trouble.
        """
        if isinstance(outcome, Accepted | Refused) or (
            isinstance(outcome, Delayed) and outcome.fault == "mail"
        ):
            self._failures = self._strikes = 0
            self._paused_until = None
            return
        self._strikes += 1
        is_the_servers = isinstance(outcome, Delayed) and outcome.fault == "server"
        if self.pause(now) is None and (is_the_servers or self._strikes > 1 or self.is_in_trouble):
            self._failures += 1
            self._reason = outcome.reason
            self._paused_until = now + timedelta(
                seconds=self._backoff.wait(self._failures, luck=luck)
            )
