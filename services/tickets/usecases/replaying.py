"""Saying again, to one service alone, what tickets are and what was appended to them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal
from uuid import UUID

from services.tickets.domain.ticket import Ticket
from services.tickets.repository.replay import articles_of, history_of, tickets_after, tickets_with
from shared.contracts.events.replay import ReplayedChange, TicketReplayed
from shared.contracts.events.ticket_state import Article, TicketState
from shared.core.cause import Cause
from shared.database.unit_of_work import MAX_EVENT_BYTES, UnitOfWork

Appended = Literal["nothing", "requests", "everything"]
"""What was appended to a ticket, as far as it is told: nothing of it, the articles that requests
began with, or all of it.
"""

ROOM = MAX_EVENT_BYTES - 1024
"""What the parts of a ticket in one event may take together: the rest is for the event's own
words.
"""


async def replay_tickets(
    uow: UnitOfWork, *, after: UUID | None, limit: int, target: str, with_appended: Appended
) -> list[UUID]:
    """Tell `target` the next `limit` tickets behind `after`, in the order of their ids; return
    these, none at the end.

    `with_appended` says what of their history and articles is told, too. Nothing is locked: what
    changes meanwhile is told by its own event, and who listens keeps what is newer.
    """
    tickets = await tickets_after(uow.connection, after, limit=limit)
    ids = [ticket.id for ticket in tickets]
    history = await history_of(uow.connection, ids) if with_appended == "everything" else {}
    articles = await articles_of(uow.connection, ids) if with_appended != "nothing" else {}
    if with_appended == "requests":
        articles = {
            i: [article for article in those if article.kind == "request"]
            for i, those in articles.items()
        }
    cause = Cause.fresh()
    for ticket in tickets:
        for part in parts_of(ticket, history.get(ticket.id, ()), articles.get(ticket.id, ())):
            uow.emit(part, aggregate_id=ticket.id, cause=cause, target=target)
    return ids


async def replay_states(uow: UnitOfWork, *, ids: Collection[UUID], target: str) -> None:
    """Tell `target` how those of `ids` stand that exist."""
    cause = Cause.fresh()
    for ticket in await tickets_with(uow.connection, ids):
        uow.emit(
            _event(ticket, [ticket.to_state()]), aggregate_id=ticket.id, cause=cause, target=target
        )


def parts_of(
    ticket: Ticket,
    history: Sequence[ReplayedChange],
    articles: Sequence[Article],
    *,
    room: int = ROOM,
) -> Iterator[TicketReplayed]:
    """Yield the events that tell all of it, as few as hold it when each takes `room` bytes; what is
    larger goes alone.
    """
    pieces: list[TicketState | ReplayedChange | Article] = [ticket.to_state(), *history, *articles]
    together: list[TicketState | ReplayedChange | Article] = []
    taken = 0
    for piece in pieces:
        size = len(piece.model_dump_json().encode()) + 1
        if together and taken + size > room:
            yield _event(ticket, together)
            together, taken = [], 0
        together.append(piece)
        taken += size
    yield _event(ticket, together)


def _event(
    ticket: Ticket, pieces: Sequence[TicketState | ReplayedChange | Article]
) -> TicketReplayed:
    return TicketReplayed(
        ticket_id=ticket.id,
        request_id=ticket.request_id,
        ticket=next((piece for piece in pieces if isinstance(piece, TicketState)), None),
        history=tuple(piece for piece in pieces if isinstance(piece, ReplayedChange)),
        articles=tuple(piece for piece in pieces if isinstance(piece, Article)),
    )
