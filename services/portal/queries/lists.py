"""Lists of tickets, page by page: the operators' and the requester's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, RowMapping, Select, select, union
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from services.portal.domain.for_operators import named_by, ticket_view
from services.portal.domain.for_requesters import request_view
from services.portal.domain.search_words import Sought, read_search
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import RequestView, TicketView
from services.portal.models import TicketRow
from services.portal.projection.repository import TICKETS
from services.portal.queries.related_tickets import known_tickets
from services.portal.queries.rows import (
    STATE_COLUMNS,
    asked_for_by,
    seen_by,
    shared_with,
    ticket_state,
)
from services.portal.queries.search import (
    OF_OPERATORS,
    OF_REQUESTER,
    Search,
    search_of_operator,
    search_of_requester,
)
from services.portal.queries.shared_requests import found_among_given
from services.portal.queries.top_n import (
    ACTIVE,
    Order,
    Position,
    first_nearby,
    first_of_few,
    first_of_found,
    first_on_the_way,
    keys,
)
from shared.contracts.events.ticket_state import ENDED, State, TicketState
from shared.database.bulk import any_of

T = TypeVar("T")

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)

MOST_FOUND = 5000
"""Of the tickets with some words so many are sorted.

Where more have them, going through the list soon meets enough.
"""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list shows; what is empty or None does not narrow it.

    `queue` includes the visible queues below it. `owner` is an identity, `unowned` asks for tickets
    that nobody owns. `words` is a ticket number or words that all must occur.
    """

    queue: str | None = None
    states: Sequence[State] = ()
    owner: str | None = None
    unowned: bool = False
    request_type: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page of a list, and the position from which the next goes on (None: this was the last)."""

    items: list[T]
    next: Position | None


async def list_tickets(
    connection: AsyncConnection,
    viewer: Viewer,
    wanted: TicketFilter,
    *,
    sort: Sort = "-created_at",
    limit: int,
    after: Position | None = None,
) -> Listed[TicketView]:
    """Return at most `limit` tickets that `viewer` sees as an operator; an unknown or unseen queue
    gives none.
    """
    queues = _queues(viewer, wanted.queue)
    if queues is not None and not queues:
        return Listed([], None)
    order = Order(sort.removeprefix("-"), sort.startswith("-"), after)
    rows = await _first(connection, wanted, queues, order, limit + 1)
    found = _listed(rows, order, limit)
    return Listed(await views_of(connection, viewer, found.items), found.next)


async def list_requests(
    connection: AsyncConnection,
    viewer: Viewer,
    *,
    language: str,
    limit: int,
    after: Position | None = None,
    states: Sequence[State] = (),
    sort: Sort = "-created_at",
    words: str = "",
) -> Listed[RequestView]:
    """Return at most `limit` of the viewer's own requests and of those shared with them, in
    `states` if any are named.

    `words` must all occur in what the viewer may read. The offices are named in `language`.
    """
    order = Order(sort.removeprefix("-"), sort.startswith("-"), after)
    sought = read_search(words)
    if sought is not None and not sought.terms:
        return Listed([], None)
    search = await search_of_requester(connection, sought, viewer) if sought is not None else None
    given = (
        await found_among_given(connection, sought, viewer) if sought is not None else frozenset()
    )
    mine = requests_of(viewer, order, TicketFilter(states=states), search, given)
    found = _listed(await _rows(connection, first_of_few(mine, order, limit + 1)), order, limit)
    return Listed([request_view(ticket, viewer, language) for ticket in found.items], found.next)


def requests_of(
    viewer: Viewer,
    order: Order,
    wanted: TicketFilter,
    search: Search | None = None,
    found: frozenset[UUID] = frozenset(),
) -> CompoundSelect[Any]:
    """Return the query for the viewer's own requests and those shared with them, as `first_of_few`
    wants it.

    With a `search`, `found` are those shared with them that it finds.
    """
    conditions = _conditions(TICKETS, wanted)
    own = [search.found_in(TICKETS, OF_REQUESTER)] if search is not None else []
    given = [any_of(TICKETS.c.id, found)] if search is not None else []
    # Not one condition with `or`: each half has an index of its own, and both together none. What
    # is in both counts once.
    return union(
        keys(order, asked_for_by(viewer), *conditions, *own),
        keys(order, shared_with(viewer), *conditions, *given),
    )


async def _first(
    connection: AsyncConnection,
    wanted: TicketFilter,
    queues: Sequence[str] | None,
    order: Order,
    count: int,
) -> Sequence[RowMapping]:
    """Return the first `count` tickets that are wanted, in `queues` (None: all)."""
    conditions = _conditions(TICKETS, wanted, queues)
    sought = read_search(wanted.words)
    if sought is not None and sought.number is not None:
        number = TicketRow.number == sought.number
        found = await _rows(
            connection, first_of_few(keys(order, number, *conditions), order, count)
        )
        if found:
            return found
    if sought is not None:
        return (
            await _first_with_words(connection, wanted, sought, queues, order, count)
            if sought.terms
            else []
        )
    if _is_active_only(wanted):
        return await _rows(connection, first_of_few(keys(order, ACTIVE, *conditions), order, count))
    return await _rows(connection, first_on_the_way(conditions, order, count, queues=queues))


async def _first_with_words(
    connection: AsyncConnection,
    wanted: TicketFilter,
    sought: Sought,
    queues: Sequence[str] | None,
    order: Order,
    count: int,
) -> Sequence[RowMapping]:
    """Return the first `count` tickets that are wanted and have the words of `sought`.

    Words that many tickets have are met at once; those that few have are found by the index. In
    between, the way is longer and still ends soon.
    """
    search = await search_of_operator(connection, sought)

    def fitting(source: FromClause) -> list[ColumnElement[bool]]:
        return [*_conditions(source, wanted, queues), search.found_in(source, OF_OPERATORS)]

    nearby = await _rows(connection, first_nearby(fitting, order, count, queues=queues))
    if len(nearby) == count:
        return nearby
    found = (
        search.found_by_index(MOST_FOUND + 1, queues).cte("with_words").prefix_with("materialized")
    )

    def fitting_found(source: FromClause) -> list[ColumnElement[bool]]:
        return _conditions(source, wanted, queues) if search.is_whole_in_index else fitting(source)

    few = await _rows(
        connection,
        first_of_found(found, search.together, fitting_found, order, count, most=MOST_FOUND + 1),
    )
    if few[0]["counted"] <= MOST_FOUND:
        return [row for row in few if row["number"] is not None]
    if _is_active_only(wanted):
        return await _rows(
            connection, first_of_few(keys(order, ACTIVE, *fitting(TICKETS)), order, count)
        )
    return await _rows(connection, first_on_the_way(fitting(TICKETS), order, count, queues=queues))


def _is_active_only(wanted: TicketFilter) -> bool:
    return bool(wanted.states) and ENDED.isdisjoint(wanted.states)


async def _rows(connection: AsyncConnection, query: Select[Any]) -> Sequence[RowMapping]:
    found: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
    return found


def _listed(rows: Sequence[RowMapping], order: Order, limit: int) -> Listed[TicketState]:
    """Return the page that `rows` are, of which one more than `limit` was asked for."""
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed(
        [ticket_state(row) for row in rows[:limit]],
        (last[order.by], last["number"]) if last else None,
    )


async def tickets_numbered(
    connection: AsyncConnection, viewer: Viewer, numbers: Collection[str]
) -> list[TicketView]:
    """Return the tickets with these numbers that `viewer` sees as an operator."""
    query = (
        select(*STATE_COLUMNS)
        .where(TicketRow.number.in_(sorted(numbers)), seen_by(viewer))
        .order_by(TicketRow.number)
    )
    return await views_of(
        connection, viewer, [ticket_state(row) for row in await _rows(connection, query)]
    )


async def views_of(
    connection: AsyncConnection, viewer: Viewer, tickets: Sequence[TicketState]
) -> list[TicketView]:
    """Return how `tickets` look in a list; the tickets that they name are looked up together."""
    around = await known_tickets(
        connection, {number for ticket in tickets for number in named_by(ticket)}
    )
    return [ticket_view(ticket, viewer, around) for ticket in tickets]


def _queues(viewer: Viewer, queue: str | None) -> Sequence[str] | None:
    """Return the queues whose tickets are wanted; None for all tickets, also those without a
    queue.
    """
    if queue is not None:
        return sorted(viewer.branch(queue))
    # Whoever sees every group sees every ticket.
    return None if viewer.sees_unplaced else sorted(viewer.queues)


def _conditions(
    source: FromClause, wanted: TicketFilter, queues: Sequence[str] | None = None
) -> list[ColumnElement[bool]]:
    """Return what `wanted` says of the columns of `source`, beside queue and words; and that a
    ticket is in `queues` (None: anywhere).
    """
    conditions: list[ColumnElement[bool]] = []
    if queues is not None:
        conditions.append(source.c.queue.in_(queues))
    if wanted.states:
        conditions.append(source.c.state.in_(wanted.states))
    if wanted.unowned:
        conditions.append(source.c.owner.is_(None))
    elif wanted.owner is not None:
        conditions.append(source.c.owner == wanted.owner)
    if wanted.request_type is not None:
        conditions.append(source.c.request_type == wanted.request_type)
    return conditions
