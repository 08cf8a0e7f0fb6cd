"""What others ask tickets on the command line."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.tickets.domain.lifecycle import LIVE
from services.tickets.domain.record import Undelivered
from services.tickets.domain.rights import keeps_owner, keeps_responsible
from services.tickets.models import ArticleRow, HistoryRow, TicketRow
from services.tickets.repository.rows import ticket_of
from services.tickets.repository.tickets import people_in_charge
from shared.comparison.fingerprints import (
    Compared,
    article_fact,
    change_fact,
    fact_hash,
    ticket_fact,
)
from shared.comparison.pasts import Past, PastChange
from shared.contracts.desk import Desk
from shared.database.base import table_of
from shared.database.bulk import any_of
from shared.database.database import Database
from shared.database.keyset import walk

_TICKETS = table_of(TicketRow)
_ARTICLES = table_of(ArticleRow)
_HISTORY = table_of(HistoryRow)


async def count_not_ended_by_queue(database: Database) -> dict[str, int]:
    """Return how many tickets each queue still has to do with; queues without any are left out.

    Children that wait as `returned` are not counted: nobody can move them, and resent they go
    elsewhere by rule if their queue is closed.
    """
    query = (
        select(TicketRow.queue, func.count())
        .where(TicketRow.state.in_(LIVE), TicketRow.queue.is_not(None))
        .group_by(TicketRow.queue)
    )  # fmt: skip
    async with database.reading() as connection:
        return {str(queue): int(count) for queue, count in await connection.execute(query)}


async def count_lapsed(database: Database, desk: Desk) -> tuple[int, int]:
    """Return how many tickets lose their owner under `desk`, and how many their responsible, for
    want of the rights they need.
    """
    async with database.reading() as connection:
        counted = await people_in_charge(connection)
    owners = sum(
        count for people, count in counted if not keeps_owner(desk, people.owner, people.queue)
    )
    return owners, sum(
        count
        for people, count in counted
        if not keeps_responsible(desk, people.responsible, people.queue)
    )


async def fingerprints_of_tickets(database: Database) -> Compared:
    """Return what the copy of the portal is compared with: all tickets, articles and changes."""
    found = Compared()
    async for rows in walk(database, _TICKETS):
        for row in rows:
            found.tickets.add(row.id, ticket_fact(ticket_of(row).to_state()))
    async for rows in walk(database, _ARTICLES):
        for row in rows:
            found.articles.add(
                row.ticket_id,
                article_fact(row, identity=row.author["identity"], name=row.author["name"]),
            )
    async for rows in walk(database, _HISTORY):
        for row in rows:
            found.history.add(
                row.ticket_id,
                change_fact(row, identity=row.actor["identity"], name=row.actor["name"]),
            )
    return found


async def pasts_of(database: Database, ids: Collection[UUID]) -> dict[UUID, Past]:
    """Return what lies behind those of the tickets `ids` that exist."""
    async with database.reading() as connection:
        tickets = [
            ticket_of(row)
            for row in await connection.execute(select(_TICKETS).where(any_of(_TICKETS.c.id, ids)))
        ]
        articles: dict[UUID, dict[UUID, int]] = {ticket.id: {} for ticket in tickets}
        for row in await connection.execute(
            select(_ARTICLES).where(any_of(_ARTICLES.c.ticket_id, articles))
        ):
            fact = article_fact(row, identity=row.author["identity"], name=row.author["name"])
            articles[row.ticket_id][row.id] = fact_hash(fact)
        changes: dict[UUID, dict[int, PastChange]] = {ticket.id: {} for ticket in tickets}
        for row in await connection.execute(
            select(_HISTORY).where(any_of(_HISTORY.c.ticket_id, changes))
        ):
            identity = row.actor["identity"]
            fact = change_fact(row, identity=identity, name=row.actor["name"])
            changes[row.ticket_id][row.version] = PastChange(row.event, identity, fact_hash(fact))
    return {
        ticket.id: Past(
            ticket.number,
            ticket.version,
            fact_hash(ticket_fact(ticket.to_state())),
            changes[ticket.id],
            articles[ticket.id],
        )
        for ticket in tickets
    }


async def numbers_of_tickets(database: Database) -> dict[UUID, str]:
    """Return the number of every ticket that came from a request, by the request's id."""
    found: dict[UUID, str] = {}
    async for rows in walk(database, _TICKETS):
        found.update((row.request_id, row.number) for row in rows if row.request_id is not None)
    return found


@dataclass(frozen=True, slots=True)
class KnownMails:
    """What tickets knows of mails: its tickets by id with the failures by delivery (the version of
    each), and the articles.
    """

    failures: dict[UUID, dict[UUID, int]]
    articles: set[UUID]


async def known_mails(
    database: Database, *, tickets: Collection[UUID], articles: Collection[UUID]
) -> KnownMails:
    """Return which of `tickets` and of `articles` exist, and which mails of these tickets are known
    to have failed.
    """
    rows = select(TicketRow.id, TicketRow.undelivered).where(any_of(_TICKETS.c.id, tickets))
    known = select(ArticleRow.id).where(any_of(_ARTICLES.c.id, articles))
    async with database.reading() as connection:
        failures = {row.id: _failures(row.undelivered) for row in await connection.execute(rows)}
        return KnownMails(failures, set((await connection.execute(known)).scalars()))


async def waiting_for_queue(database: Database) -> dict[UUID, str]:
    """Return the tickets that wait for routing to decide: their numbers, by the hop that has no
    queue yet.
    """
    query = select(TicketRow.hop_id, TicketRow.number).where(
        TicketRow.routing_asked_at.is_not(None), TicketRow.hop_id.is_not(None)
    )
    async with database.reading() as connection:
        return {row.hop_id: row.number for row in await connection.execute(query)}


def _failures(undelivered: Sequence[dict[str, Any]]) -> dict[UUID, int]:
    return {each.delivery_id: each.version for each in map(Undelivered.from_json, undelivered)}


async def walk_queues(database: Database) -> AsyncIterator[dict[UUID, tuple[str, str | None]]]:
    """Yield the number and the queue of every ticket by its id, a page at a time."""
    async for rows in walk(database, _TICKETS):
        yield {row.id: (row.number, row.queue) for row in rows}


async def newest_change(database: Database) -> datetime | None:
    """Return when a ticket was last changed, None where there is no ticket."""
    async with database.reading() as connection:
        newest: datetime | None = (
            await connection.execute(select(func.max(_TICKETS.c.updated_at)))
        ).scalar_one()
        return newest


async def actors_of_changes(
    database: Database, ids: Collection[UUID]
) -> dict[tuple[UUID, int], str | None]:
    """Return who made each change of the tickets `ids` (None: nobody), by ticket and version."""
    query = select(HistoryRow.ticket_id, HistoryRow.version, HistoryRow.actor).where(
        any_of(_HISTORY.c.ticket_id, ids)
    )
    async with database.reading() as connection:
        return {
            (row.ticket_id, row.version): row.actor["identity"]
            for row in await connection.execute(query)
        }
