"""What stands in an operator's queues: the tree with its counts, and the dashboard."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.portal.domain.queue_tree import QueueNode, build_tree
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import TicketView
from services.portal.models import TicketRow
from services.portal.projection.repository import DELIVERIES
from services.portal.queries.lists import views_of
from services.portal.queries.rows import STATE_COLUMNS, seen_by, ticket_state
from services.portal.queries.top_n import ACTIVE, Order, first_of_few, keys

DASHBOARD_ROWS = 10
WAITING_STATES = ("waiting_requester", "waiting_children", "postponed")
BEGUN_STATES = ("open", *WAITING_STATES)


@dataclass(frozen=True, slots=True)
class Pile:
    """Some tickets that have something in common: how many there are, and the first of them."""

    count: int
    tickets: list[TicketView]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """An operator's start page; only tickets that the operator sees and that have not ended.

    `new`: nobody has taken them yet, oldest first. `mine`: owned by the operator and open, longest
    untouched first. `waiting`: owned by the operator, waiting for somebody else or for a date;
    `returned`: those of them of which a child came back to be completed. `undelivered`: one of
    their mails did not arrive, and the operator owns them, is responsible for them, or sees that
    nobody owns them; among them are tickets that have ended. `unassigned`: begun, and owned by
    nobody now. `unplaced`: without a queue (only supervisors see such tickets; they are also among
    `new`).
    """

    new: Pile
    mine: Pile
    waiting: Pile
    returned: Pile
    unassigned: Pile
    unplaced: int
    undelivered: Pile


async def queue_tree(connection: AsyncConnection, viewer: Viewer, language: str) -> list[QueueNode]:
    """Return the queues that `viewer` sees, titles in `language`, with the numbers of tickets that
    have not ended.
    """
    return build_tree(viewer.desk, viewer.queues, await count_active(connection, viewer), language)


async def count_active(
    connection: AsyncConnection, viewer: Viewer
) -> Mapping[str, Mapping[str, int]]:
    """Return queue -> state -> how many tickets that have not ended, for what `viewer` sees."""
    grouped = (
        select(TicketRow.queue, TicketRow.state, func.count())
        .where(ACTIVE, seen_by(viewer))
        .group_by(TicketRow.queue, TicketRow.state)
    )
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for queue, state, number in await connection.execute(grouped):
        if queue is not None:
            counted[queue][state] = number
    return counted


async def dashboard(
    connection: AsyncConnection,
    viewer: Viewer,
    *,
    rows: int = DASHBOARD_ROWS,
    failed_since: datetime | None = None,
) -> Dashboard:
    """Return what the operator `viewer` should look at, at most `rows` tickets of each kind.

    Of mails that did not arrive, those that failed before `failed_since` are left out.
    """
    mine = TicketRow.owner == viewer.identity
    new = TicketRow.state == "new"
    mine_open = and_(mine, TicketRow.state == "open")
    mine_waiting = and_(mine, TicketRow.state.in_(WAITING_STATES))
    child = aliased(TicketRow)
    came_back = exists().where(child.parent_id == TicketRow.id, child.state == "returned")
    mine_returned = and_(mine, TicketRow.state == "waiting_children", came_back)
    unassigned = and_(TicketRow.owner.is_(None), TicketRow.state.in_(BEGUN_STATES))
    unplaced = TicketRow.queue.is_(None)
    kinds = (new, mine_open, mine_waiting, mine_returned, unassigned, unplaced)
    # One walk over the partial index; counting beside each list would read whole rows.
    counted = select(*(func.count().filter(kind) for kind in kinds)).where(ACTIVE, seen_by(viewer))
    counts = (await connection.execute(counted)).one()

    async def pile(count: int, kind: ColumnElement[bool], by: str) -> Pile:
        if count == 0:
            return Pile(0, [])
        order = Order(by)
        query = first_of_few(keys(order, ACTIVE, seen_by(viewer), kind), order, rows)
        found = (await connection.execute(query)).mappings().all()
        return Pile(count, await views_of(connection, viewer, [ticket_state(row) for row in found]))

    return Dashboard(
        new=await pile(counts[0], new, "created_at"),
        mine=await pile(counts[1], mine_open, "updated_at"),
        waiting=await pile(counts[2], mine_waiting, "updated_at"),
        returned=await pile(counts[3], mine_returned, "updated_at"),
        unassigned=await pile(counts[4], unassigned, "created_at"),
        unplaced=counts[5],
        undelivered=await _undelivered(connection, viewer, rows=rows, failed_since=failed_since),
    )


async def _undelivered(
    connection: AsyncConnection, viewer: Viewer, *, rows: int, failed_since: datetime | None
) -> Pile:
    """Return the tickets with a mail that failed; another mail that arrived does not make up for
    it.
    """
    # Word for word as the index has it, so that it is used.
    failed: list[ColumnElement[bool]] = [literal_column("deliveries.state = 'failed'")]
    if failed_since is not None:
        failed.append(DELIVERIES.c.at >= failed_since)
    tickets = select(DELIVERIES.c.ticket_id).where(*failed)
    me = viewer.identity
    concerned = or_(TicketRow.owner == me, TicketRow.responsible == me, TicketRow.owner.is_(None))
    theirs = (TicketRow.id.in_(tickets), seen_by(viewer), concerned)
    count = (
        await connection.execute(select(func.count()).select_from(TicketRow).where(*theirs))
    ).scalar_one()
    if count == 0:
        return Pile(0, [])
    found = await connection.execute(
        select(*STATE_COLUMNS)
        .where(*theirs)
        .order_by(TicketRow.updated_at, TicketRow.number)
        .limit(rows)
    )
    return Pile(
        count, await views_of(connection, viewer, [ticket_state(row) for row in found.mappings()])
    )
