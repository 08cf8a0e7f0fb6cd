"""The first tickets of an order, found at a cost that does not grow with the tickets that have
ended.

There are two ways, and only who asks knows which is short. Of few tickets all are found first and
sorted then (`first_of_few`). Where many fit, the order's index is walked until there are enough
(`first_on_the_way`). Left to the database the choice is a guess, and the wrong one reads the whole
table: new tickets, oldest first, took 180 ms with 100,000 tickets, almost all of them ended and
older.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.sql.selectable import FromClause

from services.portal.models import TicketRow
from services.portal.projection.repository import TICKETS
from services.portal.queries.rows import STATE_COLUMNS

ACTIVE: ColumnElement[bool] = literal_column("is_active")
"""Written exactly like the conditions of the partial indexes, or no database would use them; a
Boolean would become `= 1` on SQLite.
"""

NEARBY = 400

MOST_WALKS = 12
"""Of how many queues each has a walk of its own; who sees more is likely to see much of what a
common walk meets.
"""

Fitting = Callable[[FromClause], list[ColumnElement[bool]]]
"""The conditions that a row of the table, or of something with the same columns, fits."""

Position = tuple[datetime | int, str]
"""Where a page of a list ended: the value it is sorted by, and the number."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of tickets: a column of theirs, then the number; from the row behind `after` on."""

    by: str
    descends: bool = False
    after: Position | None = None

    def begins(self, source: FromClause = TICKETS) -> list[ColumnElement[bool]]:
        """Return the condition that a row of `source` comes behind `after`, if there is one."""
        if self.after is None:
            return []
        key, number = source.c[self.by], source.c.number
        here = tuple_(literal(self.after[0], key.type), literal(self.after[1], number.type))
        return [tuple_(key, number) < here if self.descends else tuple_(key, number) > here]

    def of(self, source: FromClause) -> list[ColumnElement[Any]]:
        """Return what rows of `source` are sorted by."""
        key, number = source.c[self.by], source.c.number
        return [key.desc(), number.desc()] if self.descends else [key, number]


def keys(order: Order, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query for the tickets that fit, as `first_of_few` wants it."""
    return select(TICKETS.c.number, TICKETS.c[order.by].label(order.by)).where(
        *conditions, *order.begins()
    )


def first_of_few(few: Select[Any] | CompoundSelect[Any], order: Order, count: int) -> Select[Any]:
    """Return the query for the first `count` tickets among `few`, which are all looked at."""
    return _whole(_numbers_of_few(few, order, count), order)


def first_of_found(
    ids: CTE, further: Collection[UUID], fitting: Fitting, order: Order, count: int, *, most: int
) -> Select[Any]:
    """Return the query for the first `count` tickets that fit among `ids`, at most `most`, and
    `further`.

    Each row has as `counted` how many rows `ids` has; if no ticket fits, there is one row that has
    nothing else.
    """
    listed: Select[Any] | CompoundSelect[Any] = select(ids.c.ticket_id)
    if further:
        listed = union(listed, select(TICKETS.c.id).where(TICKETS.c.id.in_(further)))
        most += len(further)
    # Read first, by their ids, and looked through then; in one step the database might begin with
    # whole queues instead.
    looked_at = (
        select(TICKETS).where(TICKETS.c.id.in_(listed)).limit(_written(most)).subquery("looked_at")
    )
    few = select(looked_at.c.number, looked_at.c[order.by].label(order.by)).where(
        *fitting(looked_at), *order.begins(looked_at)
    )
    total = select(func.count().label("counted")).select_from(ids).subquery("total")
    met = total.outerjoin(TICKETS, TICKETS.c.number.in_(_numbers_of_few(few, order, count)))
    return select(total.c.counted, *STATE_COLUMNS).select_from(met).order_by(*order.of(TICKETS))


def _numbers_of_few(
    few: Select[Any] | CompoundSelect[Any], order: Order, count: int
) -> Select[Any]:
    found = few.cte("found").prefix_with("materialized")
    return select(found.c.number).order_by(*order.of(found)).limit(_written(count))


def first_on_the_way(
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    count: int,
    *,
    queues: Sequence[str] | None = None,
) -> Select[Any]:
    """Return the query for the first `count` tickets that fit, in `queues` (None: in any or none),
    of which there must be some.
    """
    return _whole(select(_walk(conditions, order, count, queues).subquery("met").c.number), order)


def first_nearby(
    fitting: Fitting, order: Order, count: int, *, queues: Sequence[str] | None = None
) -> Select[Any]:
    """Return the same for those alone that are among the first NEARBY tickets of `queues`, whatever
    else they are.
    """
    numbers = select(_walk([], order, NEARBY, queues).subquery("near").c.number)
    # Read once, then looked through: joined to the table they might be gone through anew for each
    # ticket with these words.
    near = (
        select(TICKETS)
        .where(TICKETS.c.number.in_(numbers))
        .order_by(*order.of(TICKETS))
        .limit(_written(NEARBY))
        .subquery("looked_at")
    )
    return first_of_few(
        select(near.c.number, near.c[order.by].label(order.by)).where(*fitting(near)), order, count
    )


def _walk(
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    count: int,
    queues: Sequence[str] | None,
) -> Select[Any]:
    # The keys alone: the indexes have them, so that only what is wanted is read from the table.
    def walk(*more: ColumnElement[bool]) -> Select[Any]:
        return keys(order, *more, *conditions).order_by(*order.of(TICKETS)).limit(_written(count))

    if queues is None:
        return walk()
    if len(queues) == 1 or len(queues) > MOST_WALKS:
        return walk(TicketRow.queue.in_(queues))
    found = union_all(
        *(select(walk(TicketRow.queue == queue).subquery()) for queue in queues)
    ).subquery("found")
    return select(found).order_by(*order.of(found)).limit(_written(count))


def _whole(numbers: Select[Any], order: Order) -> Select[Any]:
    return select(*STATE_COLUMNS).where(TicketRow.number.in_(numbers)).order_by(*order.of(TICKETS))


def _written(count: int) -> ColumnElement[int]:
    """Return `count` as part of the statement's text: a plan made for any number of rows would be
    made for a tenth of the table.
    """
    return bindparam(None, count, literal_execute=True)
