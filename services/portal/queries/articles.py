"""What was written inside tickets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.portal.domain.views import ArticleView, DeliveryView
from services.portal.models import TicketRow
from services.portal.repository import ARTICLES, DELIVERIES, TICKETS
from shared.events.people import Actor
from shared.events.ticket_state import AboutChild

_NONE_ABSORBED: Mapping[UUID, str | None] = {}


def _gone_on() -> Select[Any]:
    """Return the articles of one kind that one person wrote in what goes on with a merged ticket."""
    goes_on = select(TICKETS.c.merged_into_id).where(TICKETS.c.id == bindparam("ticket_id")).cte("goes_on", recursive=True)
    further = aliased(TicketRow)
    goes_on = goes_on.union(select(further.merged_into_id).where(further.id == goes_on.c.merged_into_id))
    written = (ARTICLES.c.kind == "reply", ARTICLES.c.author_identity.is_not_distinct_from(bindparam("author", type_=Text)))
    wanted = select(ARTICLES).where(ARTICLES.c.ticket_id.in_(select(goes_on.c.merged_into_id)), *written)
    return wanted.order_by(ARTICLES.c.created_at, ARTICLES.c.id)


_GONE_ON = _gone_on()


async def replies_gone_on(connection: AsyncConnection, ticket_id: UUID, *, author: str | None) -> list[ArticleView]:
    """Return what `author` (None: somebody without an account) wrote to the merged ticket `ticket_id` and stands in the one that goes on
    with it, oldest first."""
    rows = await connection.execute(_GONE_ON, {"ticket_id": ticket_id, "author": author})
    return [_view(row).model_copy(update={"visible_to_requester": True}) for row in rows]


async def has_replies(connection: AsyncConnection, number: str, *, most: int) -> bool:
    """Return whether the ticket `number` holds `most` messages of its requester, or more."""
    ticket = select(TICKETS.c.id).where(TICKETS.c.number == number).scalar_subquery()
    replies = select(ARTICLES.c.id).where(ARTICLES.c.ticket_id == ticket, ARTICLES.c.kind == "reply").limit(most)
    return (await connection.execute(select(func.count()).select_from(replies.subquery()))).scalar_one() >= most


async def articles_of(
    connection: AsyncConnection,
    ticket_id: UUID,
    *,
    absorbed: Mapping[UUID, str | None] = _NONE_ABSORBED,
    until: datetime | None = None,
) -> list[ArticleView]:
    """Return the articles of a ticket and of those it `absorbed`, oldest first, with how their mails are doing.

    `absorbed` has the ids of merged tickets, each with the number to be shown. `until` leaves out what came later: the answer to a command
    is the ticket as the command left it, also when it is asked for again.
    """
    ticket_ids = [ticket_id, *absorbed]
    articles = select(ARTICLES).where(ARTICLES.c.ticket_id.in_(ticket_ids)).order_by(ARTICLES.c.created_at, ARTICLES.c.id)
    sent = select(DELIVERIES).where(DELIVERIES.c.ticket_id.in_(ticket_ids)).order_by(DELIVERIES.c.at)
    if until is not None:
        articles = articles.where(ARTICLES.c.created_at <= until)
        sent = sent.where(DELIVERIES.c.at <= until)
    rows = await connection.execute(articles)
    mails = await connection.execute(sent)
    deliveries = {
        mail.article_id: DeliveryView.model_construct(
            id=mail.id, kind=mail.kind, state=mail.state, recipient=mail.recipient, reason=mail.reason, at=mail.at
        )
        for mail in mails
    }
    return [_view(row, delivery=deliveries.get(row.id), merged_from=absorbed.get(row.ticket_id)) for row in rows]


def _view(row: Any, *, delivery: DeliveryView | None = None, merged_from: str | None = None) -> ArticleView:
    return ArticleView.model_construct(
        id=row.id,
        kind=row.kind,
        author=Actor.model_construct(identity=row.author_identity, name=row.author_name),
        visible_to_requester=row.visible_to_requester,
        subject=row.subject,
        body=row.body,
        created_at=row.created_at,
        child=AboutChild.model_construct(**row.child) if row.child else None,
        delivery=delivery,
        merged_from=merged_from,
    )
