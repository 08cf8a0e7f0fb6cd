"""What the portal's copy of the tickets is compared by, on the command line."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, func, select

from services.portal.projection.repository import (
    ARTICLES,
    DELIVERIES,
    HISTORY,
    NOTICES,
    PREFERENCES,
    TICKETS,
)
from services.portal.queries.rows import ticket_state
from shared.comparison.fingerprints import Compared, article_fact, change_fact, ticket_fact
from shared.database.bulk import any_of
from shared.database.database import Database
from shared.database.keyset import walk


async def fingerprints_of_copies(database: Database) -> Compared:
    """Return what is compared with the tickets themselves: all tickets, articles and changes that
    are shown here.
    """
    found = Compared()
    async for rows in walk(database, TICKETS):
        for row in rows:
            found.tickets.add(row.id, ticket_fact(ticket_state(row._mapping)))
    async for rows in walk(database, ARTICLES):
        for row in rows:
            found.articles.add(
                row.ticket_id, article_fact(row, identity=row.author_identity, name=row.author_name)
            )
    async for rows in walk(database, HISTORY):
        for row in rows:
            found.history.add(
                row.ticket_id, change_fact(row, identity=row.actor_identity, name=row.actor_name)
            )
    return found


async def versions_of_mails(database: Database, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the versions at which those of the mails `ids` are shown that are."""
    return await _versions(database, DELIVERIES, ids)


async def versions_of_notices(database: Database, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the versions at which those of the notices `ids` are shown that are."""
    return await _versions(database, NOTICES, ids)


async def versions_of_preferences(database: Database) -> dict[str, int]:
    """Return the version of what each operator chose, as it is shown."""
    async with database.reading() as connection:
        rows = await connection.execute(select(PREFERENCES.c.operator, PREFERENCES.c.version))
        return {row.operator: row.version for row in rows}


async def _versions(database: Database, table: Table, ids: Collection[UUID]) -> dict[UUID, int]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(table.c.id, table.c.version).where(any_of(table.c.id, ids))
        )
        return {row.id: row.version for row in rows}


async def newest_change_shown(database: Database) -> datetime | None:
    """Return when a ticket was last changed, as far as it is shown, None where none is."""
    async with database.reading() as connection:
        newest: datetime | None = (
            await connection.execute(select(func.max(TICKETS.c.updated_at)))
        ).scalar_one()
        return newest
