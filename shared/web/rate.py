"""A bucket of allowances per client address, refilled evenly."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic

MOST_CLIENTS = 10_000
"""Addresses remembered at once; the one unseen for longest is forgotten first."""

BURST_SECONDS = 10


class Buckets:
    """At most `per_second` takes per second and address, on average over ten seconds; None means no limit.

    The memory is this process's own: with several processes each allows as much.
    """

    def __init__(self, per_second: float | None, *, clock: Callable[[], float] = monotonic) -> None:
        self.per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> int | None:
        """Take one allowance. Return None where there was one, else the whole seconds until there is."""
        if self.per_second is None:
            return None
        now = self._clock()
        full = max(1.0, self.per_second * BURST_SECONDS)
        left, since = self._buckets.pop(address, (full, now))
        left = min(full, left + (now - since) * self.per_second)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return None if allowed else max(1, ceil((1 - left) / self.per_second))
