"""What the portal does with what it hears: it keeps the read model.

Duplicates and any order give the same rows.
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from services.portal.projection import projector, repository
from services.portal.projection.changes import DESK, Changes, bell_key, queue_key, ticket_key
from services.portal.projection.projector import Row
from services.portal.projection.repository import Stored
from shared.contracts.desk import Desk
from shared.contracts.events.notify import (
    DeliveryEvent,
    NoticeFacts,
    NoticeMailed,
    NoticeRaised,
    NoticesMailed,
    NoticesRaised,
    PreferencesChanged,
)
from shared.contracts.events.replay import TicketReplayed
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.events.tickets import (
    TicketEvent,
)
from shared.core.errors import DeskMissing
from shared.database.desk_copy import current_desk, store_desk
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers

K = TypeVar("K")
E = TypeVar("E", TicketState, DeliveryEvent, NoticeFacts, PreferencesChanged)

Fact = (
    TicketEvent
    | TicketReplayed
    | DeliveryEvent
    | NoticesRaised
    | NoticesMailed
    | NoticeRaised
    | NoticeMailed
    | PreferencesChanged
)


async def on_facts(changes: Changes, uow: UnitOfWork, received: Sequence[Envelope[Fact]]) -> None:
    """Write what `received` says about tickets, mails and notices.

    One function for all, so that every batch writes the tables in the same order.
    """
    tickets: dict[UUID, TicketState] = {}
    shared: list[TicketState] = []
    telling: dict[UUID, TicketState] = {}
    written: dict[UUID, tuple[UUID, Article]] = {}
    history: dict[tuple[UUID, int], Row] = {}
    deliveries: dict[UUID, DeliveryEvent] = {}
    notices: dict[UUID, NoticeFacts] = {}
    preferences: dict[str, PreferencesChanged] = {}
    for one in received:
        event = one.event
        match event:
            case DeliveryEvent():
                _keep_newest(deliveries, event.delivery_id, event)
            case NoticesRaised(notices=several) | NoticesMailed(notices=several):
                for notice in several:
                    _keep_newest(notices, notice.notice_id, notice)
            case NoticeRaised() | NoticeMailed():
                _keep_newest(notices, event.notice_id, event)
            case PreferencesChanged():
                _keep_newest(preferences, event.operator, event)
            case TicketEvent(ticket=state):
                _keep_newest(tickets, state.id, state)
                shared.append(state)
                history[state.id, state.version] = projector.history_row(event)
                written |= {article.id: (state.id, article) for article in event.articles}
                if projector.tells_facts(event):
                    _keep_newest(telling, state.id, state)
            case TicketReplayed(ticket_id=ticket_id):
                if event.ticket is not None:
                    _keep_newest(tickets, ticket_id, event.ticket)
                    _keep_newest(telling, ticket_id, event.ticket)
                    shared.append(event.ticket)
                history |= {
                    (ticket_id, past.version): projector.past_row(ticket_id, past)
                    for past in event.history
                }
                written |= {article.id: (ticket_id, article) for article in event.articles}

    stored = await repository.store(
        uow.connection,
        tickets={i: projector.ticket_row(state) for i, state in tickets.items()},
        shares=projector.share_rows(shared),
        words=projector.words_rows(
            telling, written.values(), desk=await _desk_in_force(uow) if telling else None
        ),
        articles={
            i: projector.article_row(ticket_id, article)
            for i, (ticket_id, article) in written.items()
        },
        history=history,
        deliveries={i: projector.delivery_row(event) for i, event in deliveries.items()},
        notices={i: projector.notice_row(event) for i, event in notices.items()},
        preferences={
            operator: projector.preferences_row(event) for operator, event in preferences.items()
        },
    )
    numbers = {i: state.number for i, state in tickets.items()}
    if elsewhere := stored.mailed - numbers.keys():
        numbers |= await repository.numbers_of(uow.connection, elsewhere)
    for one in received:
        changes.note(one.id, _changed_by(one.event, stored, numbers))


async def _desk_in_force(uow: UnitOfWork) -> Desk | None:
    """Return the desk, or None before the first desk event, as in a portal that is being
    replayed.
    """
    try:
        return (await current_desk(uow.connection)).desk
    except DeskMissing:
        return None


async def on_desk_applied(
    changes: Changes, uow: UnitOfWork, received: Sequence[Envelope[DeskApplied]]
) -> None:
    """Swap the copy of the desk."""
    await store_desk(uow, [one.event for one in received])
    changes.note(received[-1].id, (DESK,))


def _keep_newest(kept: dict[K, E], key: K, event: E) -> None:
    known = kept.get(key)
    if known is None or known.version < event.version:
        kept[key] = event


def _changed_by(event: Fact, stored: Stored, numbers: dict[UUID, str]) -> list[str]:
    """Return the keys that `event` changed: none for a duplicate, so that browsers are not asked to
    read the same again.

    A replay brings back what is long known: pages see it when they are read anew.
    """
    match event:
        case TicketEvent() if event.ticket.id in stored.changed:
            left = projector.queue_left(event)
            return [ticket_key(event.ticket.number), *([queue_key(left)] if left else [])]
        case DeliveryEvent() if event.ticket_id in stored.mailed and event.ticket_id in numbers:
            return [ticket_key(numbers[event.ticket_id])]
        case NoticesRaised(notices=several) | NoticesMailed(notices=several):
            return sorted(
                {bell_key(notice.operator) for notice in several if notice.notice_id in stored.told}
            )
        case NoticeRaised() | NoticeMailed() if event.notice_id in stored.told:
            return [bell_key(event.operator)]
    return []


HANDLERS: Handlers[Changes] = (
    Handler(DeskApplied, on_desk_applied, inbox=False),
    Handler(TicketEvent, on_facts, inbox=False, writes_once=True),
    Handler(TicketReplayed, on_facts, inbox=False, writes_once=True),
    Handler(DeliveryEvent, on_facts, inbox=False, writes_once=True),
    Handler(NoticesRaised, on_facts, inbox=False, writes_once=True),
    Handler(NoticesMailed, on_facts, inbox=False, writes_once=True),
    Handler(NoticeRaised, on_facts, inbox=False, writes_once=True),
    Handler(NoticeMailed, on_facts, inbox=False, writes_once=True),
    Handler(PreferencesChanged, on_facts, inbox=False, writes_once=True),
)
