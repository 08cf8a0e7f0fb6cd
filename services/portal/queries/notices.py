"""What operators were told: each his own, and who was told about a ticket."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.notices import MOST_COUNTED, NoticeView, Preferences, ToldView
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import HistoryEntry, RequesterView
from services.portal.models import NoticeRow, TicketRow
from services.portal.projection.repository import PREFERENCES
from services.portal.queries.history import changes_at
from services.portal.queries.rows import seen_by
from services.portal.queries.tickets import find_state
from shared.contracts.people import Actor, usual_assurance
from shared.core.errors import NotThere

_REQUESTER = (
    TicketRow.requester_identity,
    TicketRow.requester_name,
    TicketRow.requester_email,
    TicketRow.requester_assurance,
)
Position = tuple[datetime, UUID]
"""Where a page ended: the moment of its last notice, and its id."""


async def list_notices(
    connection: AsyncConnection,
    viewer: Viewer,
    *,
    unread: bool | None = None,
    limit: int,
    after: Position | None = None,
) -> tuple[list[NoticeView], Position | None]:
    """Return at most `limit` of the viewer's own notices about tickets that he still sees, newest
    first, and where the next page goes on.

    `unread`: only such (true), only those that were read (false), or all.
    """
    query = _own(
        viewer,
        *NoticeRow.__table__.columns,
        TicketRow.subject,
        TicketRow.queue,
        *_REQUESTER,
        unread=unread,
    )
    key = tuple_(NoticeRow.at, NoticeRow.id)
    if after is not None:
        query = query.where(
            key < tuple_(literal(after[0], NoticeRow.at.type), literal(after[1], NoticeRow.id.type))
        )
    rows = (
        await connection.execute(
            query.order_by(NoticeRow.at.desc(), NoticeRow.id.desc()).limit(limit + 1)
        )
    ).all()
    known = await changes_at(
        connection, viewer, {(row.ticket_id, row.ticket_version) for row in rows[:limit]}
    )
    items = [_notice(row, known.get((row.ticket_id, row.ticket_version))) for row in rows[:limit]]
    return items, (items[-1].at, items[-1].id) if len(rows) > limit else None


async def count_unread(connection: AsyncConnection, viewer: Viewer) -> int:
    """Return how many notices the viewer has not read, of tickets that he still sees; counted up to
    MOST_COUNTED.
    """
    some = _own(viewer, NoticeRow.id, unread=True).limit(MOST_COUNTED).subquery()
    return (await connection.execute(select(func.count()).select_from(some))).scalar_one()


async def notices_of(
    connection: AsyncConnection,
    viewer: Viewer,
    number: str,
    *,
    versions: tuple[int, int] | None = None,
) -> Sequence[ToldView]:
    """Return who was told of what about a ticket, oldest first; `versions`: of the first to the
    last of these.

    Raises NotThere where the viewer does not see it as an operator.
    """
    ticket = await find_state(connection, number)
    if ticket is None or not viewer.sees(ticket):
        raise NotThere
    query = (
        select(NoticeRow.__table__)
        .where(NoticeRow.ticket_id == ticket.id)
        .order_by(NoticeRow.at, NoticeRow.id)
    )
    if versions is not None:
        query = query.where(NoticeRow.ticket_version.between(*versions))
    return [
        ToldView.model_construct(
            operator=row.operator,
            kind=row.kind,
            state=row.state,
            at=row.at,
            ticket_version=row.ticket_version,
            reason=row.reason,
        )
        for row in await connection.execute(query)
    ]


async def preferences_of(connection: AsyncConnection, operator: str) -> Preferences:
    """Return how `operator` wants to be told; the defaults until he has chosen."""
    row = (
        await connection.execute(select(PREFERENCES).where(PREFERENCES.c.operator == operator))
    ).first()
    return (
        Preferences.model_construct(rhythm=row.rhythm, muted=list(row.muted))
        if row
        else Preferences()
    )


async def unread_about(connection: AsyncConnection, viewer: Viewer, number: str) -> Sequence[UUID]:
    """Return the ids of the viewer's unread notices about the ticket `number`; none where they do
    not see it.
    """
    about = _own(viewer, NoticeRow.id, unread=True).where(TicketRow.number == number)
    return list((await connection.execute(about)).scalars())


def _notice(row: Any, change: HistoryEntry | None) -> NoticeView:
    changes = change.changes if change is not None else {}
    _, queue = changes.get("queue", (None, row.queue))
    return NoticeView.model_construct(
        id=row.id,
        number=row.number,
        subject=row.subject,
        kind=row.kind,
        actor=Actor.model_construct(identity=row.actor_identity, name=row.actor_name),
        at=row.at,
        state=row.state,
        read_at=row.read_at,
        event=change.event if change is not None else None,
        reason=change.reason if change is not None else None,
        changes=changes,
        queue=queue if isinstance(queue, str) else None,
        requester=RequesterView(
            name=row.requester_name,
            email=row.requester_email,
            assurance=row.requester_assurance or usual_assurance(row.requester_identity),
        ),
    )


def _own(viewer: Viewer, *columns: Any, unread: bool | None) -> Select[Any]:
    query = (
        select(*columns).select_from(NoticeRow).join(TicketRow, TicketRow.id == NoticeRow.ticket_id)
    )
    query = query.where(NoticeRow.operator == viewer.identity, seen_by(viewer))
    if unread is None:
        return query
    return query.where(NoticeRow.read_at.is_(None) if unread else NoticeRow.read_at.is_not(None))
