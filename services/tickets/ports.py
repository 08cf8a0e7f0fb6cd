"""What the use cases need from outside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.tickets.domain.parts import Change
from services.tickets.domain.ticket import Ticket
from shared.cause import Cause
from shared.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Done:
    """A change to be recorded: the ticket after it, and what caused it."""

    ticket: Ticket
    change: Change
    cause: Cause


class Tickets(Protocol):
    """The tickets in one transaction. What was read is locked until its end."""

    async def get(self, number: str) -> Ticket:
        """Return the ticket with `number`. Raises NotThere."""

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        """Return those of `ids` that exist."""

    async def has_open_children(self, ticket_id: UUID) -> bool:
        """Return whether a child of the ticket has not ended."""

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of `ids` that are articles already."""

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets for which routing was last asked before `asked_before`, except those somebody else is at."""

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` postponed tickets that are due at `now`, except those somebody else is at."""

    async def add(self, done: Sequence[Done]) -> None:
        """Record new tickets with the changes that made them; those that exist already stay as they are and nothing is told."""

    async def record(self, done: Sequence[Done]) -> None:
        """Record changes of existing tickets, with their events, articles, hops and history. Raises TryAgain if somebody was faster."""


class Counters(Protocol):
    """Hands out the daily counters of ticket numbers: each at most once, gaps allowed."""

    async def draw(self, *, day: date, count: int) -> list[int]:
        """Return `count` counters of `day`."""


class CounterSource(Protocol):
    """Gives each transaction its counters."""

    def counters(self, uow: UnitOfWork) -> Counters: ...
