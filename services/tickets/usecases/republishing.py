"""Making again the events of changes that tickets published long ago, for a service that may never
have heard of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.tickets.domain.republishing import Untold, numbers_in, retold
from services.tickets.repository.replay import (
    articles_by_version,
    changed_since,
    history_of,
    ids_of_numbers,
)
from shared.contracts.events.replay import ChangeRetold
from shared.contracts.events.tickets import TicketEvent, TicketReminded
from shared.core.cause import Cause
from shared.database.database import Database
from shared.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Retold:
    """The changes of a page of tickets; `last` is the id of its last ticket, None where there are
    no more.
    """

    last: UUID | None
    events: Sequence[TicketEvent]
    untold: Sequence[Untold]


async def retell_page(
    database: Database, *, since: datetime, after: UUID | None, limit: int
) -> Retold:
    """Return the events of all changes since `since` of the next `limit` tickets behind `after`,
    each ticket's in order.

    A reminder of a question that nobody waits for any more is left out: it would no longer be true.
    """
    async with database.reading() as connection:
        tickets = await changed_since(connection, since, after, limit=limit)
        ids = [ticket.id for ticket in tickets]
        history, articles = (
            await history_of(connection, ids),
            await articles_by_version(connection, ids),
        )
        numbers = {number for each in ids for number in numbers_in(history[each], articles[each])}
        others = await ids_of_numbers(connection, numbers)
    events: list[TicketEvent] = []
    untold: list[Untold] = []
    for ticket in tickets:
        moments = {change.version: change.at for change in history[ticket.id]}
        for each in retold(ticket, history[ticket.id], articles[ticket.id], others=others):
            if isinstance(each, TicketReminded) and ticket.reminded_at != each.ticket.updated_at:
                continue
            if isinstance(each, TicketEvent) and each.ticket.updated_at >= since:
                events.append(each)
            elif isinstance(each, Untold) and moments[each.version] >= since:
                untold.append(each)
    return Retold(ids[-1] if ids else None, events, untold)


def tell_owed(
    uow: UnitOfWork, event: TicketEvent, *, operators: Sequence[str], target: str
) -> None:
    """Tell `target` of a change again, which then notifies whom it would have notified: of
    operators only `operators`.
    """
    told = ChangeRetold(
        ticket_id=event.ticket.id,
        event=event.NAME,
        told=event.model_dump(mode="json"),
        operators=tuple(operators),
    )
    uow.emit(told, aggregate_id=event.ticket.id, cause=Cause.fresh(), target=target)
