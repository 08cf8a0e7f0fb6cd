"""What operators are told, and where the tickets are that it is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.notices import Notice
from services.notify.models import NoticeRow, PlaceRow
from shared.contracts.people import Actor
from shared.database.base import table_of
from shared.database.bulk import NewRows, any_of, insert_together, is_one_of, packed
from shared.database.prepared import Prepared

_NOTICES = table_of(NoticeRow)
_PLACES = table_of(PlaceRow)
_N, _P = _NOTICES.c, _PLACES.c

_WITH_PLACES = _NOTICES.outerjoin(_PLACES, _P.ticket_id == _N.ticket_id)
_QUEUE_NOW = case((_P.version >= _N.ticket_version, _P.queue), else_=_N.queue).label("queue_now")
_IN_ORDER = (_N.operator, _N.number, _N.ticket_version)
_OF_MAILS = Prepared(
    select(*_N, _QUEUE_NOW)
    .select_from(_WITH_PLACES)
    .where(is_one_of(_N.delivery_id, "deliveries"))
    .order_by(_N.delivery_id, *_IN_ORDER)
)
# Word for word as the index has it, so that it is used.
_FOR_DIGEST = (_N.rhythm == literal_column("'digest'"), _N.delivery_id.is_(None))


@dataclass(frozen=True, slots=True)
class Place:
    """The queue of a ticket at `version`, which changed it."""

    ticket_id: UUID
    version: int
    queue: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A notice, and the queue in which its ticket is, by the newest that notify knows."""

    notice: Notice
    queue_now: str | None


async def insert_notices(
    connection: AsyncConnection, notices: Sequence[Notice], places: Sequence[Place]
) -> set[UUID]:
    """Add `notices`, each once, and move tickets to `places` (one for each ticket) where that is
    newer; return the ids of the added.
    """
    # Sorted, so that two batches that share rows wait for each other instead of blocking each
    # other.
    placed = [
        {"ticket_id": each.ticket_id, "version": each.version, "queue": each.queue}
        for each in sorted(places, key=_ticket_of)
    ]
    added, _ = await insert_together(
        connection,
        [
            NewRows(
                _NOTICES,
                [_row(notice) for notice in sorted(notices, key=lambda each: each.id)],
                "nothing",
                returning="id",
            ),
            NewRows(_PLACES, placed, "newer", key=("ticket_id",)),
        ],
    )
    return added


async def notices_of_mails(
    connection: AsyncConnection, delivery_ids: Iterable[UUID]
) -> dict[UUID, list[Known]]:
    """Return by delivery the notices that each tells, by ticket and version."""
    found: dict[UUID, list[Known]] = {}
    wanted = list(delivery_ids)
    if wanted:
        for row in await _OF_MAILS.rows(connection, deliveries=packed(wanted)):
            found.setdefault(row.delivery_id, []).append(_known(row))
    return found


async def operators_awaiting_digest(
    connection: AsyncConnection, *, before: datetime, after: str, limit: int
) -> list[str]:
    """Return, in their order, up to `limit` operators behind `after` who have notices waiting since
    before the moment `before`.
    """
    waiting = select(_N.operator).where(*_FOR_DIGEST, _N.operator > after, _N.raised_at < before)
    return list(
        (await connection.execute(waiting.distinct().order_by(_N.operator).limit(limit))).scalars()
    )


async def notices_for_digest(
    connection: AsyncConnection, *, operators: Sequence[str], before: datetime
) -> dict[str, list[Known]]:
    """Return by operator what waits for a digest since before the moment `before`, by ticket and
    version.
    """
    waiting = (
        select(*_N, _QUEUE_NOW)
        .select_from(_WITH_PLACES)
        .where(*_FOR_DIGEST, any_of(_N.operator, operators), _N.raised_at < before)
    )
    found: dict[str, list[Known]] = {}
    rows: Sequence[Any] = (await connection.execute(waiting.order_by(*_IN_ORDER))).all()
    for row in rows:
        found.setdefault(row.operator, []).append(_known(row))
    return found


async def mail_no_more(connection: AsyncConnection, notices: Sequence[Notice]) -> None:
    """Write that no mail will tell `notices`."""
    ending = (
        update(_NOTICES)
        .where(any_of(_N.id, [each.id for each in notices]))
        .values(rhythm="none", delivery_id=None)
    )
    await connection.execute(ending)


async def put_in_digest(
    connection: AsyncConnection, *, delivery_id: UUID | None, notices: Sequence[Notice]
) -> None:
    """Write that the mail `delivery_id` tells `notices`; None: they wait for one again."""
    if not notices:
        return
    await connection.execute(
        update(_NOTICES)
        .where(any_of(_N.id, [each.id for each in notices]))
        .values(delivery_id=delivery_id)
    )


async def never_mail(connection: AsyncConnection, notices: Sequence[Notice]) -> set[UUID]:
    """Write that no digest will tell `notices`, which wait for one; return the ids of those that
    still did.
    """
    ending = (
        update(_NOTICES)
        .where(any_of(_N.id, [each.id for each in notices]), *_FOR_DIGEST)
        .values(rhythm="none")
        .returning(_N.id)
    )
    return set((await connection.execute(ending)).scalars())


_PLAIN = tuple(field.name for field in fields(Notice) if field.name != "actor")


def _row(notice: Notice) -> dict[str, Any]:
    return {name: getattr(notice, name) for name in _PLAIN} | {
        "actor_identity": notice.actor.identity,
        "actor_name": notice.actor.name,
    }


def notice_of(row: Any) -> Notice:
    """Return the notice that a row of the ledger (its columns as attributes) is."""
    facts = {name: getattr(row, name) for name in _PLAIN}
    return Notice(**facts, actor=Actor(identity=row.actor_identity, name=row.actor_name))


def _known(row: Any) -> Known:
    return Known(notice_of(row), row.queue_now)


def _ticket_of(place: Place) -> UUID:
    return place.ticket_id
