"""The mails that the history of the tickets owes and that are not in notify's ledger: found for
`compare`, made by `replay`.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notify.usecases.missed_events import DeskThen, Unheard, find_heard, find_unheard
from services.routing.queries import desks_applied
from services.tickets.domain.republishing import Untold
from services.tickets.usecases.republishing import retell_page, tell_owed
from shared.contracts.desk import Desk
from shared.contracts.events.tickets import TicketEvent
from shared.database.database import Database
from shared.database.desk_copy import current_desk

TICKETS_AT_ONCE = 100
MOST_NAMED = 20
"""So many changes are named."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a page of tickets owes, and the changes of which nobody can say what they owe."""

    unheard: Sequence[Unheard]
    untold: Sequence[Untold]


async def walk_owed(
    tickets: Database, notify: Database, routing: Database, *, since: datetime
) -> AsyncIterator[Owed]:
    """Yield what is owed for changes since `since`, ticket after ticket.

    Raises DeskMissing where notify has no desk.
    """
    async with notify.reading() as connection:
        desk = (await current_desk(connection)).desk
    desk_then = _desk_then(await desks_applied(routing), desk)
    after: UUID | None = None
    while True:
        page = await retell_page(tickets, since=since, after=after, limit=TICKETS_AT_ONCE)
        if page.last is None:
            return
        unheard, broken = await find_unheard(
            notify, events=page.events, desk=desk, desk_then=desk_then
        )
        untold = [*page.untold, *map(_without_words, broken)]
        heard = await find_heard(
            notify,
            changes=[(each.ticket_id, each.version) for each in untold],
            operators=desk.operators,
        )
        yield Owed(
            unheard, [each for each in untold if (each.ticket_id, each.version) not in heard]
        )
        after = page.last


async def tell_all_owed(tickets: Database, unheard: Sequence[Unheard]) -> None:
    """Have notify told of these changes, as if it had heard of them then."""
    async with tickets.transaction() as uow:
        for each in unheard:
            tell_owed(uow, each.event, operators=each.operators, target="notify")


@dataclass
class Summary:
    """What is owed in all: how many changes, which mails, and the first of them in words."""

    changes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    untold: list[Untold] = field(default_factory=list)

    @property
    def mails(self) -> int:
        """How many mails there will be at most: notices of one operator may share one."""
        return self.kinds.total()

    def add(self, owed: Owed) -> None:
        """Count `owed`."""
        for each in owed.unheard:
            self.changes += 1
            self.kinds.update(kinds_of(each))
            if len(self.named) < MOST_NAMED:
                self.named.append(in_words(each))
        self.untold += owed.untold

    def __str__(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))


def kinds_of(unheard: Unheard) -> Counter[str]:
    """Return how many mails of which kind a change owes."""
    kinds: Counter[str] = Counter()
    if unheard.mail is not None:
        kinds[unheard.mail.kind.replace("_", " ")] += 1
    if unheard.is_sent_again:
        kinds["sent again"] += 1
    if unheard.notices:
        kinds["to operators"] += len(unheard.notices)
    return kinds


def in_words(unheard: Unheard) -> str:
    """Return what a change owes, e.g. `2026113010000016 version 1 (1 receipt)`."""
    ticket = unheard.event.ticket
    owes = ", ".join(f"{count} {kind}" for kind, count in kinds_of(unheard).items())
    return f"{ticket.number} version {ticket.version} ({owes})"


def _without_words(event: TicketEvent) -> Untold:
    return Untold(
        event.ticket.id,
        event.ticket.number,
        event.ticket.version,
        event.NAME,
        "the words of its mail",
    )


def _desk_then(applied: Sequence[tuple[datetime, Desk]], now: Desk) -> DeskThen:
    moments = [at for at, _ in applied]
    # The one in force is nearly always that of then: as the same object it is not asked twice.
    desks = [now if desk == now else desk for _, desk in applied]

    def then(moment: datetime) -> Desk:
        position = bisect_right(moments, moment)
        return desks[position - 1] if position else now

    return then
