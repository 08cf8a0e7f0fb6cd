"""Fingerprints that show whether two services have the same facts.

A fingerprint is a count and a sum of hashes for each partition. It does not depend on the order in
which the facts are read.
"""

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
    """The number of facts in a partition, and the sum of their hashes modulo 2**64."""

    count: int = 0
    total: int = 0

    @property
    def hexadecimal(self) -> str:
        """The sum as 16 hexadecimal digits."""
        return f"{self.total:0{2 * _HASH_BYTES}x}"


class Fingerprints:
    """Collects facts and computes the fingerprint of each partition."""

    def __init__(self) -> None:
        self._counts = [0] * PARTITIONS
        self._totals = [0] * PARTITIONS

    def add(self, aggregate_id: UUID, fact: Sequence[object]) -> None:
        """Add a fact about an aggregate to the fingerprint of its partition.

        A fact is a sequence of JSON values, times in UTC and ids. Both services must use the same
        order.
        """
        partition = partition_of(aggregate_id)
        self._counts[partition] += 1
        self._totals[partition] += fact_hash(fact)

    def by_partition(self) -> list[Fingerprint]:
        """Return the fingerprints, in the order of the partitions."""
        mask = (1 << 8 * _HASH_BYTES) - 1
        return [
            Fingerprint(count, total & mask)
            for count, total in zip(self._counts, self._totals, strict=True)
        ]


def fact_hash(fact: Sequence[object]) -> int:
    """Return the 64-bit hash of a fact (see `Fingerprints.add`)."""
    document = orjson.dumps(fact, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return int.from_bytes(blake2b(document, digest_size=_HASH_BYTES).digest())


@dataclass(frozen=True, slots=True)
class Compared:
    """The fingerprints by which tickets and a copy are compared.

    Facts belong to the ticket's id.
    """

    tickets: Fingerprints = field(default_factory=Fingerprints)
    articles: Fingerprints = field(default_factory=Fingerprints)
    history: Fingerprints = field(default_factory=Fingerprints)


def ticket_fact(ticket: TicketState) -> Sequence[object]:
    """Return the fact of a ticket for the comparison.

    `actions` are left out: they are derived from the other fields by rules that a new release may
    change.
    """
    return [ticket.model_dump(mode="json", exclude={"actions"})]


def article_fact(row: Any, *, identity: str | None, name: str) -> Sequence[object]:
    """Return the fact of an article: its columns in `row`, and the author's `identity` and
    `name`.
    """
    return [
        row.id,
        row.kind,
        identity,
        name,
        row.visible_to_requester,
        row.subject,
        row.body,
        row.created_at,
        row.child,
    ]


def change_fact(row: Any, *, identity: str | None, name: str) -> Sequence[object]:
    """Return the fact of a history entry: its columns in `row`, the actor's `identity` and
    `name`.
    """
    return [row.version, row.at, row.event, identity, name, row.reason, row.changes]
