"""Whether two services have the same facts: counts and hashes by partition, whatever the order in which the facts are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.events.ticket_state import TicketState
from shared.database.unit_of_work import PARTITIONS, partition_of

_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many facts a partition has, and the sum of their hashes (a number of 64 bits)."""

    count: int = 0
    total: int = 0

    @property
    def hexadecimal(self) -> str:
        """The sum as 16 digits."""
        return f"{self.total:0{2 * _HASH_BYTES}x}"


class Fingerprints:
    """The fingerprints of all partitions, in the making."""

    def __init__(self) -> None:
        self._counts = [0] * PARTITIONS
        self._totals = [0] * PARTITIONS

    def add(self, aggregate_id: UUID, fact: Sequence[object]) -> None:
        """Take in a fact about an aggregate: values of JSON, moments in UTC and ids, in an order that both sides keep."""
        partition = partition_of(aggregate_id)
        self._counts[partition] += 1
        self._totals[partition] += fact_hash(fact)

    def by_partition(self) -> list[Fingerprint]:
        """Return what was taken in, partition after partition."""
        mask = (1 << 8 * _HASH_BYTES) - 1
        return [Fingerprint(count, total & mask) for count, total in zip(self._counts, self._totals, strict=True)]


def fact_hash(fact: Sequence[object]) -> int:
    """Return the hash of a fact (see `Fingerprints.add`), a number of 64 bits."""
    document = orjson.dumps(fact, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return int.from_bytes(blake2b(document, digest_size=_HASH_BYTES).digest())


@dataclass(frozen=True, slots=True)
class Compared:
    """What tickets and a copy of them are compared by, each under the ticket's id."""

    tickets: Fingerprints = field(default_factory=Fingerprints)
    articles: Fingerprints = field(default_factory=Fingerprints)
    history: Fingerprints = field(default_factory=Fingerprints)


def ticket_fact(ticket: TicketState) -> Sequence[object]:
    """Return a ticket as it is compared. (`actions` are left out: they follow from the rest by rules that a new release may change.)"""
    return [ticket.model_dump(mode="json", exclude={"actions"})]


def article_fact(row: Any, *, identity: str | None, name: str) -> Sequence[object]:
    """Return an article (its columns as attributes) by that author as it is compared."""
    return [row.id, row.kind, identity, name, row.visible_to_requester, row.subject, row.body, row.created_at, row.child]


def change_fact(row: Any, *, identity: str | None, name: str) -> Sequence[object]:
    """Return a change in a history (its columns as attributes) by that actor as it is compared."""
    return [row.version, row.at, row.event, identity, name, row.reason, row.changes]
