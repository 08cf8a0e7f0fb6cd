"""Who asked for a ticket, as far as it is known."""

from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change
from shared.contracts.events import guests as told
from shared.contracts.people import Actor


@dataclass(slots=True)
class AskedFor(Case):
    """The verbs of a case that concern its requester's address."""

    def requester_confirmed(self, *, actor: Actor, at: datetime) -> Change:
        """Have a requester whose address is confirmed."""
        before = self.requester.assurance
        self.requester = self.requester.model_copy(update={"assurance": "confirmed"})
        changes = {"assurance": (before, "confirmed")}
        return self._changed(tracked(self), told.RequesterConfirmed, at=at, actor=actor, of_others=changes)

    def link_asked(self, *, at: datetime) -> Change:
        """Have its link mailed to its requester again; who asked for that is not known."""
        return self._changed(tracked(self), told.GuestLinkAsked, at=at, actor=Actor())
