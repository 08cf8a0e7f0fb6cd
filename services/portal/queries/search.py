"""Words in tickets: the conditions that a ticket has them, and the tickets that an index of words
finds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from services.portal.domain.search_words import Sought, Term, queue_word
from services.portal.domain.viewer import Viewer
from services.portal.projection.repository import WORDS
from services.portal.queries.related_tickets import known_by_id
from shared.database.bulk import any_of

_FACTS, _PUBLIC, _INTERNAL = WORDS.c.facts, WORDS.c.public, WORDS.c.internal
_ALL = (_FACTS, _PUBLIC, _INTERNAL)
"""What an operator finds a ticket by; written like the index of words, which only so is used."""
_ALL_UNINDEXED = (_INTERNAL, _PUBLIC, _FACTS)
"""The same, and no index is used."""
_INDEX = table("words_index", column("rowid", Integer))
"""SQLite's index of words."""
OF_OPERATORS, OF_REQUESTER, OF_READERS = _ALL_UNINDEXED, (_PUBLIC, _FACTS), (_PUBLIC,)
"""By what words a ticket is found: by operators, by its requester, by those whom it is shared with
(see `given`).
"""

MOST_INDEXED = 2
"""Words that an index is asked for at once."""
SHORTEST_INDEXED = 3
"""Letters of a word that an index is asked for, if there is a longer one."""
MOST_MERGED = 2000
"""Merged tickets with any of the words that are looked at."""

