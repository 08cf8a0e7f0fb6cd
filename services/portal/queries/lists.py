"""Lists of tickets, page by page: the operators' and the requester's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.for_operators import named_by, ticket_view
from services.portal.domain.for_requesters import request_view
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import RequestView, TicketView
from services.portal.models import TicketRow
from services.portal.projector import fold
from services.portal.queries.first import ACTIVE, Order, Position, first_of_few, first_on_the_way, keys
from services.portal.queries.known import known_tickets
from services.portal.queries.rows import asked_for_by, like, ticket_state
from services.portal.repository import TICKETS
from shared.database.bulk import any_of
from shared.events.ticket_state import ENDED, State, TicketState

T = TypeVar("T")

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_WORDS = 10

MOST_FOUND = 1000
"""Ended tickets with some words that are sorted; where there are more, enough of them are met soon in the order of the list."""
SHORTEST_INDEXED = 3


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
    conditions = _conditions(wanted)
    seen = [] if queues is None else [TicketRow.queue.in_(queues)]
    words = _words(wanted.words)
    if _is_number(words):
        query = first_of_few(keys(order, TicketRow.number == words[0], *seen, *conditions), order, limit + 1)
    elif wanted.states and ENDED.isdisjoint(wanted.states):
        query = first_of_few(keys(order, ACTIVE, *seen, *conditions, *_with(words)), order, limit + 1)
    else:
        ended = await _ended_with(connection, words, [*seen, *conditions])
        if ended is None:
            query = first_on_the_way([*conditions, *_with(words)], order, limit + 1, queues=queues)
        else:
            active = keys(order, ACTIVE, *seen, *conditions, *_with(words))
            query = first_of_few(union_all(active, keys(order, any_of(TICKETS.c.id, ended), ~ACTIVE)), order, limit + 1)
    found = await _page(connection, query, order, limit)
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
    order = Order(sort.removeprefix("-"), sort.startswith("-"), after)
    mine = keys(order, asked_for_by(viewer), *_conditions(TicketFilter(states=states)))
    found = await _page(connection, first_of_few(mine, order, limit + 1), order, limit)
    return Listed([request_view(ticket, viewer, language) for ticket in found.items], found.next)


async def _page(connection: AsyncConnection, query: Select[Any], order: Order, limit: int) -> Listed[TicketState]:
    rows = (await connection.execute(query)).mappings().all()
    items = [ticket_state(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed(items, (last[order.by], last["number"]) if last else None)


async def _ended_with(connection: AsyncConnection, words: Sequence[str], conditions: Sequence[ColumnElement[bool]]) -> list[UUID] | None:
    """Return the tickets that have ended, fit, and have all `words`; None where they are many or nothing finds them fast.

    PostgreSQL has an index of the texts of ended tickets alone (it would be dear to keep for those that still change); what is shorter
    than three letters is not in it.
    """
    if connection.dialect.name != "postgresql" or all(len(word) < SHORTEST_INDEXED for word in words):
        return None
    query = select(TicketRow.id).where(~ACTIVE, *_with(words), *conditions).limit(MOST_FOUND + 1)
    found = list((await connection.execute(query)).scalars())
    return found if len(found) <= MOST_FOUND else None


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


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    """Return what `wanted` says beside queue and words."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(TicketRow.state.in_(wanted.states))
    if wanted.unowned:
        conditions.append(TicketRow.owner.is_(None))
    elif wanted.owner is not None:
        conditions.append(TicketRow.owner == wanted.owner)
    if wanted.request_type is not None:
        conditions.append(TicketRow.request_type == wanted.request_type)
    return conditions


def _words(text: str) -> list[str]:
    return fold(text).split()[:MOST_WORDS]


def _is_number(words: Sequence[str]) -> bool:
    return len(words) == 1 and is_possible_number(words[0])


def _with(words: Sequence[str]) -> list[ColumnElement[bool]]:
    return [TicketRow.search.like(like(word), escape="\\") for word in words]
