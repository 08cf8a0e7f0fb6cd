"""Lists of tickets, page by page: the operators' and the requester's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args

from sqlalchemy import ColumnElement, CompoundSelect, RowMapping, Select, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from services.portal.domain.for_operators import named_by, ticket_view
from services.portal.domain.for_requesters import request_view
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import RequestView, TicketView
from services.portal.models import TicketRow
from services.portal.projector import fold
from services.portal.queries.first import ACTIVE, HAS_ENDED, Fitting, Order, Position, first_nearby, first_of_few, first_on_the_way, keys
from services.portal.queries.known import known_tickets
from services.portal.queries.rows import asked_for_by, like, shared_with, ticket_state
from services.portal.repository import TICKETS
from shared.database.bulk import any_of
from shared.events.ticket_state import ENDED, State, TicketState

T = TypeVar("T")

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_WORDS = 10

MOST_FOUND = 1000
"""Of the ended tickets with some words so many are sorted."""
SHORTEST_INDEXED = 3
"""Letters of a word that PostgreSQL's index of words can find."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list shows; what is empty or None does not narrow it.

    `queue` includes the visible queues below it. `owner` is an identity, `unowned` asks for tickets that nobody owns. `words` is a
    ticket number or words that all must occur.
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
    """Return at most `limit` tickets that `viewer` sees as an operator; an unknown or unseen queue gives none."""
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
) -> Listed[RequestView]:
    """Return at most `limit` of the viewer's own requests and of those shared with him, in `states` if any are named.

    The offices are named in `language`.
    """
    order = Order(sort.removeprefix("-"), sort.startswith("-"), after)
    mine = requests_of(viewer, order, TicketFilter(states=states))
    found = _listed(await _rows(connection, first_of_few(mine, order, limit + 1)), order, limit)
    return Listed([request_view(ticket, viewer, language) for ticket in found.items], found.next)


def requests_of(viewer: Viewer, order: Order, wanted: TicketFilter) -> CompoundSelect[Any]:
    """Return the query for the viewer's own requests and those shared with him, as `first_of_few` wants it."""
    conditions = _conditions(TICKETS, wanted)
    # Not one condition with `or`: each half has an index of its own, and both together none. What is in both counts once.
    return union(*(keys(order, these, *conditions) for these in (asked_for_by(viewer), shared_with(viewer))))


async def _first(
    connection: AsyncConnection, wanted: TicketFilter, queues: Sequence[str] | None, order: Order, count: int
) -> Sequence[RowMapping]:
    """Return the first `count` tickets that are wanted, in `queues` (None: all)."""
    words = fold(wanted.words).split()[:MOST_WORDS]
    if len(words) == 1 and is_possible_number(words[0]):
        number = TicketRow.number == words[0]
        return await _rows(connection, first_of_few(keys(order, number, *_conditions(TICKETS, wanted, queues)), order, count))

    def fitting(source: FromClause) -> list[ColumnElement[bool]]:
        return [*_conditions(source, wanted, queues), *(source.c.search.like(like(word), escape="\\") for word in words)]

    if wanted.states and ENDED.isdisjoint(wanted.states):
        return await _rows(connection, first_of_few(keys(order, ACTIVE, *fitting(TICKETS)), order, count))
    if connection.dialect.name == "postgresql" and any(len(word) >= SHORTEST_INDEXED for word in words):
        return await _first_with_words(connection, fitting, queues, order, count)
    return await _rows(connection, first_on_the_way(fitting(TICKETS), order, count, queues=queues))


async def _first_with_words(
    connection: AsyncConnection, fitting: Fitting, queues: Sequence[str] | None, order: Order, count: int
) -> Sequence[RowMapping]:
    """Return the first `count` tickets that fit, which has to do with words that PostgreSQL has in its index of ended tickets.

    Words that many tickets have are met at once; those that few have are found by the index, together with what has not ended. In
    between, the way is longer and still ends soon.
    """
    nearby = await _rows(connection, first_nearby(fitting, order, count, queues=queues))
    if len(nearby) == count:
        return nearby
    conditions = fitting(TICKETS)
    ended = (await connection.execute(select(TicketRow.id).where(HAS_ENDED, *conditions).limit(MOST_FOUND + 1))).scalars().all()
    if len(ended) > MOST_FOUND:
        return await _rows(connection, first_on_the_way(conditions, order, count, queues=queues))
    few = union_all(keys(order, ACTIVE, *conditions), keys(order, any_of(TICKETS.c.id, ended), HAS_ENDED))
    return await _rows(connection, first_of_few(few, order, count))


async def _rows(connection: AsyncConnection, query: Select[Any]) -> Sequence[RowMapping]:
    found: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
    return found


def _listed(rows: Sequence[RowMapping], order: Order, limit: int) -> Listed[TicketState]:
    """Return the page that `rows` are, of which one more than `limit` was asked for."""
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed([ticket_state(row) for row in rows[:limit]], (last[order.by], last["number"]) if last else None)


async def views_of(connection: AsyncConnection, viewer: Viewer, tickets: Sequence[TicketState]) -> list[TicketView]:
    """Return how `tickets` look in a list; the tickets that they name are looked up together."""
    around = await known_tickets(connection, {number for ticket in tickets for number in named_by(ticket)})
    return [ticket_view(ticket, viewer, around) for ticket in tickets]


def _queues(viewer: Viewer, queue: str | None) -> Sequence[str] | None:
    """Return the queues whose tickets are wanted; None for all tickets, also those without a queue."""
    if queue is not None:
        return sorted(viewer.branch(queue))
    # Whoever sees every group sees every ticket.
    return None if viewer.sees_unplaced else sorted(viewer.queues)


def _conditions(source: FromClause, wanted: TicketFilter, queues: Sequence[str] | None = None) -> list[ColumnElement[bool]]:
    """Return what `wanted` says of the columns of `source`, beside queue and words; and that a ticket is in `queues` (None: anywhere)."""
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
