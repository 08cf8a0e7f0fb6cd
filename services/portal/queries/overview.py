"""What stands in an operator's queues: the tree with its counts, and the dashboard."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from services.portal.domain.queue_tree import QueueNode, build_tree
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import TicketView, ticket_view
from services.portal.models import TicketRow
from services.portal.queries.rows import STATE_COLUMNS, seen_by, ticket_state

DASHBOARD_ROWS = 10
WAITING_STATES = ("waiting_requester", "waiting_children", "postponed", "returned")

_ACTIVE = literal_column("is_active", Boolean)
"""Written exactly like the condition of the partial index, or neither database would use it."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Some tickets that have something in common: how many there are, and the first of them."""

    count: int
    tickets: list[TicketView]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """An operator's start page; only tickets that the operator sees and that have not ended.

    `new`: nobody has taken them yet, oldest first. `mine`: owned by the operator and open, longest untouched first. `waiting`: owned by the
    operator, waiting for somebody else or for a date. `unassigned`: begun, and owned by nobody now. `unplaced`: without a queue
    (only supervisors see such tickets; they are also among `new`).
    """

    new: Pile
    mine: Pile
    waiting: Pile
    unassigned: Pile
    unplaced: int


async def queue_tree(connection: AsyncConnection, viewer: Viewer, language: str) -> list[QueueNode]:
    """Return the queues that `viewer` sees, titles in `language`, with the numbers of tickets that have not ended."""
    return build_tree(viewer.desk, viewer.queues, await count_active(connection, viewer), language)


async def count_active(connection: AsyncConnection, viewer: Viewer) -> Mapping[str, Mapping[str, int]]:
    """Return queue -> state -> how many tickets that have not ended, for what `viewer` sees."""
    grouped = (
        select(TicketRow.queue, TicketRow.state, func.count()).where(_ACTIVE, seen_by(viewer)).group_by(TicketRow.queue, TicketRow.state)
    )
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for queue, state, number in await connection.execute(grouped):
        if queue is not None:
            counted[queue][state] = number
    return counted


async def dashboard(connection: AsyncConnection, viewer: Viewer, *, rows: int = DASHBOARD_ROWS) -> Dashboard:
    """Return what the operator `viewer` should look at, at most `rows` tickets of each kind."""
    mine = TicketRow.owner == viewer.identity
    new = TicketRow.state == "new"
    return Dashboard(
        new=await _pile(connection, viewer, [new], TicketRow.created_at, rows),
        mine=await _pile(
            connection,
            viewer,
            [mine, TicketRow.state == "open"],
            TicketRow.updated_at,
            rows,
        ),
        waiting=await _pile(
            connection,
            viewer,
            [mine, TicketRow.state.in_(WAITING_STATES)],
            TicketRow.updated_at,
            rows,
        ),
        unassigned=await _pile(
            connection,
            viewer,
            [TicketRow.owner.is_(None), ~new],
            TicketRow.created_at,
            rows,
        ),
        unplaced=await _count_unplaced(connection) if viewer.sees_unplaced else 0,
    )


async def _pile(
    connection: AsyncConnection,
    viewer: Viewer,
    conditions: list[ColumnElement[bool]],
    order: InstrumentedAttribute[datetime],
    rows: int,
) -> Pile:
    wanted = (_ACTIVE, seen_by(viewer), *conditions)
    query = select(*STATE_COLUMNS, func.count().over().label("in_all")).where(*wanted).order_by(order, TicketRow.number).limit(rows)
    found = (await connection.execute(query)).mappings().all()
    return Pile(
        found[0]["in_all"] if found else 0,
        [ticket_view(ticket_state(row), viewer) for row in found],
    )


async def _count_unplaced(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.count()).where(_ACTIVE, TicketRow.queue.is_(None)))).scalar_one()
