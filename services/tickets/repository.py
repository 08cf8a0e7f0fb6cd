"""Reading and writing tickets, many at a time: one statement for each table, always in the same order."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.domain.ticket import Ticket
from services.tickets.models import ArticleRow, DailyCounterRow, HistoryRow, HopRow, TicketRow
from services.tickets.numbers import is_ticket_number
from services.tickets.ports import Done
from services.tickets.rows import article_columns, history_columns, hop_columns, ticket_columns, ticket_of
from shared.database.bulk import NewRows, insert_rows, is_one_of, packed
from shared.database.direct import Prepared
from shared.database.unit_of_work import UnitOfWork
from shared.errors import NotThere, TryAgain
from shared.events.ticket_state import ENDED

_TICKETS = cast("Table", TicketRow.__table__)
_ARTICLES = cast("Table", ArticleRow.__table__)
_HISTORY = cast("Table", HistoryRow.__table__)
_HOPS = cast("Table", HopRow.__table__)
_COUNTERS = cast("Table", DailyCounterRow.__table__)

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
_KNOWN_ARTICLES = Prepared(select(_ARTICLES.c.id).where(is_one_of(_ARTICLES.c.id, "ids")))


class SqlTickets:
    """The tickets in the transaction of `uow`, and the events that leave with it (port `Tickets`)."""

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

    async def has_open_children(self, ticket_id: UUID) -> bool:
        """Return whether a child of the ticket has not ended."""
        await self._uow.flush()
        child = select(_TICKETS.c.id).where(_TICKETS.c.parent_id == ticket_id, _TICKETS.c.state.not_in(sorted(ENDED))).limit(1)
        return (await self._connection.execute(child)).first() is not None

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of `ids` that are articles already."""
        if not ids:
            return set()
        await self._uow.flush()
        return {row.id for row in await _KNOWN_ARTICLES.rows(self._connection, ids=packed(ids))}

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets for which routing was last asked before `asked_before`, the longest first.

        Those that another process is at are passed over.
        """
        await self._uow.flush()
        return [ticket_of(row) for row in await _WAITING.rows(self._connection, before=asked_before, most=limit)]

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` postponed tickets that are due at `now`, the longest first, but for those another process is at."""
        await self._uow.flush()
        return [ticket_of(row) for row in await _DUE.rows(self._connection, now=now, most=limit)]

    async def add(self, done: Sequence[Done]) -> None:
        """Record new tickets; of those that exist already nothing is written or told. Raises TryAgain if a number is taken."""
        await self._uow.flush()
        rows = [ticket_columns(each.ticket) for each in sorted(done, key=lambda each: each.ticket.id.int)]
        try:
            added = await insert_rows(self._connection, _TICKETS, rows, on_conflict="nothing", returning="id")
        except IntegrityError as error:
            raise TryAgain("a ticket number is taken") from error
        new = [each for each in done if each.ticket.id in added]
        self._tell(new)
        self._uow.insert_later(*_appended(new))

    async def record(self, done: Sequence[Done]) -> None:
        """Record changes of existing tickets. Raises TryAgain if somebody was faster, which the lock should have prevented."""
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

    async def _locked(self, wanted: Prepared, **parameters: str) -> list[Ticket]:
        await self._uow.flush()
        return [ticket_of(row) for row in await wanted.rows(self._connection, **parameters)]


def _appended(done: Sequence[Done]) -> list[NewRows]:
    """What changes add beside the tickets' own rows."""
    articles = sorted((row for each in done for row in article_columns(each)), key=lambda row: row["id"].int)
    history = sorted((history_columns(each) for each in done), key=lambda row: (row["ticket_id"].int, row["version"]))
    hops = {row["id"].int: row for each in done for row in hop_columns(each)}
    return [NewRows(_ARTICLES, articles), NewRows(_HISTORY, history), NewRows(_HOPS, [hops[number] for number in sorted(hops)], "newer")]


async def database_now(uow: UnitOfWork) -> datetime:
    """Return the database's own time, which all processes share; on SQLite there is only this process."""
    if uow.connection.dialect.name == "sqlite":
        return uow.now
    return cast("datetime", (await uow.connection.execute(select(func.clock_timestamp()))).scalar_one())


async def reserve_counters(connection: AsyncConnection, *, day: date, count: int) -> int:
    """Reserve `count` counters of `day`; return the first. The row stays locked until the transaction ends."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    reserving = insert(_COUNTERS).values(day=day, reserved=count)
    grown = reserving.on_conflict_do_update(index_elements=["day"], set_={"reserved": _COUNTERS.c.reserved + count})
    last: int = (await connection.execute(grown.returning(_COUNTERS.c.reserved))).scalar_one()
    return last - count + 1
