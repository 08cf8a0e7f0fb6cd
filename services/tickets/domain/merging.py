"""What a ticket has to do with others beside its family: links, watchers, merging."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.going_along import Follows, own_of, with_own, without, without_own
from services.tickets.domain.parts import Change
from shared.contracts.events import merging as told
from shared.contracts.events.ticket_state import Link, Run, State
from shared.contracts.events.tickets import TicketLinked, TicketUnlinked, TicketWatchersChanged
from shared.contracts.people import Actor


@dataclass(slots=True)
class Mergeable(Case):
    """The verbs of a case that concern another one."""

    def linked(self, *, to: Link, actor: Actor, at: datetime) -> Change:
        """Refer to another ticket, in one way only."""
        before = tracked(self)
        self.links = (*without(self.links, {to.to}), to)
        if self.own is not None:
            self.own = with_own(self.own, links=(to,))
        return self._changed(before, TicketLinked, at=at, actor=actor)

    def unlinked(self, *, to: str, actor: Actor, at: datetime) -> Change:
        """Stop referring to the ticket with the number `to`."""
        before = tracked(self)
        self.links = without(self.links, {to})
        if self.own is not None:
            self.own = without_own(self.own, links={to})
        return self._changed(before, TicketUnlinked, at=at, actor=actor)

    def has_own_link(self, link: Link) -> bool:
        """Return whether the ticket has `link`, and not only because another ticket brought it."""
        return link in self.links and (self.own is None or link.to in {own.to for own in self.own.links})

    def is_watched(self, operator: str) -> bool:
        """Return whether `operator` watches the ticket, and not only because another ticket brought them."""
        return operator in self.watchers and (self.own is None or operator in self.own.watchers)

    def watched(self, *, by: str, actor: Actor, at: datetime) -> Change:
        """Have the operator `by` as a watcher of its own."""
        before = tracked(self)
        self.watchers = tuple(dict.fromkeys((*self.watchers, by)))
        if self.own is not None:
            self.own = with_own(self.own, watchers=(by,))
        return self._changed(before, TicketWatchersChanged, at=at, actor=actor)

    def unwatched(self, *, by: str, actor: Actor, at: datetime) -> Change:
        """Have the operator `by` as a watcher no more."""
        before = tracked(self)
        self.watchers = tuple(each for each in self.watchers if each != by)
        if self.own is not None:
            self.own = without_own(self.own, watchers={by})
        return self._changed(before, TicketWatchersChanged, at=at, actor=actor)

    def relinked(self, *, links: tuple[Link, ...], actor: Actor, at: datetime) -> Change:
        """Refer to other tickets, because one of them was merged or is a ticket of its own again."""
        before = tracked(self)
        self._follow(Follows(self.watchers, links), own=own_of(self))
        return self._changed(before, TicketLinked, at=at, actor=actor)

    def merged(self, *, into: Self, actor: Actor, state: State, at: datetime) -> Change:
        """Go on as `into`, where its articles are read and its watchers and links are from now on."""
        before = tracked(self)
        self.state, self.merged_into_id, self.merged_into = state, into.id, into.number
        # Kept also where it is nothing: then the ticket has brought nothing of its own.
        self.own, self.watchers, self.links = own_of(self), (), ()
        tell = partial(told.TicketMerged, into_id=into.id, into=into.number)
        escalated_from = self.escalated_from
        hops = self._over(at=at)
        # Where the merge is undone before routing has decided, it must know which level is the next.
        self.escalated_from = escalated_from
        return self._changed(before, tell, at=at, actor=actor, hops=hops, news="merged", can_be_undone=("merge", into.number))

    def absorbed(self, *, other: Self, follows: Follows, actor: Actor, at: datetime) -> Change:
        """Go on for `other` too, with what `follows` both."""
        before = tracked(self)
        self._follow(follows, own=own_of(self))
        tell = partial(told.TicketAbsorbed, absorbed_id=other.id, absorbed=other.number)
        history = {"absorbed": (None, other.number)}
        return self._changed(before, tell, at=at, actor=actor, of_others=history, can_be_undone=("merge", other.number))

    def split_off(
        self,
        *,
        from_: Self,
        state: State,
        follows: Follows,
        own: Follows,
        run: Run | None,
        postponed_until: datetime | None,
        is_owner_able: bool,
        is_responsible_able: bool = True,
        actor: Actor,
        at: datetime,
    ) -> Change:
        """Be a ticket of its own again, in `state` as before the merge; owner and responsible stay only if they still have the rights.

        Its recipe is back at `run`. A child's parent, for which it had ended, is told that it goes on.
        """
        before = tracked(self)
        self.state, self.merged_into_id, self.merged_into, self.undoable = state, None, None, None
        self._follow(follows, own=own)
        self.run, self.postponed_until = run, postponed_until
        self.question_asked_at = at if state == "waiting_requester" else None
        hops = self._opened_again(is_owner_able=is_owner_able, is_responsible_able=is_responsible_able, at=at)
        tell = partial(told.TicketMergeUndone, other_id=from_.id, other=from_.number)
        return self._changed(before, tell, at=at, actor=actor, hops=hops, news="reopened")

    def let_go(self, *, other: Self, follows: Follows, actor: Actor, at: datetime) -> Change:
        """No longer go on for `other`; what `follows` is left."""
        before = tracked(self)
        self._follow(follows, own=own_of(self))
        if self.undoable is not None and self.undoable.other == other.number:
            self.undoable = None
        tell = partial(told.TicketMergeUndone, other_id=other.id, other=other.number)
        return self._changed(before, tell, at=at, actor=actor, of_others={"absorbed": (other.number, None)})

    def _follow(self, follows: Follows, *, own: Follows) -> None:
        """Have what `follows`, of which `own` was set at this ticket itself; that is kept only where it differs."""
        self.watchers, self.links = follows.watchers, follows.links
        is_same = set(own.watchers) == set(follows.watchers) and set(own.links) == set(follows.links)
        self.own = None if is_same else own
