"""What of that which is owed stands in the ledgers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.models import DeliveryRow, NoticeRow, PlaceRow, PreferencesRow
from services.notify.repository.preferences import operator_id
from shared.database.base import table_of
from shared.database.bulk import any_of

_DELIVERIES = table_of(DeliveryRow)
_NOTICES = table_of(NoticeRow)
_PLACES = table_of(PlaceRow)
_PREFERENCES = table_of(PreferencesRow)


@dataclass(frozen=True, slots=True)
class Kept:
    """Mails by id with the article that each is, notices, and of mails that failed the version at
    which they were last sent again.
    """

    mails: dict[UUID, UUID]
    notices: frozenset[UUID]
    failed: dict[UUID, int]


async def find_kept(
    connection: AsyncConnection, *, mails: Collection[UUID], notices: Collection[UUID]
) -> Kept:
    """Return what the ledgers have of `mails` and `notices`."""
    columns = (
        _DELIVERIES.c.id,
        _DELIVERIES.c.article_id,
        _DELIVERIES.c.state,
        _DELIVERIES.c.resent_version,
    )
    found = (
        await connection.execute(select(*columns).where(any_of(_DELIVERIES.c.id, mails)))
    ).all()
    raised = (
        await connection.execute(select(_NOTICES.c.id).where(any_of(_NOTICES.c.id, notices)))
    ).scalars()
    return Kept(
        mails={row.id: row.article_id for row in found},
        notices=frozenset(raised),
        failed={row.id: row.resent_version for row in found if row.state == "failed"},
    )


async def chosen_since(
    connection: AsyncConnection, operators: Collection[str]
) -> dict[str, tuple[datetime, frozenset[str]]]:
    """Return, of those among `operators` who have chosen how to be notified, since when it holds
    and which kinds they muted.
    """
    ids = [operator_id(each) for each in operators]
    rows = await connection.execute(select(_PREFERENCES).where(any_of(_PREFERENCES.c.id, ids)))
    return {row.operator: (row.changed_at, frozenset(row.muted)) for row in rows}


async def mailed_changes(
    connection: AsyncConnection, changes: Collection[tuple[UUID, int]]
) -> set[tuple[UUID, int]]:
    """Return those of `changes` (ticket and version) that a mail tells of."""
    columns = (_DELIVERIES.c.ticket_id, _DELIVERIES.c.sequence)
    rows = await connection.execute(
        select(*columns).where(any_of(_DELIVERIES.c.ticket_id, {ticket for ticket, _ in changes}))
    )
    return {(row.ticket_id, row.sequence) for row in rows} & set(changes)


async def places_of(
    connection: AsyncConnection, tickets: Collection[UUID]
) -> dict[UUID, str | None]:
    """Return the queue in which each of `tickets` is, as far as notify knows."""
    rows = await connection.execute(
        select(_PLACES.c.ticket_id, _PLACES.c.queue).where(any_of(_PLACES.c.ticket_id, tickets))
    )
    return {row.ticket_id: row.queue for row in rows}
