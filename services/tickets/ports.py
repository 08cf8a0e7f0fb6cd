"""What the use cases need from outside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue

from services.tickets.domain.changes import Change
from services.tickets.domain.ticket import Ticket
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Done:
    """A change to be recorded: the ticket after it, and what caused it."""

    ticket: Ticket
    change: Change
    cause: Cause


@dataclass(frozen=True, slots=True)
class InCharge:
    """Who is in charge of tickets in `queue`: their owner and their responsible, None where there
    is none.
    """

    owner: str | None
    responsible: str | None
    queue: str | None


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change that is history: its event's name, its actor (None: nobody) and time, each fact
    before and after.

    `changed_since` names the facts that later changes touched, `events_since` their events, the
    oldest first.
    """

    event: str
    actor: str | None
    at: datetime
    changes: dict[str, tuple[JsonValue, JsonValue]]
    changed_since: frozenset[str]
    events_since: tuple[str, ...] = ()


class Tickets(Protocol):
    """The tickets in one transaction.

    What was read is locked until its end, and comes with its family.

    Tickets that are read for a look only (`peek`, `peek_merged_into`) are not locked and have no
    family.
    """

    async def get(self, number: str) -> Ticket:
        """Return the ticket with `number`. Raises NotThere."""

    async def load(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        """Return those of `ids` that exist."""

    async def get_with_parent(self, number: str) -> Ticket:
        """Return the ticket with `number`; the parent of a child is locked too. Raises NotThere."""

    async def get_with_descendants(self, number: str) -> tuple[Ticket, list[Ticket]]:
        """Return the ticket with `number` and all below it, parents before their children.

        Raises NotThere.
        """

    async def load_numbers(self, numbers: Collection[str]) -> dict[str, Ticket]:
        """Return those of `numbers` that exist."""

    async def peek(self, ids: Collection[UUID]) -> dict[UUID, Ticket]:
        """Return those of `ids` that exist, not locked: for a look only."""

    async def past_change(self, ticket_id: UUID, version: int) -> PastChange | None:
        """Return the change that made the ticket's `version`, None where there is none."""

    async def known_articles(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of `ids` that are articles already."""

    async def waiting_for_queue(self, *, asked_before: datetime, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets for which routing was last asked before `asked_before`.

        Those that another process has locked are skipped.
        """

    async def postponed_until(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` postponed tickets that are due at `now`, except those that another
        process has locked.
        """

    async def last_change(self, ticket_id: UUID, *, event: str) -> PastChange | None:
        """Return the last change of the ticket that `event` told, None where there is none."""

    async def merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        """Return the tickets that were merged into this one."""

    async def peek_merged_into(self, ticket_id: UUID) -> dict[UUID, Ticket]:
        """Return the same, not locked: for a look only."""

    async def unanswered_since(self, moment: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets whose question was asked by `moment` and without a
        reminder.
        """

    async def expired_at(self, now: datetime, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets whose question has been waited for long enough at `now`."""

    async def people_in_charge(self) -> list[InCharge]:
        """Return who is in charge of tickets that have not ended, each combination once."""

    async def in_charge(self, people: InCharge, *, limit: int) -> list[Ticket]:
        """Return up to `limit` tickets that have not ended and of which exactly these `people` are
        in charge, except those that another process has locked.
        """

    async def add(self, done: Sequence[Done]) -> set[UUID]:
        """Record new tickets with the changes that made them; return the ids of those that exist
        already, which stay as they are.

        Raises TooLarge before anything is written.
        """

    async def record(self, done: Sequence[Done]) -> None:
        """Record changes of existing tickets, with their events, articles, hops and history.

        Raises TryAgain after a race.
        """


class Presence(Protocol):
    """Which operators are present, in one transaction."""

    async def alone(self) -> None:
        """Let no other process assign tickets until this transaction ends."""

    async def seen_since(self, moment: datetime) -> frozenset[str]:
        """Return the operators that have had a page open since `moment`."""

    async def in_hand(self, operators: Collection[str]) -> dict[str, int]:
        """Return how many tickets that have not ended each of `operators` owns."""


class Counters(Protocol):
    """Hands out the daily counters of ticket numbers: each at most once, gaps allowed."""

    async def draw(self, *, day: date, count: int) -> list[int]:
        """Return `count` counters of `day`."""


class CounterSource(Protocol):
    """Gives each transaction its counters."""

    def counters(self, uow: UnitOfWork) -> Counters: ...
