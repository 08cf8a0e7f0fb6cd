"""What was written inside tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.portal.domain.views import ArticleView, DeliveryView
from services.portal.models import TicketRow
from services.portal.projection.repository import ARTICLES, DELIVERIES, TICKETS
from shared.contracts.events.ticket_state import AboutChild
from shared.contracts.people import Actor
from shared.database.bulk import any_of

MOST_SHOWN = 50
LONGEST_SHOWN = 200_000
"""So many articles stand on one page, and so many characters of them: a page is made while others
wait.
"""


@dataclass(slots=True)
class Part:
    """Which articles of a ticket a page shows: the newest ones, or those before the article with
    the id `before`.

    Reading them fills in the rest: how many there are in `total`, how many are `earlier` than those
    shown, and the `oldest` shown.
    """

    before: UUID | None = None
    total: int = 0
    earlier: int = 0
    shown: int = 0
    oldest: UUID | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.shown == self.total


_NONE_ABSORBED: Mapping[UUID, str | None] = {}


def _gone_on() -> Select[Any]:
    """Return the articles of one kind that one person wrote in what goes on with a merged
    ticket.
    """
    goes_on = (
        select(TICKETS.c.merged_into_id)
        .where(TICKETS.c.id == bindparam("ticket_id"))
        .cte("goes_on", recursive=True)
    )
    further = aliased(TicketRow)
    goes_on = goes_on.union(
        select(further.merged_into_id).where(further.id == goes_on.c.merged_into_id)
    )
    written = (
        ARTICLES.c.kind == "reply",
        ARTICLES.c.author_identity.is_not_distinct_from(bindparam("author", type_=Text)),
    )
    wanted = select(ARTICLES).where(
        ARTICLES.c.ticket_id.in_(select(goes_on.c.merged_into_id)), *written
    )
    return wanted.order_by(ARTICLES.c.created_at, ARTICLES.c.id)


_GONE_ON = _gone_on()
_NEWEST_GONE_ON = (
    _gone_on()
    .order_by(None)
    .order_by(ARTICLES.c.created_at.desc(), ARTICLES.c.id.desc())
    .limit(bindparam("most"))
)
_KEY = tuple_(ARTICLES.c.created_at, ARTICLES.c.id)


async def replies_gone_on(
    connection: AsyncConnection, ticket_id: UUID, *, author: str | None, most: int | None = None
) -> list[ArticleView]:
    """Return what `author` (None: somebody without an account) wrote to the merged ticket
    `ticket_id` and stands in the one that goes on with it, oldest first; the newest `most` of it
    (None: all).
    """
    facts = {"ticket_id": ticket_id, "author": author}
    if most is None:
        rows: Sequence[Any] = (await connection.execute(_GONE_ON, facts)).all()
    else:
        rows = (await connection.execute(_NEWEST_GONE_ON, {**facts, "most": most})).all()[::-1]
    return [_view(row).model_copy(update={"visible_to_requester": True}) for row in rows]


async def has_replies(connection: AsyncConnection, number: str, *, most: int) -> bool:
    """Return whether the ticket `number` holds `most` messages of its requester, or more."""
    ticket = select(TICKETS.c.id).where(TICKETS.c.number == number).scalar_subquery()
    replies = (
        select(ARTICLES.c.id)
        .where(ARTICLES.c.ticket_id == ticket, ARTICLES.c.kind == "reply")
        .limit(most)
    )
    return (
        await connection.execute(select(func.count()).select_from(replies.subquery()))
    ).scalar_one() >= most


async def has_words_of_office(
    connection: AsyncConnection, ticket_id: UUID, *, since: datetime
) -> bool:
    """Return whether the office has written to the requester of the ticket after `since`: asked,
    answered or closed it.
    """
    is_new = (ARTICLES.c.ticket_id == ticket_id) & (ARTICLES.c.created_at > since)
    words = is_new & ARTICLES.c.kind.in_(("question", "answer")) & ARTICLES.c.visible_to_requester
    return (
        await connection.execute(select(ARTICLES.c.id).where(words).limit(1))
    ).first() is not None


async def articles_of(
    connection: AsyncConnection,
    ticket_id: UUID,
    *,
    absorbed: Mapping[UUID, str | None] = _NONE_ABSORBED,
    until: datetime | None = None,
    only_visible: bool = False,
    part: Part | None = None,
) -> list[ArticleView]:
    """Return the articles of a ticket and of those it `absorbed`, oldest first, with how their
    mails are doing.

    `absorbed` has the ids of merged tickets, each with the number to be shown. `until` leaves out
    what came later: the answer to a command is the ticket as the command left it, also when it is
    asked for again. `only_visible` leaves out what its requester may not read, `part` what does not
    stand on that part of the page.
    """
    ticket_ids = [ticket_id, *absorbed]
    articles = select(ARTICLES).where(ARTICLES.c.ticket_id.in_(ticket_ids))
    if only_visible:
        articles = articles.where(ARTICLES.c.visible_to_requester)
    sent = (
        select(DELIVERIES).where(DELIVERIES.c.ticket_id.in_(ticket_ids)).order_by(DELIVERIES.c.at)
    )
    if until is not None:
        articles = articles.where(ARTICLES.c.created_at <= until)
        sent = sent.where(DELIVERIES.c.at <= until)
    if part is not None:
        rows = await _read_part(connection, articles, part)
        sent = sent.where(any_of(DELIVERIES.c.article_id, [row.id for row in rows]))
    else:
        rows = (
            await connection.execute(articles.order_by(ARTICLES.c.created_at, ARTICLES.c.id))
        ).all()
    mails = await connection.execute(sent)
    deliveries = {
        mail.article_id: DeliveryView.model_construct(
            id=mail.id,
            kind=mail.kind,
            state=mail.state,
            recipient=mail.recipient,
            reason=mail.reason,
            at=mail.at,
        )
        for mail in mails
    }
    return [
        _view(row, delivery=deliveries.get(row.id), merged_from=absorbed.get(row.ticket_id))
        for row in rows
    ]


async def _read_part(
    connection: AsyncConnection, articles: Select[Any], part: Part
) -> Sequence[Any]:
    """Return the rows of `articles` that stand on `part`, oldest first, and fill in what is around
    them.
    """
    wanted = articles
    if part.before is not None:
        at = (
            await connection.execute(
                articles.with_only_columns(ARTICLES.c.created_at).where(
                    ARTICLES.c.id == part.before
                )
            )
        ).scalar()
        if at is None:
            part.before = None
        else:
            wanted = articles.where(_is_before(at, part.before))
    newest = wanted.order_by(ARTICLES.c.created_at.desc(), ARTICLES.c.id.desc()).limit(MOST_SHOWN)
    rows: list[Any] = []
    length = 0
    for row in (await connection.execute(newest)).all():
        length += len(row.body)
        if rows and length > LONGEST_SHOWN:
            break
        rows.append(row)
    part.shown = part.total = len(rows)
    if part.before is not None or len(rows) == MOST_SHOWN or length > LONGEST_SHOWN:
        part.total = await _how_many(connection, articles)
        part.earlier = (
            await _how_many(
                connection, articles.where(_is_before(rows[-1].created_at, rows[-1].id))
            )
            if rows
            else 0
        )
    part.oldest = rows[-1].id if rows else None
    return rows[::-1]


def _is_before(at: datetime, article_id: UUID) -> ColumnElement[bool]:
    return (
        tuple_(literal(at, ARTICLES.c.created_at.type), literal(article_id, ARTICLES.c.id.type))
        > _KEY
    )


async def _how_many(connection: AsyncConnection, articles: Select[Any]) -> int:
    return (await connection.execute(articles.with_only_columns(func.count()))).scalar_one()


def _view(
    row: Any, *, delivery: DeliveryView | None = None, merged_from: str | None = None
) -> ArticleView:
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
