"""How long to wait before the next attempt."""

import asyncio
import random
from dataclasses import dataclass

_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` up to `longest` seconds.

    Each is multiplied by a number drawn between the two of `jitter`, so that many processes or
    messages do not come back at the same moment.
    """

    first: float
    longest: float
    jitter: tuple[float, float] = (0.5, 1.5)

    def wait(self, failures: int, *, luck: float | None = None) -> float:
        """Return the seconds to wait after the `failures`-th failure in a row (1 or more).

        `luck` in [0, 1) takes the place of the draw where the caller must be deterministic.
        """
        low, high = self.jitter
        drawn = random.random() if luck is None else luck
        doubled = self.first * (1 << min(failures - 1, _MOST_DOUBLINGS))
        return min(doubled, self.longest) * (low + (high - low) * drawn)

    def wait_by_age(self, age: float) -> float:
        """Return the seconds to wait for something that has been missing for `age` seconds.

        That is as long again, at least `first` and at most `longest`.
        """
        return min(self.longest, max(self.first, age))


class Failures:
    """Failures in a row of one piece of work, in a loop that waits after each."""

    def __init__(self, backoff: Backoff) -> None:
        self.count = 0
        self._backoff = backoff

    async def wait(self) -> None:
        """Count one more failure, and sleep."""
        self.count += 1
        await asyncio.sleep(self._backoff.wait(self.count))

    def forget(self) -> None:
        """Begin again with the first wait: the work went well for a while."""
        self.count = 0
