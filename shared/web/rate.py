"""How often a client may ask: who counts as one client, and a bucket of allowances for each,
refilled evenly.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import Scope

from shared.web.origin import came_through_a_proxy

MOST_CLIENTS = 10_000
"""Addresses remembered at once; the one unseen for longest is forgotten first."""

BURST_SECONDS = 10

USUAL_PER_SECOND = 20.0
"""Changes a second by one address, unless SPORTELLO_RATE_LIMIT says otherwise."""

_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that name a customer's network; whoever has it has all the addresses in
it.
"""
_NETWORK_OF_MANY = 48
_STATE = "client"
CLIENTS_OF_A_NETWORK = 10
"""A larger network may do as much as so many clients."""


def client_of(scope: Scope) -> str | None:
    """Return what the client of a request is counted as: its address, or its network of 64 bits for
    IPv6.

    None is this machine itself, where demos and measurements run. What a trusted proxy says of the
    client is an address like any other: uvicorn then gives it the port 0, which no connection has.
    A proxy here that nobody has named as trusted counts as one client: else all that it passes on
    would count as this machine.
    """
    state = scope.setdefault("state", {})
    if _STATE not in state:
        host, port = scope.get("client") or ("", None)
        state[_STATE] = _counted_as(
            host, may_be_here=port != 0 and not came_through_a_proxy(Headers(scope=scope))
        )
    client: str | None = state[_STATE]
    return client


@lru_cache(maxsize=MOST_CLIENTS)
def _counted_as(host: str, *, may_be_here: bool) -> str | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            is_here = address.is_loopback and may_be_here
            return None if is_here else str(IPv6Network((address, _NETWORK_OF_ONE), strict=False))
        address = address.ipv4_mapped
    return None if address.is_loopback and may_be_here else str(address)


@lru_cache(maxsize=MOST_CLIENTS)
def network_of(client: str | None) -> str | None:
    """Return the larger IPv6 network that `client` (as `client_of` says it) is part of, None for
    any other.

    An organisation gets such a network as easily as a customer gets one address: 65,536 clients are
    in it.
    """
    try:
        network = ip_network(client or "")
    except ValueError:
        return None
    return (
        str(network.supernet(new_prefix=_NETWORK_OF_MANY))
        if isinstance(network, IPv6Network)
        else None
    )


class Buckets:
    """At most `per_second` takes per second and address, on average over ten seconds; None means no
    limit.

    The memory is this process's own: with several processes each allows as much.
    """

    def __init__(self, per_second: float | None, *, clock: Callable[[], float] = monotonic) -> None:
        self.per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> int | None:
        """Take one allowance.

        Return None where there was one, else the whole seconds until there is.
        """
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
