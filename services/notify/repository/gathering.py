"""Which notices wait to share a mail, and with which."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.notices import GATHERED
from services.notify.models import DeliveryRow, NoticeRow
from services.notify.repository.notices import Known, notices_of_mails
from shared.contracts.events.notify import NoticeKind
from shared.database.base import table_of
from shared.database.bulk import any_of

_NOTICES = table_of(NoticeRow)
_N = _NOTICES.c
_D = table_of(DeliveryRow).c

# Word for word as the index has it, so that it is used.
_WAITS = (_N.rhythm == literal_column("'each'"), _N.delivery_id.is_(None))
_OF_QUEUE = _N.kind.in_(sorted(GATHERED))


@dataclass(frozen=True, slots=True)
class Gathering:
    """Notices that wait to share a mail to `operator`: those of one `kind` in one `queue`, or
    (`ticket_id`) those of one ticket.
    """

    operator: str
    queue: str | None = None
    kind: NoticeKind = "created"
    ticket_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lately:
    """A notice of `ticket_id` that `operator` was mailed a moment ago, or that waits
    (`is_waiting`), and whose act it tells.
    """

    ticket_id: UUID
    operator: str
    actor_identity: str | None
    actor_name: str
    is_waiting: bool


async def gatherings_due(
    connection: AsyncConnection, *, before: datetime, limit: int
) -> list[Gathering]:
    """Return up to `limit` gatherings of queues, and as many of tickets, whose first notice was
    raised by the moment `before`.
    """
    of_queue, of_ticket = (_N.operator, _N.queue, _N.kind), (_N.operator, _N.ticket_id)
    is_due = func.min(_N.raised_at) <= before
    due = select(*of_queue).where(*_WAITS, _OF_QUEUE).group_by(*of_queue).having(is_due)
    found = [
        Gathering(row.operator, row.queue, row.kind)
        for row in await connection.execute(due.order_by(*of_queue).limit(limit))
    ]
    due = select(*of_ticket).where(*_WAITS, ~_OF_QUEUE).group_by(*of_ticket).having(is_due)
    rows = await connection.execute(due.order_by(*of_ticket).limit(limit))
    return found + [Gathering(row.operator, ticket_id=row.ticket_id) for row in rows]


async def claim_gathering(
    connection: AsyncConnection, gathering: Gathering, *, delivery_id: UUID
) -> list[Known]:
    """Write that the mail `delivery_id` tells what is gathered; return it, by ticket and version.

    Of two processes one gets a notice, and the other what is left.
    """
    waiting = (
        select(_N.id)
        .where(*_WAITS, _N.operator == gathering.operator, *_belongs(gathering))
        .order_by(_N.id)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    await connection.execute(
        update(_NOTICES).where(_N.id.in_(select(waiting.c.id))).values(delivery_id=delivery_id)
    )
    return (await notices_of_mails(connection, [delivery_id])).get(delivery_id, [])


async def mailed_lately(
    connection: AsyncConnection, tickets: Collection[UUID], *, since: datetime
) -> list[Lately]:
    """Return the notices of `tickets` that wait to share a mail, and those whose mails were queued
    after the moment `since`.
    """
    if not tickets:
        return []
    columns = (_N.ticket_id, _N.operator, _N.actor_identity, _N.actor_name)
    mailed = (
        select(*columns)
        .join(DeliveryRow, _D.id == _N.delivery_id)
        .where(any_of(_D.ticket_id, tickets), _D.queued_at > since)
    )
    waiting = select(*columns).where(*_WAITS, ~_OF_QUEUE, any_of(_N.ticket_id, tickets))
    return [
        *[
            Lately(*row, is_waiting=False)
            for row in await connection.execute(mailed.where(~_OF_QUEUE))
        ],
        *[Lately(*row, is_waiting=True) for row in await connection.execute(waiting)],
    ]


def _belongs(gathering: Gathering) -> tuple[ColumnElement[bool], ...]:
    if gathering.ticket_id is not None:
        return (~_OF_QUEUE, _N.ticket_id == gathering.ticket_id)
    return (_N.kind == gathering.kind, _N.queue.is_not_distinct_from(gathering.queue))
