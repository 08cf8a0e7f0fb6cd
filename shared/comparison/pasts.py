"""What a ticket has behind it, as its owner or a copy knows it, and what a copy has beyond its owner.

A copy is beyond its owner only after the owner's database was restored from a backup: the owner's backup is older than the copy's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change of a ticket: the name of the event that told it, who made it (None: nobody), and the hash of all that is known of it."""

    event: str
    actor: str | None
    fact: int


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket at `version`: the hash of its state, its changes by version, and the hashes of its articles by id."""

    number: str
    version: int
    state: int
    changes: Mapping[int, PastChange]
    articles: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a copy of a ticket has that its owner does not have: the state of `version`, changes by version, and articles.

    `owners` is the version that the owner has, None where the owner does not have the ticket.
    """

    number: str
    version: int
    owners: int | None
    versions: frozenset[int]
    articles: frozenset[UUID]


def beyond(copy: Past, owner: Past | None) -> Beyond | None:
    """Return what `copy` has beyond `owner`, None where it has nothing. What the copy lacks does not matter here."""
    changes: Mapping[int, PastChange] = owner.changes if owner else {}
    articles: Mapping[UUID, int] = owner.articles if owner else {}
    versions = frozenset(version for version, change in copy.changes.items() if changes.get(version) != change)
    unknown = frozenset(article for article, fact in copy.articles.items() if articles.get(article) != fact)
    is_state_of_owner = owner is not None and (copy.version < owner.version or (copy.version, copy.state) == (owner.version, owner.state))
    if is_state_of_owner and not versions and not unknown:
        return None
    return Beyond(copy.number, copy.version, owner.version if owner else None, versions, unknown)
