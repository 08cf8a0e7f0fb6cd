"""Writes the read model: newer versions replace older ones, what was appended is added once."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import cast
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.models import ArticleRow, DeliveryRow, HistoryRow, TicketRow
from services.portal.projector import Row
from shared.database.bulk import any_of, insert_rows

TICKETS = cast("Table", TicketRow.__table__)
ARTICLES = cast("Table", ArticleRow.__table__)
HISTORY = cast("Table", HistoryRow.__table__)
DELIVERIES = cast("Table", DeliveryRow.__table__)


async def store_tickets(connection: AsyncConnection, rows: Mapping[UUID, Row]) -> None:
    """Store ticket rows by id, each unless a version at least as new is there."""
    await insert_rows(connection, TICKETS, _by_id(rows), on_conflict="newer")


async def append_articles(connection: AsyncConnection, rows: Mapping[UUID, Row]) -> None:
    """Add article rows by id; those already there stay."""
    await insert_rows(connection, ARTICLES, _by_id(rows), on_conflict="nothing")


async def append_history(connection: AsyncConnection, rows: Mapping[tuple[UUID, int], Row]) -> set[UUID]:
    """Add history rows by (ticket id, version); those already there stay. Return the ids of the tickets that got one."""
    ordered = [rows[key] for key in sorted(rows, key=lambda key: (key[0].int, key[1]))]
    return await insert_rows(connection, HISTORY, ordered, on_conflict="nothing", key=("ticket_id", "version"), returning="ticket_id")


async def store_deliveries(connection: AsyncConnection, rows: Mapping[UUID, Row]) -> set[UUID]:
    """Store delivery rows by id, each unless a version at least as new is there. Return the ids of their tickets."""
    return await insert_rows(connection, DELIVERIES, _by_id(rows), on_conflict="newer", returning="ticket_id")


async def numbers_of(connection: AsyncConnection, ticket_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the numbers of those of `ticket_ids` that are known here."""
    found = await connection.execute(select(TICKETS.c.id, TICKETS.c.number).where(any_of(connection, TICKETS.c.id, ticket_ids)))
    return {row.id: row.number for row in found}


def _by_id(rows: Mapping[UUID, Row]) -> list[Row]:
    # Two batches that touch the same rows must lock them in the same order. (Numbers compare faster than UUIDs.)
    return [rows[key] for key in sorted(rows, key=attrgetter("int"))]
