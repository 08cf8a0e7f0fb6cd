"""One ticket: as operators see it, as its requester sees it, and its history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import (
    ArticleView,
    DeliveryView,
    HistoryEntry,
    RequestWithArticles,
    TicketWithArticles,
    request_with_articles,
    ticket_with_articles,
)
from services.portal.models import TicketRow
from services.portal.queries.rows import STATE_COLUMNS, ticket_state
from services.portal.repository import ARTICLES, DELIVERIES, HISTORY, TICKETS
from shared.errors import MissingRight, NotThere
from shared.events.people import Actor
from shared.events.ticket_state import AboutChild, TicketState

_HISTORY_AT_ONCE = 200


async def get_ticket(connection: AsyncConnection, viewer: Viewer, number: str, *, language: str) -> TicketWithArticles:
    """Return the ticket as the operator `viewer` sees it, the office named in `language`. Raises NotThere where it is absent or unseen."""
    ticket = await find_state(connection, number)
    if ticket is None or not viewer.sees(ticket):
        raise NotThere
    return ticket_with_articles(ticket, await articles_of(connection, ticket.id), viewer, language)


async def get_request(connection: AsyncConnection, viewer: Viewer, number: str, *, language: str) -> RequestWithArticles:
    """Return the viewer's own request, the office named in `language`. Raises NotThere where it is absent or another's."""
    ticket = await find_state(connection, number)
    if ticket is None or not viewer.asked_for(ticket):
        raise NotThere
    return request_with_articles(ticket, await articles_of(connection, ticket.id), viewer, language)


async def get_ticket_or_request(
    connection: AsyncConnection, viewer: Viewer, number: str, *, language: str
) -> TicketWithArticles | RequestWithArticles:
    """Return the ticket as `viewer` sees it, as an operator or else as its requester. Raises NotThere."""
    ticket = await find_state(connection, number)
    if ticket is None or not (viewer.sees(ticket) or viewer.asked_for(ticket)):
        raise NotThere
    articles = await articles_of(connection, ticket.id)
    if viewer.sees(ticket):
        return ticket_with_articles(ticket, articles, viewer, language)
    return request_with_articles(ticket, articles, viewer, language)


async def get_history(
    connection: AsyncConnection, viewer: Viewer, number: str, *, limit: int, after: int = 0
) -> tuple[list[HistoryEntry], int | None]:
    """Return at most `limit` changes of the ticket after version `after`, oldest first, and the version to go on after (None: no more).

    Raises MissingRight for who sees the ticket as its requester only, NotThere where it is absent or unseen.
    """
    ticket = await find_state(connection, number)
    if ticket is None or not (viewer.sees(ticket) or viewer.asked_for(ticket)):
        raise NotThere
    if not viewer.sees(ticket):
        raise MissingRight("ro")
    wanted = (HISTORY.c.ticket_id == ticket.id) & (HISTORY.c.version > after)
    rows = (await connection.execute(select(HISTORY).where(wanted).order_by(HISTORY.c.version).limit(limit + 1))).all()
    entries = [
        HistoryEntry.model_construct(
            version=row.version,
            at=row.at,
            actor=Actor.model_construct(identity=row.actor_identity, name=row.actor_name),
            event=row.event,
            reason=row.reason,
            changes={name: tuple(pair) for name, pair in row.changes.items()},
        )
        for row in rows[:limit]
    ]
    return entries, entries[-1].version if len(rows) > limit else None


async def whole_history(connection: AsyncConnection, viewer: Viewer, number: str) -> list[HistoryEntry]:
    """Return every change of the ticket, oldest first. Raises as `get_history` does."""
    entries: list[HistoryEntry] = []
    after: int | None = 0
    while after is not None:
        part, after = await get_history(connection, viewer, number, limit=_HISTORY_AT_ONCE, after=after)
        entries += part
    return entries


async def find_state(connection: AsyncConnection, number: str) -> TicketState | None:
    """Return the ticket `number`, whoever asks, or None."""
    if not is_possible_number(number):
        return None
    row = (await connection.execute(select(*STATE_COLUMNS).where(TicketRow.number == number))).mappings().first()
    return ticket_state(row) if row else None


async def stored_version(connection: AsyncConnection, ticket_id: UUID) -> int:
    """Return the version of the ticket that is shown now, 0 where it is unknown."""
    return (await connection.execute(select(TICKETS.c.version).where(TICKETS.c.id == ticket_id))).scalar() or 0


async def articles_of(connection: AsyncConnection, ticket_id: UUID, *, until: datetime | None = None) -> list[ArticleView]:
    """Return the articles of a ticket, oldest first, with how their mails are doing.

    `until` leaves out what came later: the answer to a command is the ticket as the command left it, also when it is asked for again.
    """
    articles = select(ARTICLES).where(ARTICLES.c.ticket_id == ticket_id).order_by(ARTICLES.c.created_at, ARTICLES.c.id)
    sent = select(DELIVERIES).where(DELIVERIES.c.ticket_id == ticket_id).order_by(DELIVERIES.c.at)
    if until is not None:
        articles = articles.where(ARTICLES.c.created_at <= until)
        sent = sent.where(DELIVERIES.c.at <= until)
    rows = await connection.execute(articles)
    mails = await connection.execute(sent)
    deliveries = {
        mail.article_id: DeliveryView.model_construct(
            kind=mail.kind, state=mail.state, recipient=mail.recipient, reason=mail.reason, at=mail.at
        )
        for mail in mails
    }
    return [
        ArticleView.model_construct(
            id=row.id,
            kind=row.kind,
            author=Actor.model_construct(identity=row.author_identity, name=row.author_name),
            visible_to_requester=row.visible_to_requester,
            subject=row.subject,
            body=row.body,
            created_at=row.created_at,
            child=AboutChild.model_construct(**row.child) if row.child else None,
            delivery=deliveries.get(row.id),
        )
        for row in rows
    ]
