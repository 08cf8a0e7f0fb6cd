"""Reading tickets with all that was ever appended to them, to publish it again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.domain.ticket import Ticket
from services.tickets.models import ArticleRow, HistoryRow, TicketRow
from services.tickets.repository.rows import ticket_of
from shared.contracts.events.replay import ReplayedChange
from shared.contracts.events.ticket_state import AboutChild, Article
from shared.contracts.people import Actor
from shared.database.base import table_of
from shared.database.bulk import any_of
from shared.database.keyset import rows_after

_TICKETS = table_of(TicketRow)
_ARTICLES = table_of(ArticleRow)
_HISTORY = table_of(HistoryRow)


async def count_tickets(connection: AsyncConnection) -> int:
    """Return how many tickets there are."""
    return (await connection.execute(select(func.count()).select_from(_TICKETS))).scalar_one()


async def tickets_after(
    connection: AsyncConnection, last: UUID | None, *, limit: int
) -> list[Ticket]:
    """Return `limit` tickets in the order of their ids, those behind `last`; nothing is locked."""
    rows = await rows_after(connection, _TICKETS, (last,) if last else None, limit=limit)
    return [ticket_of(row) for row in rows]


async def tickets_with(connection: AsyncConnection, ids: Collection[UUID]) -> list[Ticket]:
    """Return those of `ids` that exist; nothing is locked."""
    if not ids:
        return []
    return [
        ticket_of(row)
        for row in await connection.execute(select(_TICKETS).where(any_of(_TICKETS.c.id, ids)))
    ]


async def history_of(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, list[ReplayedChange]]:
    """Return the changes of each of `ids`, oldest first."""
    query = (
        select(_HISTORY)
        .where(any_of(_HISTORY.c.ticket_id, ids))
        .order_by(_HISTORY.c.ticket_id, _HISTORY.c.version)
    )
    found: dict[UUID, list[ReplayedChange]] = {ticket_id: [] for ticket_id in ids}
    for row in await connection.execute(query):
        found[row.ticket_id].append(replayed_change(row))
    return found


async def articles_of(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, list[Article]]:
    """Return the articles of each of `ids`, in the order in which they were appended."""
    query = (
        select(_ARTICLES)
        .where(any_of(_ARTICLES.c.ticket_id, ids))
        .order_by(_ARTICLES.c.ticket_id, _ARTICLES.c.version, _ARTICLES.c.id)
    )
    found: dict[UUID, list[Article]] = {ticket_id: [] for ticket_id in ids}
    for row in await connection.execute(query):
        found[row.ticket_id].append(article(row))
    return found


async def changed_since(
    connection: AsyncConnection, since: datetime, last: UUID | None, *, limit: int
) -> list[Ticket]:
    """Return `limit` tickets that changed at `since` or later, in the order of their ids, those
    behind `last`; nothing is locked.
    """
    query = (
        select(_TICKETS).where(_TICKETS.c.updated_at >= since).order_by(_TICKETS.c.id).limit(limit)
    )
    if last is not None:
        query = query.where(_TICKETS.c.id > last)
    return [ticket_of(row) for row in await connection.execute(query)]


async def articles_by_version(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, dict[int, list[Article]]]:
    """Return the articles of each of `ids`, by the version that appended them."""
    query = (
        select(_ARTICLES)
        .where(any_of(_ARTICLES.c.ticket_id, ids))
        .order_by(_ARTICLES.c.ticket_id, _ARTICLES.c.version, _ARTICLES.c.id)
    )
    found: dict[UUID, dict[int, list[Article]]] = {ticket_id: {} for ticket_id in ids}
    for row in await connection.execute(query):
        found[row.ticket_id].setdefault(row.version, []).append(article(row))
    return found


async def ids_of_numbers(connection: AsyncConnection, numbers: Collection[str]) -> dict[str, UUID]:
    """Return the ids of the tickets with `numbers`, by number."""
    if not numbers:
        return {}
    found = await connection.execute(
        select(_TICKETS.c.number, _TICKETS.c.id).where(any_of(_TICKETS.c.number, numbers))
    )
    return {row.number: row.id for row in found}


def replayed_change(row: Any) -> ReplayedChange:
    """Return the change that a row of `history` is."""
    changes = {name: (before, after) for name, (before, after) in row.changes.items()}
    return ReplayedChange(
        version=row.version,
        at=row.at,
        event=row.event,
        actor=Actor.model_validate(row.actor),
        reason=row.reason,
        changes=changes,
    )


def article(row: Any) -> Article:
    """Return the article that a row of `articles` is."""
    return Article(
        id=row.id,
        kind=row.kind,
        author=Actor.model_validate(row.author),
        visible_to_requester=row.visible_to_requester,
        subject=row.subject,
        body=row.body,
        created_at=row.created_at,
        child=AboutChild.model_validate(row.child) if row.child else None,
    )
