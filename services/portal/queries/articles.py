"""What was written inside tickets."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.views import ArticleView, DeliveryView
from services.portal.repository import ARTICLES, DELIVERIES
from shared.events.people import Actor
from shared.events.ticket_state import AboutChild

_NONE_ABSORBED: Mapping[UUID, str | None] = {}


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
            merged_from=absorbed.get(row.ticket_id),
        )
        for row in rows
    ]
