"""Finding families and recipes that may stand still."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.domain.ticket import Ticket
from services.tickets.models import TicketRow
from services.tickets.repository.rows import ticket_of
from shared.database.base import table_of

_TICKETS = table_of(TicketRow)
_PARENT = _TICKETS.alias("parent")


async def children_of_live_parents(connection: AsyncConnection, *, since: datetime, before: datetime) -> dict[UUID, int]:
    """Return the versions of the children that changed last between `since` and `before`, by id, the longest ago first.

    Children of parents that have ended are left out. Nothing is locked.
    """
    query = (
        select(_TICKETS.c.id, _TICKETS.c.version)
        .join(_PARENT, _PARENT.c.id == _TICKETS.c.parent_id)
        .where(_PARENT.c.closed_at.is_(None), _TICKETS.c.updated_at.between(since, before))
        .order_by(_TICKETS.c.updated_at)
    )
    return {row.id: row.version for row in await connection.execute(query)}


async def tickets_with_runs(connection: AsyncConnection, *, before: datetime) -> list[Ticket]:
    """Return the tickets with an owner and a recipe that have not ended and not changed since `before`; nothing is locked."""
    is_in_hand = (_TICKETS.c.owner.is_not(None), _TICKETS.c.closed_at.is_(None))
    query = select(_TICKETS).where(*is_in_hand, _TICKETS.c.run.is_not(None), _TICKETS.c.updated_at < before)
    return [ticket_of(row) for row in await connection.execute(query)]
