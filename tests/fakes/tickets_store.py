"""Tickets in memory, and counters that count: the ports of tickets for unit tests."""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import date, datetime
from uuid import UUID

from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done
from shared.errors import NotThere
from shared.events.tickets import TicketEvent


class FakeTickets:
    """Keeps tickets and remembers every change recorded, in order. What is read is a copy: only recording changes what is kept."""

    def __init__(self, *tickets: Ticket) -> None:
        self.kept = {ticket.id: ticket for ticket in tickets}
        self.done: list[Done] = []
        self.open_children: set[UUID] = set()
        self.articles: set[UUID] = set()

    @property
    def events(self) -> list[TicketEvent]:
        """The events told, in order."""
        return [each.change.event for each in self.done]

    async def get(self, number: str) -> Ticket:
        for ticket in self.kept.values():
            if ticket.number == number:
                return copy(ticket)
        raise NotThere

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        return {i: copy(self.kept[i]) for i in ids if i in self.kept}

    async def has_open_children(self, ticket_id: UUID) -> bool:
        return ticket_id in self.open_children

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        return self.articles.intersection(ids)

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        waiting = [t for t in self.kept.values() if t.routing_asked_at is not None and t.routing_asked_at < asked_before]
        return [copy(ticket) for ticket in waiting[:limit]]

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        due = [t for t in self.kept.values() if t.postponed_until is not None and t.postponed_until <= now]
        return [copy(ticket) for ticket in due[:limit]]

    async def add(self, done: Sequence[Done]) -> None:
        await self.record([each for each in done if each.ticket.id not in self.kept])

    async def record(self, done: Sequence[Done]) -> None:
        for each in done:
            self.kept[each.ticket.id] = each.ticket
            self.done.append(each)
            self.articles.update(article.id for article in each.change.event.articles)


class FakeCounters:
    """Counts from 1, every day anew; `drawn` says how often it was asked for what."""

    def __init__(self) -> None:
        self.drawn: list[tuple[date, int]] = []
        self._last: dict[date, int] = {}

    async def draw(self, *, day: date, count: int) -> list[int]:
        self.drawn.append((day, count))
        first = self._last.get(day, 0) + 1
        self._last[day] = first + count - 1
        return list(range(first, first + count))
