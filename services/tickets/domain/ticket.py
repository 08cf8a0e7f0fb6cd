"""The ticket: what happens to it, and whether its state lets that happen.

Who may do something was decided before (`rights`). A verb that stands in the lifecycle's table asks
the table first, with all the facts that the guards need, and raises StateForbids where the table
refuses. Each verb is one change: one version, one event, one row of history.

Verbs about its queue are functions in `placement`, those about its articles in `correspondence`,
those between tickets in `children` and `merging`, those about mails in `mails`. They use the public
methods of the ticket, which are the last section here, and nothing else of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Self, TypedDict, Unpack

from services.tickets.domain.changes import (
    Change,
    More,
    article_of,
    as_history,
    next_version,
    tracked,
)
from services.tickets.domain.hops import Hop, hop_to
from services.tickets.domain.lifecycle import CloseOutcome, Facts, Trigger, step
from services.tickets.domain.recipes import stop_run
from services.tickets.domain.record import USUAL_PRIORITY, TicketRecord
from services.tickets.domain.rights import is_queue_open, keeps_owner, keeps_responsible
from shared.contracts.desk import Desk
from shared.contracts.events import tickets as told
from shared.contracts.events.ticket_state import ArticleKind, Run, State
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import SYSTEM, Actor, Reader
from shared.policy.permissions import holder_of


class Given(TypedDict, total=False):
    """Facts that a verb knows and the ticket does not; as in Facts."""

    outcome: CloseOutcome
    before: State | None
    ends_with_parent: bool
    open_children: bool


@dataclass(slots=True, kw_only=True)
class Ticket(TicketRecord):
    """A ticket and its verbs. `_last` has the tracked facts as its last version left them."""

    _last: tuple[object, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._last = tracked(self)

    # ------------------------------------------------------------ what the lifecycle asks

    def facts(self, desk: Desk) -> Facts:
        """Return what the guards may ask.

        Raises ValueError for a ticket that was read for a look only.
        """
        if self.family is None:
            raise ValueError(f"ticket {self.number} was read without its family")
        return Facts(
            has_owner=self.owner is not None,
            is_held=holder_of(desk, self) is not None,
            is_child=self.parent_id is not None,
            open_children=self.family.has_open_child,
            reopen_policy=desk.policies.reopen,
            parent_ended=self.family.parent is not None and self.family.parent.has_ended,
        )

    def state_after(self, trigger: Trigger, desk: Desk, **given: Unpack[Given]) -> State:
        """Return the state in which `trigger` would leave the ticket.

        Raises StateForbids, as `step` does.
        """
        return step(self.state, trigger, replace(self.facts(desk), **given))

    def parent_owner(self, desk: Desk) -> str | None:
        """Return who stands in the requester's place at a child: its parent's owner, if they may
        still work its queue.
        """
        parent = self.family.parent if self.family is not None else None
        return (
            parent.owner
            if parent is not None and keeps_owner(desk, parent.owner, parent.queue)
            else None
        )

    @property
    def states_of_children(self) -> dict[str, State]:
        """The state of each child by its number; that of a merged one is the state of the sibling
        that goes on with it.
        """
        return self.family.states if self.family is not None else {}

    # ------------------------------------------------------------ creation and priority

    def created(self, *, body: str, written_at: datetime, actor: Actor | None = None) -> Change:
        """Exist; `body` is what the requester, or `actor` in their place, wrote at `written_at`."""
        author = actor or Actor(identity=self.requester.identity, name=self.requester.name)
        if self.queue is None:
            self.routing_asked_by = author.identity
        # The answers are those of the request, and the usual priority goes without saying.
        shown = [
            "state",
            "queue",
            "parent",
            "links",
            *(["priority"] if self.priority != USUAL_PRIORITY else []),
        ]
        event = told.TicketCreated(
            ticket=self.to_state(),
            actor=author,
            changes={
                name: (None, as_history(getattr(self, name)))
                for name in shown
                if getattr(self, name)
            },
            articles=(article_of("request", author, self.subject, body, at=written_at),),
            request_id=self.request_id,
        )
        return Change(event, self.stays)

    def prioritized(self, *, priority: int, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Be more or less urgent."""
        self.state = self.state_after("priority", desk)
        self.priority = priority
        return self.changed(told.TicketPriorityChanged, at=at, actor=actor)

    # ------------------------------------------------------------ owner and responsible

    def taken(self, *, actor: Actor, desk: Desk, run: Run | None = None, at: datetime) -> Change:
        """Be owned by `actor`. `run` is the recipe that begins with that."""
        self.state = self.state_after("take", desk)
        tell = partial(told.TicketTaken, first_time=self._give(str(actor.identity), run=run, at=at))
        return self.changed(tell, at=at, actor=actor, hops=self.stays)

    def assigned(
        self,
        *,
        operator: str,
        actor: Actor,
        reason: str | None,
        desk: Desk,
        run: Run | None = None,
        at: datetime,
    ) -> Change:
        """Be owned by `operator`, because `actor` says so. `run` as in `taken`."""
        self.state = self.state_after("assign", desk)
        tell = partial(told.TicketAssigned, first_time=self._give(operator, run=run, at=at))
        return self.changed(tell, at=at, actor=actor, reason=reason, hops=self.stays)

    def released(self, *, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Go back to the queue; the owner is kept as last owner."""
        self.state = self.state_after("release", desk)
        self.drop_owner()
        return self.changed(told.TicketReleased, at=at, actor=actor)

    def lapsed(
        self, *, loses_owner: bool, loses_responsible: bool, reason: str, desk: Desk, at: datetime
    ) -> Change:
        """Lose the people to whom the desk no longer gives the rights that they need.

        The owner is kept as last owner.
        """
        self.state = self.state_after("lapse", desk)
        if loses_owner:
            self.drop_owner()
        if loses_responsible:
            self.responsible = None
        return self.changed(told.TicketReleasedBySystem, at=at, actor=SYSTEM, reason=reason)

    def responsible_changed(
        self, *, operator: str, actor: Actor, reason: str | None, desk: Desk, at: datetime
    ) -> Change:
        """Have another accountable operator."""
        self.state = self.state_after("responsible", desk)
        self.responsible = operator
        return self.changed(told.TicketResponsibleChanged, at=at, actor=actor, reason=reason)

    # ------------------------------------------------------------ waiting

    def postponed(self, *, until: datetime, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Wait until `until`."""
        self.state, self.postponed_until = self.state_after("postpone", desk), until
        return self.changed(told.TicketPostponed, at=at, actor=actor)

    def resumed(self, *, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Be open again because `actor` says so."""
        self.state = self.state_after("resume", desk)
        return self.changed(told.TicketResumed, at=at, actor=actor)

    def woken(self, *, at: datetime) -> Change:
        """Be open again because the time has come."""
        self.state = step(self.state, "due")
        return self.changed(told.TicketDue, at=at, actor=SYSTEM)

    def reminded(self, *, expires_at: datetime | None = None, at: datetime) -> Change:
        """Have the requester reminded of a question.

        `expires_at`: of a child, whose parent's owner is reminded at once.
        """
        self.reminded_at, self.expires_at = at, expires_at
        return self.changed(told.TicketReminded, at=at, actor=SYSTEM)

    # ------------------------------------------------------------ end, and back

    def expired(self, *, desk: Desk, at: datetime) -> Change:
        """End because a question stayed unanswered. The owner is kept; nobody closed it."""
        self.state = self.state_after("expire", desk)
        return self.changed(told.TicketExpired, at=at, actor=SYSTEM, hops=self.end(at=at))

    def closed(
        self,
        *,
        answer: str,
        outcome: CloseOutcome = "successful",
        actor: Actor,
        desk: Desk,
        at: datetime,
    ) -> Change:
        """End with the final answer. The owner and who closed it are kept apart."""
        self.state, self.closed_by = (
            self.state_after("close", desk, outcome=outcome),
            actor.identity,
        )
        article = article_of("answer", actor, self.subject, answer, at=at)
        return self.changed(
            told.TicketClosed, at=at, actor=actor, articles=(article,), hops=self.end(at=at)
        )

    def reopened(self, *, reason: str, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Be open again; owner and responsible stay only with the rights that they need, and the
        queue only if it is open.
        """
        self.state = self.state_after("reopen", desk)
        hops = self.come_back(desk, at=at)
        return self.changed(told.TicketReopened, at=at, actor=actor, reason=reason, hops=hops)

    def withdrawn(
        self, *, actor: Actor, desk: Desk, ends_with_parent: bool = False, at: datetime
    ) -> Change:
        """End because the request, or that of its parent, was taken back."""
        self.state = self.state_after("withdraw", desk, ends_with_parent=ends_with_parent)
        return self.changed(told.TicketWithdrawn, at=at, actor=actor, hops=self.end(at=at))

    # ------------------------------------------------------------ readers and relatives

    def shared(self, *, reader: Reader, actor: Actor, desk: Desk, at: datetime) -> Change:
        """Be read by `reader` too."""
        self.state, self.shared_with = self.state_after("share", desk), (*self.shared_with, reader)
        return self.changed(told.TicketShared, at=at, actor=actor)

    def unshared(self, *, reader: Reader, actor: Actor, desk: Desk, at: datetime) -> Change:
        """No longer be read by `reader`."""
        self.state = self.state_after("unshare", desk)
        self.shared_with = tuple(each for each in self.shared_with if each != reader)
        return self.changed(told.TicketUnshared, at=at, actor=actor)

    def knows_child(self, child: Self) -> None:
        """Know the state that a child has by a change in the same transaction."""
        if self.family is not None:
            self.family = self.family.with_child(child.number, child.state)

    # ------------------------------------------------------------ what verbs are made of

    def changed(
        self, tell: Callable[..., TicketEvent], *, at: datetime, actor: Actor, **more: Unpack[More]
    ) -> Change:
        """Become the next version, as `next_version` says; every verb ends with it."""
        change = next_version(self, self._last, tell, at=at, actor=actor, **more)
        self._last = tracked(self)
        return change

    def said(
        self,
        kind: ArticleKind,
        tell: Callable[..., TicketEvent],
        body: str,
        *,
        at: datetime,
        actor: Actor,
    ) -> Change:
        """Become the next version with an article of this `kind` more."""
        return self.changed(
            tell, at=at, actor=actor, articles=(article_of(kind, actor, self.subject, body, at=at),)
        )

    @property
    def stays(self) -> tuple[Hop, ...]:
        """The open hop as a stay to be recorded: none while it waits for its queue."""
        return self.hop.stays if self.hop is not None else ()

    @property
    def open_hop(self) -> Hop:
        """The open hop. Raises ValueError for a ticket that has ended."""
        if self.hop is None:
            raise ValueError(f"ticket {self.number} is in no queue: it has ended")
        return self.hop

    def drop_owner(self) -> None:
        """Have no owner; the one that there was is kept as last owner."""
        self.last_owner, self.owner = self.owner or self.last_owner, None

    def drop_responsible_who_may_not_see(self, queue: str | None, desk: Desk) -> None:
        """Have no responsible where they may not see `queue`."""
        if not keeps_responsible(desk, self.responsible, queue):
            self.responsible = None

    def leave_queue(self, *, at: datetime) -> tuple[Hop, ...]:
        """End the stay and have no owner; return the stay that ended, if it had begun."""
        self.drop_owner()
        return self._end_stay(at=at)

    def end(self, *, at: datetime) -> tuple[Hop, ...]:
        """End for good: the stay, and what a recipe still meant to do. The owner is kept."""
        self.closed_at = at
        if self.run is not None:
            self.run = stop_run(self.run)
        return self._end_stay(at=at)

    def stay_again(self, *, reason: str, at: datetime) -> tuple[Hop, ...]:
        """Begin another stay in the ticket's queue; without one, wait for routing."""
        self.hop = hop_to(self.queue, reason=reason, is_taken=self.owner is not None, at=at)
        if self.queue is None:
            self.routing_asked_at = at
        return self.stays

    def come_back(
        self, desk: Desk, *, needs_open_queue: bool = True, at: datetime
    ) -> tuple[Hop, ...]:
        """Go on after the end, with the people who still have their rights.

        With `needs_open_queue` a ticket of a closed queue has no queue, and routing finds another.
        """
        self.drop_responsible_who_may_not_see(self.queue, desk)
        has_queue = not needs_open_queue or is_queue_open(desk, self.queue)
        if not (has_queue and keeps_owner(desk, self.owner, self.queue)):
            self.drop_owner()
        if not has_queue:
            self.queue = self.routing = None
        self.closed_at = None
        return self.stay_again(reason="reopened", at=at)

    def _end_stay(self, *, at: datetime) -> tuple[Hop, ...]:
        ended = tuple(replace(hop, ended=at) for hop in self.stays)
        self.hop = self.routing_asked_at = self.escalated_from = None
        return ended

    def _give(self, operator: str, *, run: Run | None, at: datetime) -> bool:
        """Let `operator` own the ticket; return whether the requester has not been told of an owner
        before.
        """
        if self.owner != operator:
            self.drop_owner()
        self.owner, self.responsible, self.run = (
            operator,
            self.responsible or operator,
            run or self.run,
        )
        if self.hop is not None:
            self.hop = self.hop.taken_at(at)
        first_time, self.is_taking_told = not self.is_taking_told, True
        return first_time
