"""A bucket of allowances per client address, refilled evenly."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil
from time import monotonic

MOST_CLIENTS = 10_000
"""Addresses remembered at once; the one unseen for longest is forgotten first."""


class Buckets:
    """At most `per_minute` takes per minute and address, all at once or spread. None means no limit; `loopback` is for 127.0.0.1 and ::1.

    The memory is this process's own: with several processes each allows as much.
    """

    def __init__(self, per_minute: int | None, *, loopback: int | None, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
        self.loopback = loopback
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> int | None:
        """Take one allowance. Return None where there was one, else the whole seconds until there is."""
        limit = self.per_minute
        if limit is None and self.loopback is None:
            return None
        if _is_loopback(address):
            limit = self.loopback
        if limit is None:
            return None
        now = self._clock()
        left, since = self._buckets.pop(address, (float(limit), now))
        left = min(float(limit), left + (now - since) * limit / 60)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return None if allowed else max(1, ceil((1 - left) * 60 / limit))


def _is_loopback(address: str) -> bool:
    if address in ("127.0.0.1", "::1"):
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        # A Unix socket has no address: whoever connects is on this machine.
        return not address
