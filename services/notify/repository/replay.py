"""Reading the ledgers from one end to the other, to say again what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.delivery import Delivery
from services.notify.domain.notices import Notice
from services.notify.models import DeliveryRow, NoticeRow, PreferencesRow
from services.notify.repository.deliveries import delivery_of
from services.notify.repository.notices import notice_of
from shared.contracts.events.notify import DeliveryState, MailRhythm, NoticeKind
from shared.database.base import table_of
from shared.database.bulk import any_of
from shared.database.keyset import rows_after

_DELIVERIES = table_of(DeliveryRow)
_NOTICES = table_of(NoticeRow)
_PREFERENCES = table_of(PreferencesRow)


@dataclass(frozen=True, slots=True)
class Mail:
    """A row of the ledger of mails as it stands; `since` is when it ended, or else when it was
    queued.
    """

    delivery: Delivery
    version: int
    state: DeliveryState
    reason: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the operator wants to be told since `changed_at`, as the aggregate `id`."""

    id: UUID
    operator: str
    version: int
    rhythm: MailRhythm
    muted: tuple[NoticeKind, ...]
    changed_at: datetime


async def count_rows(connection: AsyncConnection) -> int:
    """Return how many mails, notices and preferences there are together."""
    counts = [
        await connection.execute(select(func.count()).select_from(table))
        for table in (_DELIVERIES, _NOTICES, _PREFERENCES)
    ]
    return sum(count.scalar_one() for count in counts)


async def mails_after(connection: AsyncConnection, last: UUID | None, *, limit: int) -> list[Mail]:
    """Return `limit` mails in the order of their ids, those behind `last`."""
    return [
        _mail(row) for row in await rows_after(connection, _DELIVERIES, _key(last), limit=limit)
    ]


async def notices_after(
    connection: AsyncConnection, last: UUID | None, *, limit: int
) -> list[tuple[Notice, Mail | None]]:
    """Return `limit` notices in the order of their ids, those behind `last`, each with the mail
    that tells it if there is one.
    """
    rows: Sequence[Any] = await rows_after(connection, _NOTICES, _key(last), limit=limit)
    wanted = {row.delivery_id for row in rows if row.delivery_id is not None}
    found: Sequence[Any] = (
        (
            await connection.execute(select(_DELIVERIES).where(any_of(_DELIVERIES.c.id, wanted)))
        ).all()
        if wanted
        else ()
    )
    mails = {row.id: _mail(row) for row in found}
    return [(notice_of(row), mails.get(row.delivery_id)) for row in rows]


async def preferences_after(
    connection: AsyncConnection, last: UUID | None, *, limit: int
) -> list[Chosen]:
    """Return what `limit` operators chose, in the order of the aggregates' ids, those behind
    `last`.
    """
    rows = await rows_after(connection, _PREFERENCES, _key(last), limit=limit)
    return [
        Chosen(row.id, row.operator, row.version, row.rhythm, tuple(row.muted), row.changed_at)
        for row in rows
    ]


def _key(last: UUID | None) -> tuple[UUID] | None:
    return (last,) if last is not None else None


def _mail(row: Any) -> Mail:
    return Mail(delivery_of(row), row.version, row.state, row.reason, row.ended_at or row.queued_at)
