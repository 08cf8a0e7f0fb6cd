"""Writes the read model: newer versions replace older ones, what was appended is added once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.models import (
    ArticleRow,
    DeliveryRow,
    HistoryRow,
    NoticeRow,
    PreferencesRow,
    ShareRow,
    TicketRow,
    WordsRow,
)
from services.portal.projection.projector import Row
from shared.database.base import table_of
from shared.database.bulk import NewRows, any_of, insert_together, is_one_of, packed
from shared.database.prepared import Prepared

TICKETS = table_of(TicketRow)
SHARES = table_of(ShareRow)
WORDS = table_of(WordsRow)
ARTICLES = table_of(ArticleRow)
HISTORY = table_of(HistoryRow)
DELIVERIES = table_of(DeliveryRow)
NOTICES = table_of(NoticeRow)
PREFERENCES = table_of(PreferencesRow)
_NUMBERS = Prepared(select(TICKETS.c.id, TICKETS.c.number).where(is_one_of(TICKETS.c.id, "ids")))


@dataclass(frozen=True, slots=True)
class Stored:
    """What was really written: the ids of the tickets that got history, of those whose deliveries
    were stored, and of the notices.
    """

    changed: set[UUID]
    mailed: set[UUID]
    told: set[UUID]


async def store(
    connection: AsyncConnection,
    *,
    tickets: Mapping[UUID, Row],
    shares: Sequence[Row],
    words: Sequence[Row],
    articles: Mapping[UUID, Row],
    history: Mapping[tuple[UUID, int], Row],
    deliveries: Mapping[UUID, Row],
    notices: Mapping[UUID, Row],
    preferences: Mapping[str, Row],
) -> Stored:
    """Store tickets, deliveries and notices, by id, shares, and preferences, by operator, unless a
    version at least as new is there; add articles, by id, and history, by ticket and version, where
    they are not there, and words to those of their ticket.
    """
    steps = [history[key] for key in sorted(history, key=lambda key: (key[0].int, key[1]))]
    chosen = [preferences[operator] for operator in sorted(preferences)]
    shared = sorted(shares, key=lambda row: (row["ticket_id"].int, row["email_key"]))
    said = sorted(words, key=lambda row: row["ticket_id"].int)
    _, _, _, _, changed, mailed, told, _ = await insert_together(
        connection,
        [
            NewRows(TICKETS, _by_id(tickets), "newer"),
            NewRows(SHARES, shared, "newer", key=("email_key", "ticket_id")),
            NewRows(WORDS, said, "newer", key=("ticket_id",), joined=("public", "internal")),
            NewRows(ARTICLES, _by_id(articles), "nothing"),
            NewRows(HISTORY, steps, "nothing", key=("ticket_id", "version"), returning="ticket_id"),
            NewRows(DELIVERIES, _by_id(deliveries), "newer", returning="ticket_id"),
            NewRows(NOTICES, _by_id(notices), "newer", returning="id"),
            NewRows(PREFERENCES, chosen, "newer", key=("operator",)),
        ],
    )
    return Stored(changed, mailed, told)


async def mark_read(
    connection: AsyncConnection, operator: str, ids: Collection[UUID] | None, *, now: datetime
) -> None:
    """Mark the unread notices of `operator` as read at `now`: those of `ids` that are his, or
    (None) all.
    """
    unread = select(NOTICES.c.id).where(NOTICES.c.operator == operator, NOTICES.c.read_at.is_(None))
    if ids is not None:
        unread = unread.where(any_of(NOTICES.c.id, ids))
    # Locked in the order in which batches of events lock them.
    found = (
        (await connection.execute(unread.order_by(NOTICES.c.id).with_for_update())).scalars().all()
    )
    await connection.execute(update(NOTICES).where(any_of(NOTICES.c.id, found)).values(read_at=now))


async def mark_calls_read(
    connection: AsyncConnection, ticket_id: UUID, *, now: datetime
) -> Collection[str]:
    """Mark what told anybody that a ticket is new as read at `now`; return whose notices that
    were.
    """
    calls = (
        NOTICES.c.ticket_id == ticket_id,
        NOTICES.c.kind == "created",
        NOTICES.c.read_at.is_(None),
    )
    unread = (
        select(NOTICES.c.id, NOTICES.c.operator)
        .where(*calls)
        .order_by(NOTICES.c.id)
        .with_for_update()
    )
    found = (await connection.execute(unread)).all()
    if found:
        await connection.execute(
            update(NOTICES)
            .where(any_of(NOTICES.c.id, [row.id for row in found]))
            .values(read_at=now)
        )
    return {row.operator for row in found}


async def numbers_of(connection: AsyncConnection, ticket_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the numbers of those of `ticket_ids` that are known here."""
    found = await _NUMBERS.rows(connection, ids=packed(ticket_ids))
    return {row.id: row.number for row in found}


async def remove_tickets(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove tickets, and what finds them; return their rows.

    Their articles and their history stay.
    """
    for table in (SHARES, WORDS):
        await connection.execute(delete(table).where(any_of(table.c.ticket_id, ids)))
    return await _removed(connection, TICKETS, any_of(TICKETS.c.id, ids))


async def remove_articles(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove articles; return their rows."""
    return await _removed(connection, ARTICLES, any_of(ARTICLES.c.id, ids))


async def remove_changes(
    connection: AsyncConnection, ticket_id: UUID, versions: Collection[int]
) -> list[Row]:
    """Remove what the history of a ticket says of `versions`; return these rows."""
    return await _removed(
        connection,
        HISTORY,
        and_(HISTORY.c.ticket_id == ticket_id, any_of(HISTORY.c.version, versions)),
    )


async def remove_mails(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove what is known of mails; return these rows."""
    return await _removed(connection, DELIVERIES, any_of(DELIVERIES.c.id, ids))


async def remove_notices(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove notices, also whether they were read; return their rows."""
    return await _removed(connection, NOTICES, any_of(NOTICES.c.id, ids))


async def remove_preferences(connection: AsyncConnection, operators: Collection[str]) -> list[Row]:
    """Remove what `operators` chose; return these rows."""
    return await _removed(connection, PREFERENCES, any_of(PREFERENCES.c.operator, operators))


async def _removed(
    connection: AsyncConnection, table: Table, which: ColumnElement[bool]
) -> list[Row]:
    rows = await connection.execute(delete(table).where(which).returning(*table.c))
    return [dict(row) for row in rows.mappings()]


def _by_id(rows: Mapping[UUID, Row]) -> list[Row]:
    # Two batches that touch the same rows must lock them in the same order. (Numbers compare faster
    # than UUIDs.)
    return [rows[key] for key in sorted(rows, key=attrgetter("int"))]
