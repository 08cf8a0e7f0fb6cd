"""Who may read a ticket beside its requester and the operators."""

from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change
from shared.contracts.events import tickets as told
from shared.contracts.people import Actor, Reader


@dataclass(slots=True)
class Shareable(Case):
    """The verbs of a case that concern who reads it."""

    def shared(self, *, reader: Reader, actor: Actor, at: datetime) -> Change:
        """Be read by `reader` too."""
        before = tracked(self)
        self.shared_with = (*self.shared_with, reader)
        return self._changed(before, told.TicketShared, at=at, actor=actor)

    def unshared(self, *, reader: Reader, actor: Actor, at: datetime) -> Change:
        """Be read by `reader` no more."""
        before = tracked(self)
        self.shared_with = tuple(each for each in self.shared_with if each != reader)
        return self._changed(before, told.TicketUnshared, at=at, actor=actor)
