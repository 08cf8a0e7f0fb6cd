"""All connections of one web server, and the choice of the one to close when there are too many.

The first choice is the connection that has been idle longest, the second the one with the slowest
body, the third the one that has left its answer unread longest. A new connection is never chosen
while one of these exists.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from shared.core.settings import CommonSettings

MOST_OF_ONE_BODY = 8 * 1024 * 1024
"""Bytes of one body that count as held in memory. The rest of a larger body is discarded."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on the clients of one server.

    `connections` is the number of connections at a time. `per_address` is the number from one
    address (0: unlimited); this machine and trusted proxies are not counted. `slowest` is the
    lowest speed, in bytes per second, for sending a body and for reading an answer. `bodies` is the
    number of bytes of all bodies in memory.
    """

    connections: int = 4000
    per_address: int = 1000
    slowest: int = 500
    bodies: int = 128 * 1024 * 1024

    @classmethod
    def of(cls, common: CommonSettings) -> "Bounds":
        """Return the limits from the settings."""
        bodies = common.bodies_mb * 1024 * 1024
        return cls(
            common.connections, common.connections_per_address, common.slowest_client, bodies
        )


class Member(Protocol):
    """The part of a connection that `Crowd` uses."""

    @property
    def body_rate(self) -> float:
        """The average speed of its body so far, in bytes per second."""
        ...

    def end(self) -> None:
        """Close the connection immediately."""
        ...


@dataclass(eq=False)
class Crowd:
    """The connections of one server, grouped by what they are doing.

    `idle` connections have no request. Those in `bodies` are sending a body; the value is its
    number of bytes in memory. Those in `kept` have sent a whole body and have no answer yet. Those
    in `unread` do not read their answer. `idle` and `unread` are in order of time, the longest
    first. All other connections are being answered and are never closed.
    """

    bounds: Bounds = field(default_factory=Bounds)
    trusted: str = ""
    by_address: Counter[str] = field(default_factory=Counter)
    address_of: dict[Member, str | None] = field(default_factory=dict)
    idle: dict[Member, None] = field(default_factory=dict)
    bodies: dict[Member, int] = field(default_factory=dict)
    kept: dict[Member, int] = field(default_factory=dict)
    unread: dict[Member, None] = field(default_factory=dict)
    held: int = 0

    def __post_init__(self) -> None:
        given = [part.strip() for part in self.trusted.split(",") if part.strip()]
        self._trusts_all = "*" in given
        self._trusted = [ip_network(part, strict=False) for part in given if _is_network(part)]

    def join(self, member: Member, host: str) -> None:
        """Add a connection from `host` as idle, and close another one if a limit is exceeded."""
        address = self._counted(host)
        self.address_of[member] = address
        self.idle[member] = None
        if address is not None:
            self.by_address[address] += 1
            if self.bounds.per_address and self.by_address[address] > self.bounds.per_address:
                self._make_room(
                    member,
                    {one for one, other in self.address_of.items() if other == address},
                    or_end=True,
                )
        if len(self.address_of) > self.bounds.connections:
            self._make_room(member, self.address_of.keys(), or_end=False)

    def leave(self, member: Member) -> None:
        """Remove a connection that has ended."""
        address = self.address_of.pop(member, None)
        if address is not None:
            self.by_address[address] -= 1
            if not self.by_address[address]:
                del self.by_address[address]
        self.idle.pop(member, None)
        self.unread.pop(member, None)
        self.release(member)

    def rest(self, member: Member) -> None:
        """Record that a connection has received its answer and is idle."""
        self.release(member)
        if member in self.address_of:
            self.idle.pop(member, None)
            self.idle[member] = None

    def ask(self, member: Member) -> None:
        """Record that the head of a request has arrived and its body follows."""
        self.idle.pop(member, None)
        if member in self.address_of:
            self.bodies.setdefault(member, 0)

    def hold(self, member: Member, size: int) -> None:
        """Count `size` more bytes of a body. If all are too many, close the slowest sender."""
        before = self.bodies.get(member)
        if before is None:
            return
        self.bodies[member] = min(before + size, MOST_OF_ONE_BODY)
        self.held += self.bodies[member] - before
        if self.held > self.bounds.bodies:
            self._end(min(self.bodies, key=_rate))

    def arrive(self, member: Member) -> None:
        """Record that a body is complete. It stays in memory until the request is answered."""
        size = self.bodies.pop(member, 0)
        if size:
            self.kept[member] = self.kept.get(member, 0) + size

    def release(self, member: Member) -> None:
        """Stop counting the body of a connection because its request is finished."""
        self.held -= self.bodies.pop(member, 0) + self.kept.pop(member, 0)

    def _make_room(self, newcomer: Member, among: Iterable[Member], *, or_end: bool) -> None:
        """Close one connection of `among`.

        `newcomer` is closed only with `or_end`, and only if all others are being answered.
        """
        others = set(among) - {newcomer}
        for one in self.idle:
            if one in others:
                return self._end(one)
        sending = [one for one in self.bodies if one in others]
        if sending:
            return self._end(min(sending, key=_rate))
        for one in self.unread:
            if one in others:
                return self._end(one)
        return self._end(newcomer) if or_end else None

    def _end(self, member: Member) -> None:
        self.leave(member)
        member.end()

    def _counted(self, host: str) -> str | None:
        """Return the address or network as which `host` is counted.

        None means that `host` is not counted: it is this machine, a trusted proxy, or not an
        address.
        """
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if (
            self._trusts_all
            or address.is_loopback
            or any(address in network for network in self._trusted)
        ):
            return None
        return (
            str(IPv6Network((address, 64), strict=False))
            if isinstance(address, IPv6Address)
            else str(address)
        )


def _rate(member: Member) -> float:
    return member.body_rate


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
