"""All connections of one web server: who makes room when there are too many of them.

The newcomer never does while others wait: first goes the connection that has been idle longest, then the slowest body,
then the client that reads its answer most slowly.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from shared.core.settings import CommonSettings

MOST_OF_ONE_BODY = 8 * 1024 * 1024
"""Bytes of one body that count as held: of a larger one the rest is thrown away."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the clients of one server may take.

    `connections` at a time in all, `per_address` from one address (0: any number; never counted for this machine and for
    trusted proxies), `slowest` bytes a second that bodies come and answers are read with, `bodies` bytes held in all.
    """

    connections: int = 4000
    per_address: int = 1000
    slowest: int = 500
    bodies: int = 128 * 1024 * 1024

    @classmethod
    def of(cls, common: CommonSettings) -> "Bounds":
        """Return the bounds that the settings ask for."""
        bodies = common.bodies_mb * 1024 * 1024
        return cls(common.connections, common.connections_per_address, common.slowest_client, bodies)


class Member(Protocol):
    """A connection, as far as room for others depends on it."""

    @property
    def body_rate(self) -> float:
        """Bytes a second with which its body comes, so far."""
        ...

    def end(self) -> None:
        """Hang up at once."""
        ...


@dataclass(eq=False)
class Crowd:
    """The connections of one server, by what they are doing; within `idle` and `unread` the longest first.

    `idle` asks for nothing, `bodies` are sending one (with the bytes that are held of it), `kept` are the bytes of those
    that have come whole and are not answered yet, `unread` leave their answer unread. All others are being answered, and stay.
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
        """Add a connection from `host`; another one makes room where there is none. It is idle until it asks."""
        address = self._counted(host)
        self.address_of[member] = address
        self.idle[member] = None
        if address is not None:
            self.by_address[address] += 1
            if self.bounds.per_address and self.by_address[address] > self.bounds.per_address:
                self._make_room(member, {one for one, other in self.address_of.items() if other == address}, or_end=True)
        if len(self.address_of) > self.bounds.connections:
            self._make_room(member, self.address_of.keys(), or_end=False)

    def leave(self, member: Member) -> None:
        """Forget a connection that has ended."""
        address = self.address_of.pop(member, None)
        if address is not None:
            self.by_address[address] -= 1
            if not self.by_address[address]:
                del self.by_address[address]
        self.idle.pop(member, None)
        self.unread.pop(member, None)
        self.release(member)

    def rest(self, member: Member) -> None:
        """Note that a connection has had its answer and asks for nothing."""
        self.release(member)
        if member in self.address_of:
            self.idle.pop(member, None)
            self.idle[member] = None

    def ask(self, member: Member) -> None:
        """Note that the head of a request came; its body follows."""
        self.idle.pop(member, None)
        if member in self.address_of:
            self.bodies.setdefault(member, 0)

    def hold(self, member: Member, size: int) -> None:
        """Count `size` more bytes of a body; the slowest of all bodies is ended where that is too much."""
        before = self.bodies.get(member)
        if before is None:
            return
        self.bodies[member] = min(before + size, MOST_OF_ONE_BODY)
        self.held += self.bodies[member] - before
        if self.held > self.bounds.bodies:
            self._end(min(self.bodies, key=_rate))

    def arrive(self, member: Member) -> None:
        """Note that a body has come whole: it is held until the request is answered."""
        size = self.bodies.pop(member, 0)
        if size:
            self.kept[member] = self.kept.get(member, 0) + size

    def release(self, member: Member) -> None:
        """Forget the body of a connection: its request was answered, or will not be."""
        self.held -= self.bodies.pop(member, 0) + self.kept.pop(member, 0)

    def _make_room(self, newcomer: Member, among: Iterable[Member], *, or_end: bool) -> None:
        """End one connection of `among`, never `newcomer` unless `or_end` and all others are being answered."""
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
        """Return what `host` is counted as, None where it is not: this machine, and proxies that speak for many."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self._trusts_all or address.is_loopback or any(address in network for network in self._trusted):
            return None
        return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def _rate(member: Member) -> float:
    return member.body_rate


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
