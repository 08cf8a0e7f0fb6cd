"""Tickets that are linked, watched, merged and taken apart again, for the tests of merging."""

from uuid import uuid4

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.links import link, unlink
from services.tickets.usecases.merging import merge
from services.tickets.usecases.undoing import undo
from services.tickets.usecases.watching import unwatch, watch
from shared.contracts.events.ticket_state import Link
from shared.core.cause import Cause
from tests.factories.tickets import make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
A, B, C, X, Y = (
    "2026092810000016",
    "2026092810000025",
    "2026092810000061",
    "2026092810000071",
    "2026092810000089",
)
IVO, RITA = "ivo.santi", "rita.vera"


class Story:
    """Tickets of one requester, and what operators do to them, a minute later each time."""

    def __init__(self, watchers: dict[str, tuple[str, ...]] | None = None) -> None:
        self.tickets = FakeTickets(
            *(make_queued_ticket(number=number) for number in (A, B, C, X, Y))
        )
        self.at = 5.0
        for number, watching in (watchers or {}).items():
            self[number].watchers = watching

    def __getitem__(self, number: str) -> Ticket:
        return next(ticket for ticket in self.tickets.kept.values() if ticket.number == number)

    def by(self, identity: str = "bruno.galli") -> Asked:
        self.at += 1
        return Asked(make_operator(identity), minutes(self.at), Cause(uuid4(), uuid4(), None))

    async def links(self, number: str, to: str, kind: str = "related") -> None:
        made = Link.model_validate({"to": to, "kind": kind})
        await do(
            link, self.tickets, DESK, number=number, to=made.to, kind=made.kind, asked=self.by()
        )

    async def unlinks(self, number: str, to: str) -> None:
        await do(unlink, self.tickets, DESK, number=number, to=to, asked=self.by())

    async def watches(self, number: str, who: str) -> None:
        await do(watch, self.tickets, DESK, number=number, asked=self.by(who))

    async def unwatches(self, number: str, who: str) -> None:
        await do(unwatch, self.tickets, DESK, number=number, asked=self.by(who))

    async def merges(self, number: str, into: str) -> None:
        await do(merge, self.tickets, DESK, number=number, into=into, asked=self.by())

    async def undoes(self, *numbers: str) -> None:
        for number in numbers:
            change = self[number].undoable
            assert change is not None
            await do(
                undo, self.tickets, DESK, number=number, version=change.version, asked=self.by()
            )

    def watchers(self) -> dict[str, set[str]]:
        return {
            ticket.number: set(ticket.watchers)
            for ticket in self.tickets.kept.values()
            if ticket.watchers
        }

    def linked(self) -> dict[str, set[tuple[str, str]]]:
        kept = self.tickets.kept.values()
        return {
            ticket.number: {(each.to, each.kind) for each in ticket.links}
            for ticket in kept
            if ticket.links
        }
