"""Lists of tickets, page by page: the operators' and the requester's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar, get_args

from sqlalchemy import ColumnElement, Select, false, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.for_operators import named_by, ticket_view
from services.portal.domain.for_requesters import request_view
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import RequestView, TicketView
from services.portal.models import TicketRow
from services.portal.projector import fold
from services.portal.queries.known import known_tickets
from services.portal.queries.rows import STATE_COLUMNS, asked_for_by, like, seen_by, ticket_state
from shared.events.ticket_state import State, TicketState

T = TypeVar("T")

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_WORDS = 10

_SORTED_BY = {"created_at": TicketRow.created_at, "updated_at": TicketRow.updated_at, "priority": TicketRow.priority}


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


Position = tuple[datetime | int, str]
"""Where a page of a list ended: the value it is sorted by, and the number."""


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
    query = select(*STATE_COLUMNS).where(_queue_condition(viewer, wanted.queue), *_conditions(wanted))
    found = await _page(connection, query, sort, limit, after)
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
    """Return at most `limit` of the viewer's own requests (in `states`, if any are named), the offices named in `language`."""
    query = select(*STATE_COLUMNS).where(asked_for_by(viewer), *_conditions(TicketFilter(states=states)))
    found = await _page(connection, query, sort, limit, after)
    return Listed([request_view(ticket, viewer, language) for ticket in found.items], found.next)


async def _page(
    connection: AsyncConnection, query: Select[tuple[object, ...]], sort: Sort, limit: int, after: Position | None
) -> Listed[TicketState]:
    by, descends = sort.removeprefix("-"), sort.startswith("-")
    column = _SORTED_BY[by]
    key = tuple_(column, TicketRow.number)
    if after is not None:
        here = tuple_(literal(after[0], column.type), literal(after[1], TicketRow.number.type))
        query = query.where(key < here if descends else key > here)
    order = (column.desc(), TicketRow.number.desc()) if descends else (column, TicketRow.number)
    rows = (await connection.execute(query.order_by(*order).limit(limit + 1))).mappings().all()
    items = [ticket_state(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed(items, (last[by], last["number"]) if last else None)


async def views_of(connection: AsyncConnection, viewer: Viewer, tickets: Sequence[TicketState]) -> list[TicketView]:
    """Return how `tickets` look in a list; the tickets that they name are looked up together."""
    around = await known_tickets(connection, {number for ticket in tickets for number in named_by(ticket)})
    return [ticket_view(ticket, viewer, around) for ticket in tickets]


def _queue_condition(viewer: Viewer, queue: str | None) -> ColumnElement[bool]:
    if queue is None:
        return seen_by(viewer)
    branch = viewer.branch(queue)
    return TicketRow.queue.in_(branch) if branch else false()


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(TicketRow.state.in_(wanted.states))
    if wanted.unowned:
        conditions.append(TicketRow.owner.is_(None))
    elif wanted.owner is not None:
        conditions.append(TicketRow.owner == wanted.owner)
    if wanted.request_type is not None:
        conditions.append(TicketRow.request_type == wanted.request_type)
    return conditions + _word_conditions(wanted.words)


def _word_conditions(text: str) -> list[ColumnElement[bool]]:
    words = fold(text).split()[:MOST_WORDS]
    if len(words) == 1 and is_possible_number(words[0]):
        return [TicketRow.number == words[0]]
    return [TicketRow.search.like(like(word), escape="\\") for word in words]
