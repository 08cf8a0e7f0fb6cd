"""Reading and writing tickets, many at a time: one statement for each table, always in the same
order.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.domain.numbers import is_ticket_number
from services.tickets.domain.ticket import Ticket
from services.tickets.models import ArticleRow, HistoryRow, HopRow, TicketRow
from services.tickets.ports import Done, InCharge, PastChange
from services.tickets.repository.families import with_families
from services.tickets.repository.rows import (
    article_columns,
    history_columns,
    hop_columns,
    ticket_columns,
    ticket_of,
)
from shared.core.errors import NotThere, TryAgain
from shared.database.base import table_of
from shared.database.bulk import NewRows, insert_rows, is_one_of, packed
from shared.database.prepared import Prepared
from shared.database.unit_of_work import UnitOfWork

_TICKETS = table_of(TicketRow)
_CHILD = _TICKETS.alias("child")
_ARTICLES = table_of(ArticleRow)
_HISTORY = table_of(HistoryRow)
_HOPS = table_of(HopRow)


def _from_there_down() -> Prepared:
    below = (
        select(_TICKETS.c.id, literal(0).label("depth"))
        .where(_TICKETS.c.number == bindparam("number"))
        .cte("below", recursive=True)
    )
    below = below.union_all(
        select(_CHILD.c.id, below.c.depth + 1).where(_CHILD.c.parent_id == below.c.id)
    )
    return Prepared(select(below.c.id).order_by(below.c.depth, below.c.id))


# Built once: building a statement anew costs as much again as asking for it.
_LOCKED = select(_TICKETS).order_by(_TICKETS.c.id).with_for_update()
_BY_NUMBER = Prepared(_LOCKED.where(_TICKETS.c.number == bindparam("number")))
_BY_IDS = Prepared(_LOCKED.where(is_one_of(_TICKETS.c.id, "ids")))
_WAITING = Prepared(
    select(_TICKETS)
    .where(_TICKETS.c.routing_asked_at < bindparam("before"))
    .order_by(_TICKETS.c.routing_asked_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DUE = Prepared(
    select(_TICKETS)
    .where(_TICKETS.c.postponed_until <= bindparam("now"))
    .order_by(_TICKETS.c.postponed_until)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_UNANSWERED = Prepared(
    select(_TICKETS)
    .where(_TICKETS.c.question_asked_at <= bindparam("before"), _TICKETS.c.reminded_at.is_(None))
    .order_by(_TICKETS.c.question_asked_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EXPIRED = Prepared(
    select(_TICKETS)
    .where(
        _TICKETS.c.expires_at <= bindparam("now"),
        ~exists().where(_CHILD.c.parent_id == _TICKETS.c.id, _CHILD.c.closed_at.is_(None)),
    )
    .order_by(_TICKETS.c.expires_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=_TICKETS)
)
_FAMILY_OF = Prepared(
    select(_TICKETS.c.id, _TICKETS.c.parent_id).where(_TICKETS.c.number == bindparam("number"))
)
_FROM_THERE_DOWN = _from_there_down()
_BY_NUMBERS = Prepared(_LOCKED.where(is_one_of(_TICKETS.c.number, "numbers")))
_UNLOCKED = Prepared(select(_TICKETS).where(is_one_of(_TICKETS.c.id, "ids")))
_MERGED_INTO = Prepared(_LOCKED.where(_TICKETS.c.merged_into_id == bindparam("goal")))
_MERGED_UNLOCKED = Prepared(
    select(_TICKETS).where(_TICKETS.c.merged_into_id == bindparam("goal")).order_by(_TICKETS.c.id)
)
_KNOWN_ARTICLES = Prepared(select(_ARTICLES.c.id).where(is_one_of(_ARTICLES.c.id, "ids")))


class SqlTickets:
    """The tickets in the transaction of `uow`, and the events that leave with it (port
    `Tickets`).
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._connection = uow.connection

    async def get(self, number: str) -> Ticket:
        """Return the ticket with `number`, locked. Raises NotThere."""
        found = await self._locked(_BY_NUMBER, number=number) if is_ticket_number(number) else []
        if not found:
            raise NotThere
        return found[0]

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        """Return those of `ids` that exist, locked in the order of their ids."""
        found = await self._locked(_BY_IDS, ids=packed(ids)) if ids else []
        return {ticket.id: ticket for ticket in found}

    async def get_with_parent(self, number: str) -> Ticket:
        """Return the ticket with `number`, locked; the parent of a child is locked too, in the
        order of their ids.

        Raises NotThere.
        """
        await self._uow.flush()
        known = (
            await _FAMILY_OF.row(self._connection, number=number)
            if is_ticket_number(number)
            else None
        )
        if known is None:
            raise NotThere
        # Not in one statement: what is locked must be what was named, not what a join still finds
        # after it has waited.
        found = await self.load([known.id, *([known.parent_id] if known.parent_id else [])])
        return found[known.id]

    async def get_with_descendants(self, number: str) -> tuple[Ticket, list[Ticket]]:
        """Return the ticket with `number` and all below it, parents before their children, locked.

        Raises NotThere.
        """
        found: dict[UUID, Ticket] = {}
        while True:
            await self._uow.flush()
            ids = (
                [row.id for row in await _FROM_THERE_DOWN.rows(self._connection, number=number)]
                if is_ticket_number(number)
                else []
            )
            if not ids:
                raise NotThere
            # A child that was opened while this waited for the locks is found by looking again.
            if found.keys() >= set(ids):
                ticket, *below = (found[ticket_id] for ticket_id in ids)
                return ticket, below
            found = await self.load(ids)

    async def load_numbers(self, numbers: Collection[str]) -> dict[str, Ticket]:
        """Return those of `numbers` that exist, locked in the order of their ids."""
        found = await self._locked(_BY_NUMBERS, numbers=packed(filter(is_ticket_number, numbers)))
        return {ticket.number: ticket for ticket in found}

    async def peek(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        """Return those of `ids` that exist, not locked: they may change at any time."""
        found = await self._peeked(_UNLOCKED, ids=packed(ids)) if ids else []
        return {ticket.id: ticket for ticket in found}

    async def past_change(self, ticket_id: UUID, version: int) -> PastChange | None:
        """Return the change that made the ticket's `version`, None where there is none."""
        return await self._past(ticket_id, _HISTORY.c.version == version)

    async def last_change(self, ticket_id: UUID, *, event: str) -> PastChange | None:
        """Return the last change of the ticket that `event` told, None where there is none."""
        return await self._past(ticket_id, _HISTORY.c.event == event, of_several=func.max)

    async def merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        """Return the tickets that were merged into this one, locked in the order of their ids."""
        return {ticket.id: ticket for ticket in await self._locked(_MERGED_INTO, goal=ticket_id)}

    async def peek_merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        """Return the same, not locked: they may change at any time."""
        return {
            ticket.id: ticket for ticket in await self._peeked(_MERGED_UNLOCKED, goal=ticket_id)
        }

    async def _past(
        self,
        ticket_id: UUID,
        which: ColumnElement[bool],
        *,
        of_several: Callable[..., Any] = func.min,
    ) -> PastChange | None:
        await self._uow.flush()
        wanted = (
            select(of_several(_HISTORY.c.version))
            .where(_HISTORY.c.ticket_id == ticket_id, which)
            .scalar_subquery()
        )
        since = (
            select(_HISTORY)
            .where(_HISTORY.c.ticket_id == ticket_id, _HISTORY.c.version >= wanted)
            .order_by(_HISTORY.c.version)
        )
        rows = (await self._connection.execute(since)).all()
        if not rows:
            return None
        first, *later = rows
        return PastChange(
            event=first.event,
            actor=first.actor["identity"],
            at=first.at,
            changes={name: (before, after) for name, (before, after) in first.changes.items()},
            changed_since=frozenset(name for row in later for name in row.changes),
            events_since=tuple(row.event for row in later),
        )

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of `ids` that are articles already."""
        if not ids:
            return set()
        await self._uow.flush()
        return {row.id for row in await _KNOWN_ARTICLES.rows(self._connection, ids=packed(ids))}

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets for which routing was last asked before `asked_before`, the
        longest first.

        Those that another process has locked are skipped.
        """
        return await self._locked(_WAITING, before=asked_before, most=limit)

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` postponed tickets that are due at `now`, the longest first, except
        those that another process has locked.
        """
        return await self._locked(_DUE, now=now, most=limit)

    async def unanswered_since(self, moment: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets whose question was asked by `moment` and of which nobody was
        reminded yet.

        Those that another process has locked are skipped.
        """
        return await self._locked(_UNANSWERED, before=moment, most=limit)

    async def expired_at(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets whose question has been waited for long enough at `now`, and
        that wait for no child.

        Those that another process has locked are skipped.
        """
        return await self._locked(_EXPIRED, now=now, most=limit)

    async def people_in_charge(self) -> list[InCharge]:
        """Return who is in charge of tickets that have not ended, each combination once."""
        await self._uow.flush()
        return [people for people, _ in await people_in_charge(self._connection)]

    async def in_charge(self, people: InCharge, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets of which exactly these `people` are in charge, except those
        that another process has locked.
        """
        await self._uow.flush()
        wanted = (
            getattr(_TICKETS.c, name).is_not_distinct_from(getattr(people, name))
            for name in ("owner", "responsible", "queue")
        )
        found = (
            select(_TICKETS)
            .where(_TICKETS.c.closed_at.is_(None), *wanted)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return await with_families(
            self._connection, [ticket_of(row) for row in await self._connection.execute(found)]
        )

    async def add(self, done: Sequence[Done]) -> set[UUID]:
        """Record new tickets; return the ids of those that exist already, of which nothing is
        written or told.

        Raises TryAgain if a number is taken, TooLarge, before anything is written, for a ticket
        that the bus cannot carry.
        """
        await self._uow.flush()
        for each in done:
            self._uow.refuse_too_large(each.change.event)
        rows = [
            ticket_columns(each.ticket)
            for each in sorted(done, key=lambda each: each.ticket.id.int)
        ]
        try:
            added = await insert_rows(
                self._connection, _TICKETS, rows, on_conflict="nothing", returning="id"
            )
        except IntegrityError as error:
            raise TryAgain("a ticket number is taken") from error
        new = [each for each in done if each.ticket.id in added]
        self._tell(new)
        self._uow.insert_later(*_appended(new))
        return {each.ticket.id for each in done} - added

    async def record(self, done: Sequence[Done]) -> None:
        """Record changes of existing tickets.

        Raises TryAgain after a race, which the lock should prevent.
        """
        if not done:
            return
        await self._uow.flush()
        latest = {each.ticket.id.int: each.ticket for each in done}
        rows = [ticket_columns(latest[number]) for number in sorted(latest)]

        def expect_all(written: set[UUID]) -> None:
            if len(written) != len(rows):
                raise TryAgain("a ticket was changed by somebody else meanwhile")

        # Told first: what is too large for the bus is refused before anything is written.
        self._tell(done)
        self._uow.insert_later(NewRows(_TICKETS, rows, "newer", returning="id"), expect=expect_all)
        self._uow.insert_later(*_appended(done))

    def _tell(self, done: Sequence[Done]) -> None:
        for each in done:
            self._uow.emit(each.change.event, aggregate_id=each.ticket.id, cause=each.cause)
            for aggregate_id, further in each.change.further:
                self._uow.emit(further, aggregate_id=aggregate_id, cause=each.cause)

    async def _locked(self, wanted: Prepared, **parameters: object) -> list[Ticket]:
        return await with_families(self._connection, await self._peeked(wanted, **parameters))

    async def _peeked(self, wanted: Prepared, **parameters: object) -> list[Ticket]:
        await self._uow.flush()
        return [ticket_of(row) for row in await wanted.rows(self._connection, **parameters)]


def _appended(done: Sequence[Done]) -> list[NewRows]:
    """What changes add beside the tickets' own rows."""
    articles = sorted(
        (row for each in done for row in article_columns(each)), key=lambda row: row["id"].int
    )
    history = sorted(
        (history_columns(each) for each in done),
        key=lambda row: (row["ticket_id"].int, row["version"]),
    )
    hops = {row["id"].int: row for each in done for row in hop_columns(each)}
    return [
        NewRows(_ARTICLES, articles),
        NewRows(_HISTORY, history),
        NewRows(_HOPS, [hops[number] for number in sorted(hops)], "newer"),
    ]


async def people_in_charge(connection: AsyncConnection) -> list[tuple[InCharge, int]]:
    """Return who is in charge of tickets that have not ended, each combination with the number of
    its tickets.
    """
    who = (_TICKETS.c.owner, _TICKETS.c.responsible, _TICKETS.c.queue)
    anybody = or_(_TICKETS.c.owner.is_not(None), _TICKETS.c.responsible.is_not(None))
    counted = (
        select(*who, func.count()).where(_TICKETS.c.closed_at.is_(None), anybody).group_by(*who)
    )
    rows = await connection.execute(counted)
    return [
        (InCharge(owner, responsible, queue), count) for owner, responsible, queue, count in rows
    ]


async def database_now(uow: UnitOfWork) -> datetime:
    """Return the database's own time, which all processes share; on SQLite there is only this
    process.
    """
    if uow.connection.dialect.name == "sqlite":
        return uow.now
    return cast(
        "datetime", (await uow.connection.execute(select(func.clock_timestamp()))).scalar_one()
    )