Columns = tuple[Column[Any], ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for on one kind of database; `together` are tickets that have it only with
    what was merged into them.
    """

    dialect: str
    sought: Sought
    together: frozenset[UUID] = frozenset()

    def found_in(self, source: FromClause, columns: Columns) -> ColumnElement[bool]:
        """Return the condition that a row of `source`, which has the columns of tickets, has the
        words in `columns`.
        """
        # A subquery that gives a value is looked up for each row that is met, in the order in which
        # rows are met; joined, the database might begin with all tickets that have the words.
        has = (
            select(_has(self.dialect, self.sought.terms, columns))
            .where(WORDS.c.ticket_id == source.c.id)
            .scalar_subquery()
        )
        return or_(has, any_of(source.c.id, self.together)) if self.together else has

    @property
    def is_whole_in_index(self) -> bool:
        """Whether all that the index finds has the words."""
        return set(_indexed(self.sought.terms)) == set(self.sought.terms)

    def found_by_index(self, limit: int, queues: Sequence[str] | None) -> Select[Any]:
        """Return the query for the ids of at most `limit` tickets in `queues` (None: anywhere) that
        may have the words.

        All that have them are there, but for those in `together`. It is known of the longest words
        alone that they have these: asking the index for more words, which are more common, costs
        more than looking at what it has found.
        """
        terms = _indexed(self.sought.terms)
        places = [queue_word(queue) for queue in (None, *queues)] if queues is not None else []
        if self.dialect == "postgresql":
            query = _tsquery(terms, " & ") + (
                f" & ({' | '.join(map(_quoted, places))})" if places else ""
            )
            return select(WORDS.c.ticket_id).where(_matches(_ALL, query)).limit(limit)
        found = _INDEX.join(WORDS, WORDS.c.place == _INDEX.c.rowid)
        match = _fts_query(terms) + (
            " AND (" + " OR ".join(f'"{place}"' for place in places) + ")" if places else ""
        )
        is_match = literal_column(_INDEX.name).op("match", is_comparison=True)(match)
        return select(WORDS.c.ticket_id).select_from(found).where(is_match).limit(limit)


async def search_of_operator(connection: AsyncConnection, sought: Sought) -> Search:
    """Return the search for `sought`, in all words."""
    dialect = connection.dialect.name
    merged = await merged_with_any(connection, sought, (_PUBLIC, _INTERNAL))
    return Search(
        dialect,
        sought,
        await _together(connection, sought, merged, OF_OPERATORS, viewer=None)
        if merged
        else frozenset(),
    )


async def search_of_requester(
    connection: AsyncConnection, sought: Sought, viewer: Viewer
) -> Search:
    """Return the search for `sought` among what `viewer` may read as the requester of a ticket."""
    dialect = connection.dialect.name
    merged = await merged_with_any(connection, sought, (_PUBLIC,))
    return Search(
        dialect,
        sought,
        await _together(connection, sought, merged, OF_REQUESTER, viewer=viewer)
        if merged
        else frozenset(),
    )


Flags = tuple[bool, ...]
"""Which of the terms of a search there are."""


async def merged_with_any(
    connection: AsyncConnection, sought: Sought, columns: Columns
) -> Mapping[UUID, tuple[UUID, Flags]]:
    """Return the merged tickets that have any of the terms in their articles: what each was merged
    into, and which terms it has.
    """
    dialect, terms = connection.dialect.name, sought.terms
    flags = [_has(dialect, (term,), columns).label(f"has_{n}") for n, term in enumerate(terms)]
    any_term = _any(dialect, terms, (_PUBLIC, _INTERNAL))
    query = select(WORDS.c.ticket_id, WORDS.c.merged_into_id, *flags).where(
        WORDS.c.merged_into_id.is_not(None), any_term
    )
    rows = (await connection.execute(query.limit(MOST_MERGED))).all()
    return {row[0]: (row[1], tuple(map(bool, row[2:]))) for row in rows if any(row[2:])}


async def _together(
    connection: AsyncConnection,
    sought: Sought,
    merged: Mapping[UUID, tuple[UUID, Flags]],
    columns: Columns,
    *,
    viewer: Viewer | None,
) -> frozenset[UUID]:
    """Return the tickets that have all terms only together with those of `merged` that went into
    them, directly or through another.

    `viewer` as for `gathered_from`.
    """
    own = await targets_with(connection, sought, {into for into, _ in merged.values()}, columns)
    gathered = await gathered_from(connection, merged, own, viewer=viewer)
    return frozenset(
        ticket_id
        for ticket_id, terms in gathered.items()
        if ticket_id in own
        and not all(own[ticket_id][1])
        and all(has or n in terms for n, has in enumerate(own[ticket_id][1]))
    )


async def gathered_from(
    connection: AsyncConnection,
    merged: Mapping[UUID, tuple[UUID, Flags]],
    own: Mapping[UUID, tuple[UUID | None, Flags]],
    *,
    viewer: Viewer | None,
) -> dict[UUID, set[int]]:
    """Return the positions of the terms that tickets have by those of `merged` that went into them,
    directly or through another.

    `own` are the tickets that `merged` went into. `viewer` reads together only what belongs to one
    person (None: an operator, who reads all).
    """
    known = await known_by_id(connection, {*merged, *own}) if viewer is not None else {}
    gathered: dict[UUID, set[int]] = {}
    for ticket_id, (into, flags) in merged.items():
        at: UUID | None = into
        passed = {ticket_id}
        while at is not None and at not in passed:
            passed.add(at)
            reads = viewer is None or (
                at in known
                and ticket_id in known
                and viewer.reads_together(known[at], known[ticket_id])
            )
            if reads:
                gathered.setdefault(at, set()).update(n for n, has in enumerate(flags) if has)
            at = own[at][0] if at in own else None
    return gathered


async def targets_with(
    connection: AsyncConnection, sought: Sought, wanted: set[UUID], columns: Columns
) -> dict[UUID, tuple[UUID | None, Flags]]:
    """Return, for `wanted` and what these were merged into, what each was merged into itself and
    which terms it has.
    """
    flags = [
        _has(connection.dialect.name, (term,), columns).label(f"has_{n}")
        for n, term in enumerate(sought.terms)
    ]
    found: dict[UUID, tuple[UUID | None, Flags]] = {}
    while wanted := wanted - found.keys():
        rows = await connection.execute(
            select(WORDS.c.ticket_id, WORDS.c.merged_into_id, *flags).where(
                any_of(WORDS.c.ticket_id, wanted)
            )
        )
        level = {row[0]: (row[1], tuple(map(bool, row[2:]))) for row in rows}
        found |= level
        wanted = {into for into, _ in level.values() if into is not None} if level else set()
    return found


def _has(dialect: str, terms: Sequence[Term], columns: Columns) -> ColumnElement[bool]:
    """Return the condition that a row of the words has all `terms` in `columns`."""
    if dialect == "postgresql":
        return _matches(columns, _tsquery(terms, " & "))
    text = literal(" ").op("||")(_text_of(columns, " "))
    return and_(true(), *(_has_term(text, term) for term in terms))


def _any(dialect: str, terms: Sequence[Term], columns: Columns) -> ColumnElement[bool]:
    """Return the condition that a row of the words has any of `terms` in `columns`, which
    PostgreSQL has an index of.
    """
    if dialect == "postgresql":
        return _matches(columns, _tsquery(terms, " | "))
    text = literal(" ").op("||")(_text_of(columns, " "))
    return or_(false(), *(_has_term(text, term) for term in terms))


def _matches(columns: Columns, query: str) -> ColumnElement[bool]:
    return _text_of(columns, "").op("@@", is_comparison=True)(cast(query, TSQUERY))


def _has_term(text: ColumnElement[Any], term: Term) -> ColumnElement[bool]:
    return or_(*(and_(*(func.instr(text, f" {word}") > 0 for word in words)) for words in term))


def _text_of(columns: Columns, between: str) -> ColumnElement[Any]:
    first, *others = columns
    text: ColumnElement[Any] = first
    for other in others:
        text = text.op("||")(literal(between)).op("||")(other) if between else text.op("||")(other)
    return text


def _indexed(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return what an index is asked for: the longest of `terms`, without short words as far as
    something is left of them.
    """
    shorter = (
        tuple(tuple(word for word in words if len(word) >= SHORTEST_INDEXED) for words in term)
        for term in terms
    )
    enough = [term for term in shorter if all(term)] or terms
    return tuple(
        sorted(enough, key=lambda term: -min(len(word) for words in term for word in words))[
            :MOST_INDEXED
        ]
    )


# Words are letters and digits of any script and nothing else, so that nothing in them has a meaning
# to a database.


def _tsquery(terms: Sequence[Term], between: str) -> str:
    return between.join(
        "("
        + " | ".join(
            "(" + " & ".join(f"{_quoted(word)}:*" for word in words) + ")" for words in term
        )
        + ")"
        for term in terms
    )


def _fts_query(terms: Sequence[Term]) -> str:
    return " AND ".join(
        "("
        + " OR ".join("(" + " AND ".join(f'"{word}"*' for word in words) + ")" for words in term)
        + ")"
        for term in terms
    )


def _quoted(word: str) -> str:
    return f"'{word}'"
