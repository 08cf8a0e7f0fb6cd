"""Publishing again what the broker lost of the events that tickets sends to itself: news of
children, recipes that are due.
"""

from collections.abc import MutableMapping
from datetime import datetime
from uuid import UUID

import structlog

from services.tickets.domain.families import article_id_of, news_for_parent
from services.tickets.domain.recipes import due_steps
from services.tickets.domain.republishing import numbers_in, retold
from services.tickets.repository.families import children_of_live_parents, tickets_with_runs
from services.tickets.repository.replay import (
    articles_by_version,
    history_of,
    ids_of_numbers,
    tickets_with,
)
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases.recipes import CAN_OPEN_CHILDREN
from shared.contracts.events.families import ChildTold, RunDue
from shared.contracts.events.tickets import TicketEvent
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork

log = structlog.get_logger()


async def tell_parents_again(
    uow: UnitOfWork,
    *,
    seen: MutableMapping[UUID, int],
    since: datetime,
    before: datetime,
    limit: int,
) -> int:
    """Publish again the news of up to `limit` children that their parents never heard of; return
    how many news.

    Looked at are children that changed last between `since` and `before`, of parents that have not
    ended. `seen` keeps at which version a child was found to be heard of, so that it is not looked
    at again.
    """
    versions = await children_of_live_parents(uow.connection, since=since, before=before)
    ids = [child for child, version in versions.items() if seen.get(child) != version][:limit]
    if not ids:
        return 0
    history, articles = (
        await history_of(uow.connection, ids),
        await articles_by_version(uow.connection, ids),
    )
    others = await ids_of_numbers(
        uow.connection, {number for i in ids for number in numbers_in(history[i], articles[i])}
    )
    news: dict[UUID, ChildTold] = {}
    for child in await tickets_with(uow.connection, ids):
        events = retold(child, history[child.id], articles[child.id], others=others)
        heard = [news_for_parent(event) for event in events if isinstance(event, TicketEvent)]
        news |= {article_id_of(each): each for each in heard if each is not None}
    known = await SqlTickets(uow).known_articles(news)
    missing = [told for article, told in news.items() if article not in known]
    for told in missing:
        uow.emit(told, aggregate_id=told.parent_id, cause=Cause.fresh())
        log.warning(
            "tickets.family.told_again",
            child_id=told.child_id,
            version=told.version,
            news=told.news,
        )
    seen.update(
        {child: versions[child] for child in set(ids) - {told.child_id for told in missing}}
    )
    return len(missing)


async def begin_runs_again(uow: UnitOfWork, *, before: datetime, limit: int) -> int:
    """Publish again that a recipe may go on, for up to `limit` tickets that have not changed since
    `before` although a step is due.
    """
    waiting = [
        ticket
        for ticket in await tickets_with_runs(uow.connection, before=before)
        if ticket.state in CAN_OPEN_CHILDREN
    ]
    due = [ticket for ticket in waiting if ticket.run is not None and due_steps(ticket.run)][:limit]
    for ticket in due:
        uow.emit(RunDue(ticket_id=ticket.id), aggregate_id=ticket.id, cause=Cause.fresh())
        log.warning("tickets.recipe.due_again", ticket_id=ticket.id)
    return len(due)
