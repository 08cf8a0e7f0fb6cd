"""What the portal has, to be laid beside what its owners have, on the command line."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.portal.projection.repository import (
    ARTICLES,
    DELIVERIES,
    HISTORY,
    NOTICES,
    PREFERENCES,
    TICKETS,
)
from services.portal.queries.rows import ticket_state
from shared.comparison.fingerprints import article_fact, change_fact, fact_hash, ticket_fact
from shared.comparison.pasts import Past, PastChange
from shared.database.bulk import any_of
from shared.database.database import Database
from shared.database.keyset import walk


async def walk_pasts(database: Database) -> AsyncIterator[Mapping[UUID, Past]]:
    """Yield the tickets with what lies behind them, by id, a page at a time."""
    async for rows in walk(database, TICKETS):
        states = [ticket_state(row._mapping) for row in rows]
        articles: dict[UUID, dict[UUID, int]] = {state.id: {} for state in states}
        changes: dict[UUID, dict[int, PastChange]] = {state.id: {} for state in states}
        async with database.reading() as connection:
            for row in await connection.execute(
                select(ARTICLES).where(any_of(ARTICLES.c.ticket_id, articles))
            ):
                articles[row.ticket_id][row.id] = _article_hash(row)
            for row in await connection.execute(
                select(HISTORY).where(any_of(HISTORY.c.ticket_id, changes))
            ):
                fact = change_fact(row, identity=row.actor_identity, name=row.actor_name)
                changes[row.ticket_id][row.version] = PastChange(
                    row.event, row.actor_identity, fact_hash(fact)
                )
        yield {
            state.id: Past(
                state.number,
                state.version,
                fact_hash(ticket_fact(state)),
                changes[state.id],
                articles[state.id],
            )
            for state in states
        }


async def walk_mail_versions(database: Database) -> AsyncIterator[Mapping[UUID, int]]:
    """Yield the version that each mail to a requester or an outside address is known at, by id, a
    page at a time.
    """
    async for rows in walk(database, DELIVERIES):
        yield {row.id: row.version for row in rows}


async def walk_notice_versions(database: Database) -> AsyncIterator[Mapping[UUID, int]]:
    """Yield the version that each notice is known at, by id, a page at a time."""
    async for rows in walk(database, NOTICES):
        yield {row.id: row.version for row in rows}


async def preference_versions(database: Database) -> dict[str, int]:
    """Return the version of what each operator chose, by identity."""
    async with database.reading() as connection:
        return {
            row.operator: row.version
            for row in await connection.execute(
                select(PREFERENCES.c.operator, PREFERENCES.c.version)
            )
        }


async def numbers_of_copies(database: Database) -> dict[UUID, str]:
    """Return the number of every ticket, by its id."""
    found: dict[UUID, str] = {}
    async for rows in walk(database, TICKETS):
        found.update((row.id, row.number) for row in rows)
    return found


def _article_hash(row: Any) -> int:
    return fact_hash(article_fact(row, identity=row.author_identity, name=row.author_name))
