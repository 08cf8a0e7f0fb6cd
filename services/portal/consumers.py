"""What the portal does with what it hears: it keeps the read model. Duplicates and any order give the same rows."""

from collections.abc import Sequence
from uuid import UUID

from services.portal import projector, repository
from services.portal.live.names import DESK, Changes, queue_key, ticket_key
from services.portal.projector import Row
from shared.database.desk_copy import store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.events.base import Event
from shared.events.families import TicketBounced, TicketChildOpened, TicketChildReported, TicketResent, TicketRunDecided
from shared.events.merging import TicketAbsorbed, TicketMerged, TicketMergeUndone
from shared.events.notify import DeliveryDelayed, DeliveryEvent, DeliveryFailed, DeliverySent
from shared.events.routing import DeskApplied
from shared.events.tickets import (
    TicketAnswered,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketDue,
    TicketEscalated,
    TicketEvent,
    TicketExpired,
    TicketForwarded,
    TicketLinked,
    TicketMoved,
    TicketMoveUndone,
    TicketNoted,
    TicketNotified,
    TicketPostponed,
    TicketPriorityChanged,
    TicketQuestionAsked,
    TicketQueued,
    TicketReleased,
    TicketReminded,
    TicketReopened,
    TicketRequesterReplied,
    TicketResponsibleChanged,
    TicketRoutingRequested,
    TicketTaken,
    TicketWatchersChanged,
    TicketWithdrawn,
)
from shared.messaging.handlers import Handler, Handlers
from shared.messaging.message import Received


async def on_facts(changes: Changes, uow: UnitOfWork, received: Sequence[Received[TicketEvent | DeliveryEvent]]) -> None:
    """Write what `received` says about tickets and mails.

    One function for all, so that every batch writes the tables in the same order.
    """
    tickets: dict[UUID, TicketEvent] = {}
    articles: dict[UUID, Row] = {}
    history: dict[tuple[UUID, int], Row] = {}
    deliveries: dict[UUID, DeliveryEvent] = {}
    for one in received:
        event = one.event
        if isinstance(event, DeliveryEvent):
            known = deliveries.get(event.delivery_id)
            if known is None or known.version < event.version:
                deliveries[event.delivery_id] = event
            continue
        state = event.ticket
        newest = tickets.get(state.id)
        if newest is None or newest.ticket.version < state.version:
            tickets[state.id] = event
        history[state.id, state.version] = projector.history_row(event)
        for article in event.articles:
            articles[article.id] = projector.article_row(event, article)

    changed, mailed = await repository.store(
        uow.connection,
        tickets={i: projector.ticket_row(event.ticket) for i, event in tickets.items()},
        articles=articles,
        history=history,
        deliveries={i: projector.delivery_row(event) for i, event in deliveries.items()},
    )
    numbers = {i: event.ticket.number for i, event in tickets.items()}
    if elsewhere := mailed - numbers.keys():
        numbers |= await repository.numbers_of(uow.connection, elsewhere)
    for one in received:
        changes.note(one.message_id, _changed_by(one.event, changed, mailed, numbers))


async def on_desk_applied(changes: Changes, uow: UnitOfWork, received: Sequence[Received[DeskApplied]]) -> None:
    """Swap the copy of the desk."""
    await store_desk(uow, [one.event for one in received])
    changes.note(received[-1].message_id, (DESK,))


def _changed_by(event: Event, changed: set[UUID], mailed: set[UUID], numbers: dict[UUID, str]) -> list[str]:
    """Return the keys that `event` changed: none for a duplicate, so that browsers are not asked to read the same again."""
    if isinstance(event, TicketEvent) and event.ticket.id in changed:
        left = projector.queue_left(event)
        return [ticket_key(event.ticket.number), *([queue_key(left)] if left else [])]
    if isinstance(event, DeliveryEvent) and event.ticket_id in mailed and event.ticket_id in numbers:
        return [ticket_key(numbers[event.ticket_id])]
    return []


_FACTS: Handler[Changes] = Handler(on_facts, inbox=False, writes_once=True)

HANDLERS: Handlers[Changes] = {
    DeskApplied: Handler(on_desk_applied, inbox=False),
    TicketCreated: _FACTS,
    TicketRoutingRequested: _FACTS,
    TicketQueued: _FACTS,
    TicketMoved: _FACTS,
    TicketPostponed: _FACTS,
    TicketDue: _FACTS,
    TicketEscalated: _FACTS,
    TicketPriorityChanged: _FACTS,
    TicketTaken: _FACTS,
    TicketAssigned: _FACTS,
    TicketReleased: _FACTS,
    TicketResponsibleChanged: _FACTS,
    TicketQuestionAsked: _FACTS,
    TicketAnswered: _FACTS,
    TicketRequesterReplied: _FACTS,
    TicketNoted: _FACTS,
    TicketLinked: _FACTS,
    TicketNotified: _FACTS,
    TicketClosed: _FACTS,
    TicketReopened: _FACTS,
    TicketWithdrawn: _FACTS,
    TicketExpired: _FACTS,
    TicketForwarded: _FACTS,
    TicketMoveUndone: _FACTS,
    TicketReminded: _FACTS,
    TicketWatchersChanged: _FACTS,
    TicketBounced: _FACTS,
    TicketChildOpened: _FACTS,
    TicketChildReported: _FACTS,
    TicketResent: _FACTS,
    TicketRunDecided: _FACTS,
    TicketAbsorbed: _FACTS,
    TicketMerged: _FACTS,
    TicketMergeUndone: _FACTS,
    DeliverySent: _FACTS,
    DeliveryDelayed: _FACTS,
    DeliveryFailed: _FACTS,
}
