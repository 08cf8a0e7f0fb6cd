"""What time does to a ticket: put off, due again, a question that nobody answers."""

from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change
from shared.contracts.events import tickets as told
from shared.contracts.events.ticket_state import State
from shared.contracts.people import SYSTEM, Actor


@dataclass(slots=True)
class Waiting(Case):
    """The verbs of a case that the clock knows."""

    def postponed(self, *, until: datetime, actor: Actor, state: State, at: datetime) -> Change:
        """Wait until `until`."""
        before = tracked(self)
        self.postponed_until, self.state = until, state
        return self._changed(before, told.TicketPostponed, at=at, actor=actor)

    def resumed(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Be open again because `actor` says so."""
        before = tracked(self)
        self.state = state
        return self._changed(before, told.TicketResumed, at=at, actor=actor)

    def woken(self, *, state: State, at: datetime) -> Change:
        """Be open again because the time has come."""
        before = tracked(self)
        self.state = state
        return self._changed(before, told.TicketDue, at=at, actor=SYSTEM)

    def reminded(self, *, expires_at: datetime | None = None, at: datetime) -> Change:
        """Have the requester reminded that he was asked something. `expires_at`: of a child, whose parent's owner is reminded here."""
        before = tracked(self)
        self.reminded_at, self.expires_at = at, expires_at
        return self._changed(before, told.TicketReminded, at=at, actor=SYSTEM, news="reminder")

    def expired(self, *, state: State, at: datetime) -> Change:
        """End because a question stayed unanswered. Who owned it is kept; nobody closed it."""
        before = tracked(self)
        self.state = state
        return self._changed(before, told.TicketExpired, at=at, actor=SYSTEM, hops=self._over(at=at), news="outcome")
