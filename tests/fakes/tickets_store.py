"""Tickets in memory (also who is present), and counters that count: the ports of tickets for unit
tests.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.tickets.domain.families import Child, Family, Parent
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, InCharge, PastChange
from shared.contracts.events.base import Event
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import NotThere


class FakeTickets:
    """Keeps tickets and remembers every change recorded, in order.

    What is read is a copy: only recording changes what is kept.
    """

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
                return self._locked(ticket)
        raise NotThere

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        return {i: self._locked(self.kept[i]) for i in ids if i in self.kept}

    async def get_with_parent(self, number: str) -> Ticket:
        return await self.get(number)

    async def get_with_descendants(self, number: str) -> tuple[Ticket, list[Ticket]]:
        found = [await self.get(number)]
        for above in found:
            children = [child for child in self.kept.values() if child.parent_id == above.id]
            found += map(self._locked, sorted(children, key=lambda child: child.id))
        return found[0], found[1:]

    async def load_numbers(self, numbers: Collection[str]) -> dict[str, Ticket]:
        return {
            ticket.number: self._locked(ticket)
            for ticket in self.kept.values()
            if ticket.number in numbers
        }

    async def peek(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        return {i: replace(self.kept[i], family=None) for i in ids if i in self.kept}

    async def past_change(self, ticket_id: UUID, version: int) -> PastChange | None:
        return self._past(ticket_id, lambda event: event.ticket.version == version)

    async def last_change(self, ticket_id: UUID, *, event: str) -> PastChange | None:
        told = [each for each in self.events if each.ticket.id == ticket_id and event == each.NAME]
        return self._past(ticket_id, lambda one: one is told[-1]) if told else None

    async def merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        return {
            ticket.id: self._locked(ticket)
            for ticket in self.kept.values()
            if ticket.merged_into_id == ticket_id
        }

    async def peek_merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        return {
            t.id: replace(t, family=None)
            for t in self.kept.values()
            if t.merged_into_id == ticket_id
        }

    async def unanswered_since(self, moment: datetime, *, limit: int) -> list[Ticket]:
        asked = [
            t
            for t in self.kept.values()
            if t.question_asked_at is not None and t.reminded_at is None
        ]
        return self._oldest(asked, by="question_asked_at", until=moment)[:limit]

    async def expired_at(self, now: datetime, *, limit: int) -> list[Ticket]:
        expired = self._oldest(self.kept.values(), by="expires_at", until=now)
        return [
            each for each in expired if each.family is not None and not each.family.has_open_child
        ][:limit]

    async def alone(self) -> None:
        """There is nobody else."""

    async def seen_since(self, moment: datetime) -> frozenset[str]:
        return frozenset(operator for operator, seen in self.present.items() if seen >= moment)

    async def in_hand(self, operators: Collection[str]) -> dict[str, int]:
        held = [ticket.owner for ticket in self.kept.values() if ticket.closed_at is None]
        return {operator: held.count(operator) for operator in operators}

    def _locked(self, ticket: Ticket) -> Ticket:
        above = self.kept.get(ticket.parent_id) if ticket.parent_id is not None else None
        parent = Parent(above.state, above.queue, above.owner) if above is not None else None
        children = {
            t.number: Child(t.state, t.merged_into)
            for t in self.kept.values()
            if t.parent_id == ticket.id
        }
        return replace(ticket, family=Family(parent, children))

    def _oldest(self, tickets: Iterable[Ticket], *, by: str, until: datetime) -> list[Ticket]:
        """Return those of which the moment `by` has come at `until`, the oldest first."""
        moments = [(getattr(ticket, by), ticket) for ticket in tickets]
        due = sorted(
            ((at, each.id, each) for at, each in moments if at is not None and at <= until),
            key=lambda one: one[:2],
        )
        return [self._locked(each) for *_, each in due]

    def _past(self, ticket_id: UUID, is_wanted: Callable[[TicketEvent], bool]) -> PastChange | None:
        told = [event for event in self.events if event.ticket.id == ticket_id]
        for position, event in enumerate(told):
            if is_wanted(event):
                later = told[position + 1 :]
                since = frozenset(name for each in later for name in each.changes)
                names = tuple(each.NAME for each in later)
                return PastChange(
                    event.NAME,
                    event.actor.identity,
                    event.ticket.updated_at,
                    dict(event.changes),
                    since,
                    names,
                )
        return None

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        return self.articles.intersection(ids)

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        waiting = self._oldest(self.kept.values(), by="routing_asked_at", until=asked_before)
        return [each for each in waiting if each.routing_asked_at != asked_before][:limit]

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        return self._oldest(self.kept.values(), by="postponed_until", until=now)[:limit]

    async def people_in_charge(self) -> list[InCharge]:
        live = [
            ticket
            for ticket in self.kept.values()
            if ticket.closed_at is None and (ticket.owner or ticket.responsible)
        ]
        return list(dict.fromkeys(map(self._people, live)))

    async def in_charge(self, people: InCharge, *, limit: int) -> list[Ticket]:
        theirs = [
            t for t in self.kept.values() if t.closed_at is None and self._people(t) == people
        ]
        return [self._locked(ticket) for ticket in theirs[:limit]]

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
