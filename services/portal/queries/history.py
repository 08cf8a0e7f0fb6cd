"""What happened to tickets, as far as a viewer may know it.

The history is read here and nowhere else (a test of the architecture holds that): what is stored
names other tickets, and each reader gets only those that they may see.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.for_operators import is_shown_in
from services.portal.domain.history import numbers_in_changes, shown_changes
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import HistoryEntry
from services.portal.projection.repository import HISTORY, TICKETS
from services.portal.queries.related_tickets import known_tickets
from services.portal.queries.tickets import find_state, parent_held_by
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Actor
from shared.core.errors import MissingRight, NotThere

Step = tuple[UUID, int]
"""A change of a ticket: the ticket's id, and the version that the change made."""


async def get_history(
    connection: AsyncConnection, viewer: Viewer, number: str, *, limit: int, after: int = 0
) -> tuple[list[HistoryEntry], int | None]:
    """Return at most `limit` changes of the ticket after version `after`, oldest first.

    The version to go on after comes with them; None: there are no more. Raises MissingRight for a
    viewer who gets the ticket as its requester does, or as the owner of its parent, NotThere where
    it is absent or unseen.
    """
    ticket = await _seen(connection, viewer, number)
    wanted = (HISTORY.c.ticket_id == ticket.id) & (HISTORY.c.version > after)
    query = select(HISTORY).where(wanted).order_by(HISTORY.c.version).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    entries = await _shown(connection, viewer, rows[:limit])
    return entries, entries[-1].version if len(rows) > limit else None


async def newest_history(
    connection: AsyncConnection,
    viewer: Viewer,
    number: str,
    *,
    most: int,
    before: int | None = None,
) -> tuple[list[HistoryEntry], int]:
    """Return the newest `most` changes of the ticket (those before the version `before`), oldest
    first.

    With them comes how many are earlier still. Raises as `get_history` does.
    """
    ticket = await _seen(connection, viewer, number)
    changes = select(HISTORY).where(HISTORY.c.ticket_id == ticket.id)
    newest = changes if before is None else changes.where(HISTORY.c.version < before)
    rows = (await connection.execute(newest.order_by(HISTORY.c.version.desc()).limit(most))).all()[
        ::-1
    ]
    earlier = 0
    if len(rows) == most:
        count = changes.with_only_columns(func.count()).where(HISTORY.c.version < rows[0].version)
        earlier = (await connection.execute(count)).scalar_one()
    return await _shown(connection, viewer, rows), earlier


async def moment_of(connection: AsyncConnection, number: str, version: int) -> datetime | None:
    """Return when the ticket came to `version`, None where that is unknown."""
    at = select(HISTORY.c.at).join(TICKETS, TICKETS.c.id == HISTORY.c.ticket_id)
    moment: datetime | None = (
        await connection.execute(at.where(TICKETS.c.number == number, HISTORY.c.version == version))
    ).scalar()
    return moment


async def has_changed_since(connection: AsyncConnection, number: str, version: int) -> bool:
    """Return whether a person has done anything to the ticket after `version`; what the system did
    does not count.
    """
    by_a_person = (HISTORY.c.actor_identity.is_not(None)) | (HISTORY.c.actor_name != "")
    since = select(HISTORY.c.version).join(TICKETS, TICKETS.c.id == HISTORY.c.ticket_id)
    wanted = (TICKETS.c.number == number) & (HISTORY.c.version > version) & by_a_person
    return (await connection.execute(since.where(wanted).limit(1))).first() is not None


async def _seen(connection: AsyncConnection, viewer: Viewer, number: str) -> TicketState:
    ticket = await find_state(connection, number)
    if ticket is None:
        raise NotThere
    if not viewer.sees(ticket):
        may_get = (
            viewer.may_read(ticket) or await parent_held_by(connection, viewer, ticket) is not None
        )
        raise MissingRight("ro") if may_get else NotThere
    return ticket


async def changes_at(
    connection: AsyncConnection, viewer: Viewer, steps: Collection[Step]
) -> dict[Step, HistoryEntry]:
    """Return those of `steps` that are known.

    The viewer must see the tickets; that is not looked up again.
    """
    if not steps:
        return {}
    key = tuple_(HISTORY.c.ticket_id, HISTORY.c.version)
    rows = (await connection.execute(select(HISTORY).where(key.in_(sorted(set(steps)))))).all()
    entries = await _shown(connection, viewer, rows)
    return {(row.ticket_id, row.version): entry for row, entry in zip(rows, entries, strict=True)}


async def _shown(
    connection: AsyncConnection, viewer: Viewer, rows: Sequence[Any]
) -> list[HistoryEntry]:
    around = await known_tickets(connection, _named_in(rows))
    return [
        HistoryEntry.model_construct(
            version=row.version,
            at=row.at,
            actor=Actor.model_construct(identity=row.actor_identity, name=row.actor_name),
            event=row.event,
            reason=row.reason,
            changes=shown_changes(
                {name: (before, after) for name, (before, after) in row.changes.items()},
                is_shown=lambda other: is_shown_in(around, other, viewer),
            ),
        )
        for row in rows
    ]


def _named_in(rows: Iterable[Any]) -> set[str]:
    return {number for row in rows for number in numbers_in_changes(row.changes)}
