"""Reading the families of tickets, and finding families and recipes that may have stopped."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.domain.families import Child, Family, Parent
from services.tickets.domain.ticket import Ticket
from services.tickets.models import TicketRow
from services.tickets.repository.rows import ticket_of
from shared.database.base import table_of
from shared.database.bulk import is_one_of, packed
from shared.database.prepared import Prepared

_TICKETS = table_of(TicketRow)
_PARENT = _TICKETS.alias("parent")
_RELATIVE = (
    _TICKETS.c.id,
    _TICKETS.c.parent_id,
    _TICKETS.c.number,
    _TICKETS.c.state,
    _TICKETS.c.queue,
    _TICKETS.c.owner,
    _TICKETS.c.merged_into,
)
_RELATIVES = Prepared(
    union(
        select(*_RELATIVE).where(is_one_of(_TICKETS.c.id, "parents")),
        select(*_RELATIVE).where(is_one_of(_TICKETS.c.parent_id, "ids")),
    )
)


async def with_families(connection: AsyncConnection, locked: list[Ticket]) -> list[Ticket]:
    """Give `locked` tickets what they must know of their parents and children; return them.

    This is a statement of its own, because a subquery of the one that locks would see children as
    they were before it waited for the lock. Tickets without relatives, which are most, need none.
    """
    parents = {ticket.parent_id for ticket in locked if ticket.parent_id is not None}
    with_children = [ticket.id for ticket in locked if ticket.children]
    rows = []
    if parents or with_children:
        rows = await _RELATIVES.rows(connection, parents=packed(parents), ids=packed(with_children))
    known = {row.id: row for row in rows}
    children: dict[UUID, dict[str, Child]] = {}
    for row in rows:
        if row.parent_id is not None:
            children.setdefault(row.parent_id, {})[row.number] = Child(row.state, row.merged_into)
    for ticket in locked:
        above = known.get(ticket.parent_id)
        parent = Parent(above.state, above.queue, above.owner) if above is not None else None
        ticket.family = Family(parent, children.get(ticket.id, {}))
    return locked


async def children_of_live_parents(
    connection: AsyncConnection, *, since: datetime, before: datetime
) -> dict[UUID, int]:
    """Return the versions of the children that changed last between `since` and `before`, by id,
    the longest ago first.

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
    """Return the tickets with an owner and a recipe that have not ended and not changed since
    `before`; nothing is locked.
    """
    is_in_hand = (_TICKETS.c.owner.is_not(None), _TICKETS.c.closed_at.is_(None))
    query = select(_TICKETS).where(
        *is_in_hand, _TICKETS.c.run.is_not(None), _TICKETS.c.updated_at < before
    )
    return [ticket_of(row) for row in await connection.execute(query)]
