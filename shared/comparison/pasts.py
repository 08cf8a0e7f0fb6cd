"""Compares the past of a ticket in the service that owns it with the past in a copy.

A copy has more than the owning service only after the database of that service was restored from a
backup: the backup is then older than the copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change of a ticket.

    `event` is the name of the event that published it, `actor` the identity of the person who made
    it (None: no person), and `fact` the hash of all its data.
    """

    event: str
    actor: str | None
    fact: int


@dataclass(frozen=True, slots=True)
class Past:
    """The past of a ticket up to `version`.

    `state` is the hash of the ticket, `changes` its changes by version, and `articles` the hashes
    of its articles by id.
    """

    number: str
    version: int
    state: int
    changes: Mapping[int, PastChange]
    articles: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Beyond:
    """The data of a ticket that a copy has and the owning service does not have.

    `version` is the copy's version; `owners` is the version in the owning service, or None if that
    service does not have the ticket. `versions` are the changes, and `articles` the articles, that
    are missing or different there.
    """

    number: str
    version: int
    owners: int | None
    versions: frozenset[int]
    articles: frozenset[UUID]


def beyond(copy: Past, owner: Past | None) -> Beyond | None:
    """Return what `copy` has and `owner` does not have, or None if there is nothing.

    Data that only `owner` has is ignored.
    """
    changes: Mapping[int, PastChange] = owner.changes if owner else {}
    articles: Mapping[UUID, int] = owner.articles if owner else {}
    versions = frozenset(
        version for version, change in copy.changes.items() if changes.get(version) != change
    )
    unknown = frozenset(
        article for article, fact in copy.articles.items() if articles.get(article) != fact
    )
    is_state_of_owner = owner is not None and (
        copy.version < owner.version or (copy.version, copy.state) == (owner.version, owner.state)
    )
    if is_state_of_owner and not versions and not unknown:
        return None
    return Beyond(copy.number, copy.version, owner.version if owner else None, versions, unknown)
