"""What stands in the ledgers, to be laid beside the tickets, and the removal of what tells of
nothing that happened.
"""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.delivery import TO_OPERATORS
from services.notify.models import DeliveryRow, NoticeRow, PlaceRow, PreferencesRow
from shared.contracts.events.notify import MailKind
from shared.database.base import table_of
from shared.database.bulk import any_of
from shared.database.database import Database
from shared.database.keyset import walk
from shared.database.outbox import delete_published
from shared.database.tables import OutboxRow

_DELIVERIES = table_of(DeliveryRow)
_NOTICES = table_of(NoticeRow)
_PLACES = table_of(PlaceRow)
_PREFERENCES = table_of(PreferencesRow)
_OUTBOX = table_of(OutboxRow)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MailInLedger:
    """A mail to a requester or an outside address: it tells of the ticket's `version`."""

    id: UUID
    ticket_id: UUID
    number: str
    kind: MailKind
    version: int
    article_id: UUID


@dataclass(frozen=True, slots=True)
class NoticeInLedger:
    """A notice: it tells of the change that `actor` (None: nobody) made to the ticket, which made
    `version`.
    """

    id: UUID
    ticket_id: UUID
    number: str
    version: int
    actor: str | None


async def walk_mails(database: Database) -> AsyncIterator[Sequence[MailInLedger]]:
    """Yield the mails to requesters and outside addresses, a page at a time."""
    async for rows in walk(database, _DELIVERIES):
        yield [
            MailInLedger(
                row.id, row.ticket_id, row.ticket_number, row.kind, row.sequence, row.article_id
            )
            for row in rows
            if row.kind not in TO_OPERATORS
        ]


async def walk_notices(database: Database) -> AsyncIterator[Sequence[NoticeInLedger]]:
    """Yield the notices, a page at a time."""
    async for rows in walk(database, _NOTICES):
        yield [
            NoticeInLedger(
                row.id, row.ticket_id, row.number, row.ticket_version, row.actor_identity
            )
            for row in rows
        ]


async def walk_places(database: Database) -> AsyncIterator[Mapping[UUID, int]]:
    """Yield the versions of the tickets at which their queues are known, by the tickets' ids, a
    page at a time.
    """
    async for rows in walk(database, _PLACES):
        yield {row.ticket_id: row.version for row in rows}


async def count_waiting(connection: AsyncConnection) -> int:
    """Return how many mails are still to be sent."""
    waiting = or_(
        _DELIVERIES.c.next_attempt_at.is_not(None), _DELIVERIES.c.lease_until.is_not(None)
    )
    return (
        await connection.execute(select(func.count()).select_from(_DELIVERIES).where(waiting))
    ).scalar_one()


async def mail_versions(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the versions of those of the mails `ids` that are in the ledger."""
    rows = await connection.execute(
        select(_DELIVERIES.c.id, _DELIVERIES.c.version).where(any_of(_DELIVERIES.c.id, ids))
    )
    return {row.id: row.version for row in rows}


async def notice_versions(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, int | None]:
    """Return the highest version that each of those of the notices `ids` was told at that are in
    the ledger, None where any may be.
    """
    joined = _NOTICES.outerjoin(_DELIVERIES, _DELIVERIES.c.id == _NOTICES.c.delivery_id)
    columns = (_NOTICES.c.id, _NOTICES.c.rhythm, _DELIVERIES.c.version)
    rows = await connection.execute(
        select(*columns).select_from(joined).where(any_of(_NOTICES.c.id, ids))
    )
    # Of a notice that no mail will tell, the ledger no longer has what became of a mail that was
    # meant to.
    return {row.id: None if row.rhythm == "none" else max(row.version or 0, 2) for row in rows}


async def preference_versions(connection: AsyncConnection) -> dict[str, int]:
    """Return the version of what each operator chose, by identity."""
    return {
        row.operator: row.version
        for row in await connection.execute(select(_PREFERENCES.c.operator, _PREFERENCES.c.version))
    }


async def numbers_in_ledger(database: Database) -> Mapping[UUID, str]:
    """Return the number of every ticket that a mail or a notice tells of, by the ticket's id."""
    found: dict[UUID, str] = {}
    async for mails in walk_mails(database):
        found.update((mail.ticket_id, mail.number) for mail in mails)
    async for notices in walk_notices(database):
        found.update((notice.ticket_id, notice.number) for notice in notices)
    return found


async def remove_mails(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove mails from the ledger; return their rows."""
    return await _removed(connection, _DELIVERIES, any_of(_DELIVERIES.c.id, ids))


async def remove_notices(connection: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Remove notices, and mails that tell of nothing else; return the rows of both."""
    notices = await _removed(connection, _NOTICES, any_of(_NOTICES.c.id, ids))
    mails = {row["delivery_id"] for row in notices if row["delivery_id"] is not None}
    tells_of_others = exists().where(_NOTICES.c.delivery_id == _DELIVERIES.c.id)
    return notices + await _removed(
        connection, _DELIVERIES, any_of(_DELIVERIES.c.id, mails) & ~tells_of_others
    )


async def unsay(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    """Take what was to be published of the mails and notices `ids` out of the outbox."""
    gone = set(map(str, ids))
    rows = await connection.execute(
        select(_OUTBOX.c.seq, _OUTBOX.c.body).where(_OUTBOX.c.target.is_(None))
    )
    told = ((row.seq, json.loads(row.body)) for row in rows)
    await delete_published(
        connection,
        [
            seq
            for seq, body in told
            if not gone.isdisjoint((body.get("notice_id"), body.get("delivery_id")))
        ],
    )


async def remove_places(connection: AsyncConnection, ticket_ids: Collection[UUID]) -> None:
    """Forget in which queues tickets are; a replay tells it again."""
    await connection.execute(delete(_PLACES).where(any_of(_PLACES.c.ticket_id, ticket_ids)))


async def _removed(
    connection: AsyncConnection, table: Table, which: ColumnElement[bool]
) -> list[Row]:
    rows = await connection.execute(delete(table).where(which).returning(*table.c))
    return [dict(row) for row in rows.mappings()]
