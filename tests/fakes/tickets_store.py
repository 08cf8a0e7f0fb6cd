"""Tickets in memory (also who is present), and counters that count: the ports of tickets for unit tests."""

from collections.abc import Callable, Collection, Sequence
from copy import copy
from datetime import date, datetime
from uuid import UUID

from services.tickets.domain.family import states_of_children
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, InCharge, PastChange
from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import State
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import NotThere


class FakeTickets:
    """Keeps tickets and remembers every change recorded, in order. What is read is a copy: only recording changes what is kept."""

    def __init__(self, *tickets: Ticket) -> None:
        self.kept = {ticket.id: ticket for ticket in tickets}
        self.done: list[Done] = []
        self.present: dict[str, datetime] = {}
        self.articles: set[UUID] = set()

    @property
    def events(self) -> list[TicketEvent]:
        """The events told, in order."""
        return [each.change.event for each in self.done]

    @property
    def further(self) -> list[Event]:
        """What tickets told itself because of them, in order."""
        return [event for each in self.done for _, event in each.change.further]

    async def get(self, number: str) -> Ticket:
        for ticket in self.kept.values():
            if ticket.number == number:
                return copy(ticket)
        raise NotThere

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        return {i: copy(self.kept[i]) for i in ids if i in self.kept}

    async def get_with_parent(self, number: str) -> tuple[Ticket, Ticket | None]:
        ticket = await self.get(number)
        return ticket, copy(self.kept[ticket.parent_id]) if ticket.parent_id in self.kept else None

    async def get_with_descendants(self, number: str) -> tuple[Ticket, list[Ticket]]:
        ticket = await self.get(number)
        below = [copy(child) for child in self.kept.values() if child.parent_id == ticket.id]
        for child in list(below):
            below += (await self.get_with_descendants(child.number))[1]
        return ticket, below

    async def load_numbers(self, numbers: Collection[str]) -> dict[str, Ticket]:
        return {ticket.number: copy(ticket) for ticket in self.kept.values() if ticket.number in numbers}

    async def peek(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        return await self.load(ids)

    async def children_of(self, ids: Collection[UUID]) -> dict[UUID, dict[str, State]]:
        below = {i: [ticket for ticket in self.kept.values() if ticket.parent_id == i] for i in ids}
        return {i: states_of_children({t.number: (t.state, t.merged_into) for t in those}) for i, those in below.items()}

    async def past_change(self, ticket_id: UUID, version: int) -> PastChange | None:
        return self._past(ticket_id, lambda event: event.ticket.version == version)

    async def last_change(self, ticket_id: UUID, *, event: str) -> PastChange | None:
        told = [each for each in self.events if each.ticket.id == ticket_id and event == each.NAME]
        return self._past(ticket_id, lambda one: one is told[-1]) if told else None

    async def merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        return {ticket.id: copy(ticket) for ticket in self.kept.values() if ticket.merged_into_id == ticket_id}

    async def peek_merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        return await self.merged_into(ticket_id)

    async def unanswered_since(self, moment: datetime, *, limit: int) -> list[Ticket]:
        asked = [ticket for ticket in self.kept.values() if ticket.question_asked_at is not None and ticket.reminded_at is None]
        return [copy(ticket) for ticket in asked if ticket.question_asked_at and ticket.question_asked_at <= moment][:limit]

    async def expired_at(self, now: datetime, *, limit: int) -> list[Ticket]:
        expired = [t for t in self.kept.values() if t.expires_at is not None and t.expires_at <= now]
        return [copy(ticket) for ticket in expired[:limit]]

    async def alone(self) -> None:
        """There is nobody else."""

    async def seen_since(self, moment: datetime) -> frozenset[str]:
        return frozenset(operator for operator, seen in self.present.items() if seen >= moment)

    async def in_hand(self, operators: Collection[str]) -> dict[str, int]:
        held = [ticket.owner for ticket in self.kept.values() if ticket.closed_at is None]
        return {operator: held.count(operator) for operator in operators}

    def _past(self, ticket_id: UUID, is_wanted: Callable[[TicketEvent], bool]) -> PastChange | None:
        told = [event for event in self.events if event.ticket.id == ticket_id]
        for position, event in enumerate(told):
            if is_wanted(event):
                later = told[position + 1 :]
                since = frozenset(name for each in later for name in each.changes)
                names = tuple(each.NAME for each in later)
                return PastChange(event.NAME, event.actor.identity, event.ticket.updated_at, dict(event.changes), since, names)
        return None

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        return self.articles.intersection(ids)

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        waiting = [t for t in self.kept.values() if t.routing_asked_at is not None and t.routing_asked_at < asked_before]
        return [copy(ticket) for ticket in waiting[:limit]]

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        due = [t for t in self.kept.values() if t.postponed_until is not None and t.postponed_until <= now]
        return [copy(ticket) for ticket in due[:limit]]

    async def people_in_charge(self) -> list[InCharge]:
        return list(dict.fromkeys(self._people(ticket) for ticket in self.kept.values() if ticket.closed_at is None))

    async def in_charge(self, people: InCharge, *, limit: int) -> list[Ticket]:
        theirs = [t for t in self.kept.values() if t.closed_at is None and self._people(t) == people]
        return [copy(ticket) for ticket in theirs[:limit]]

    def _people(self, ticket: Ticket) -> InCharge:
        return InCharge(ticket.owner, ticket.responsible, ticket.queue)

    async def add(self, done: Sequence[Done]) -> set[UUID]:
        known = {each.ticket.id for each in done if each.ticket.id in self.kept}
        await self.record([each for each in done if each.ticket.id not in known])
        return known

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
