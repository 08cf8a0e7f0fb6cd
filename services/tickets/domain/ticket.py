"""The ticket: what each verb does to its facts.

Who may do something and whether the state lets it happen was decided before (`rights`, `lifecycle`); a verb gets the state that the
machine answered. Each verb is one change: one version, one event, one row of history.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change, Hop, article_of
from shared.events import tickets as told
from shared.events.people import SYSTEM, Actor
from shared.events.ticket_state import Article, Link, Routing, State
from shared.ids import new_id


@dataclass(slots=True)
class Ticket(Case):
    """A case and its verbs."""

    # ------------------------------------------------------------ its beginning and its queue

    def created(self, *, body: str, written_at: datetime) -> Change:
        """Tell that this ticket exists; `body` is what the requester wrote at `written_at`."""
        author = Actor(identity=self.requester.identity, name=self.requester.name)
        article = article_of("request", author, self.subject, body, at=written_at)
        event = told.TicketCreated(
            ticket=self.to_state(),
            actor=author,
            changes={"state": (None, self.state)},
            articles=(article,),
            request_id=self.request_id,
        )
        return Change(event)

    def routed(self, *, queue: str, routing: Routing, at: datetime) -> Change:
        """Reach the queue that routing decided for the open hop."""
        before = tracked(self)
        self.queue, self.routing, self.routing_asked_at, self.escalated_from = queue, routing, None, None
        self.hop = replace(self._open_hop(), queue=queue, started=at, reason=routing.reason)
        return self._changed(before, told.TicketQueued, at=at, actor=SYSTEM, reason=routing.reason, hops=(self.hop,))

    def routing_asked_again(self, *, at: datetime) -> Change:
        """Ask routing once more for the open hop's queue."""
        before = tracked(self)
        self.routing_asked_at = at
        tell = partial(told.TicketRoutingRequested, escalated_from=self.escalated_from)
        return self._changed(before, tell, at=at, actor=SYSTEM)

    def moved(self, *, queue: str, reason: str | None, actor: Actor, state: State, at: datetime) -> Change:
        """Go to another queue: nobody's there, and no longer where a rule sent it."""
        before = tracked(self)
        left = self._left(at=at)
        self.queue, self.routing, self.state = queue, None, state
        self.hop = Hop(new_id(), queue=queue, started=at, reason=reason or "moved")
        return self._changed(before, told.TicketMoved, at=at, actor=actor, reason=reason, hops=(*left, self.hop))

    def escalated(self, *, reason: str, actor: Actor, state: State, at: datetime) -> Change:
        """Leave its queue for the next level; which queue that is, routing decides."""
        before = tracked(self)
        before_queue, left = self.queue, self._left(at=at)
        self.queue, self.routing, self.state = None, None, state
        self.hop, self.routing_asked_at, self.escalated_from = Hop(new_id()), at, before_queue
        tell = partial(told.TicketEscalated, escalated_from=self.escalated_from)
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=left)

    def postponed(self, *, until: datetime, actor: Actor, state: State, at: datetime) -> Change:
        """Wait until `until`."""
        before = tracked(self)
        self.postponed_until, self.state = until, state
        return self._changed(before, told.TicketPostponed, at=at, actor=actor)

    def woken(self, *, state: State, at: datetime) -> Change:
        """Be open again because the time has come."""
        before = tracked(self)
        self.state = state
        return self._changed(before, told.TicketDue, at=at, actor=SYSTEM)

    def prioritized(self, *, priority: int, actor: Actor, at: datetime) -> Change:
        """Be more or less urgent."""
        before = tracked(self)
        self.priority = priority
        return self._changed(before, told.TicketPriorityChanged, at=at, actor=actor)

    # ------------------------------------------------------------ whose it is

    def taken(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Become `actor`'s."""
        before = tracked(self)
        tell = partial(told.TicketTaken, first_time=self._give(str(actor.identity), at=at))
        self.state = state
        return self._changed(before, tell, at=at, actor=actor, hops=self._hops())

    def assigned(self, *, operator: str, actor: Actor, reason: str | None, state: State, at: datetime) -> Change:
        """Become `operator`'s, by `actor`'s will."""
        before = tracked(self)
        tell = partial(told.TicketAssigned, first_time=self._give(operator, at=at))
        self.state = state
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=self._hops())

    def released(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Go back to the queue; who had it is kept as last owner."""
        before = tracked(self)
        self._clear_owner()
        self.state = state
        return self._changed(before, told.TicketReleased, at=at, actor=actor)

    def responsible_changed(self, *, operator: str, actor: Actor, reason: str | None, at: datetime) -> Change:
        """Have another accountable operator."""
        before = tracked(self)
        self.responsible = operator
        return self._changed(before, told.TicketResponsibleChanged, at=at, actor=actor, reason=reason)

    # ------------------------------------------------------------ what is said

    def question_asked(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Ask the requester."""
        before = tracked(self)
        self.state = state
        article = article_of("question", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketQuestionAsked, at=at, actor=actor, articles=(article,))

    def answered(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Write to the requester."""
        before = tracked(self)
        self.state = state
        article = article_of("answer", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketAnswered, at=at, actor=actor, articles=(article,))

    def noted(self, *, body: str, actor: Actor, at: datetime) -> Change:
        """Get an internal note."""
        return self._changed(tracked(self), told.TicketNoted, at=at, actor=actor, articles=(article_of("note", actor, "", body, at=at),))

    def requester_replied(self, *, body: str, actor: Actor, state: State, is_owner_able: bool, at: datetime) -> Change:
        """Get what the requester wrote; a closed ticket is open again, and its owner's only if he is still able to work it."""
        before = tracked(self)
        hops = self._opened_again(is_owner_able=is_owner_able, at=at) if self.hop is None and state == "open" else ()
        self.state = state
        article = article_of("reply", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketRequesterReplied, at=at, actor=actor, articles=(article,), hops=hops)

    def notified(self, *, article_id: UUID, subject: str, body: str, written_at: datetime, at: datetime) -> Change:
        """Get a notice that went to the requester as an article."""
        article = Article(
            id=article_id, kind="notice", author=SYSTEM, visible_to_requester=True, subject=subject, body=body, created_at=written_at
        )
        return self._changed(tracked(self), told.TicketNotified, at=at, actor=SYSTEM, articles=(article,))

    def linked(self, *, to: Link, actor: Actor, at: datetime) -> Change:
        """Refer to another ticket."""
        before = tracked(self)
        self.links = (*self.links, to)
        return self._changed(before, told.TicketLinked, at=at, actor=actor)

    # ------------------------------------------------------------ its end, and back

    def closed(self, *, answer: str, actor: Actor, state: State, at: datetime) -> Change:
        """End with the final answer. Who owned it and who closed it are kept apart."""
        before = tracked(self)
        self.state, self.closed_by, self.closed_at = state, actor.identity, at
        article = article_of("answer", actor, self.subject, answer, at=at)
        return self._changed(before, told.TicketClosed, at=at, actor=actor, articles=(article,), hops=self._ended(at=at))

    def reopened(self, *, reason: str, actor: Actor, state: State, is_owner_able: bool, at: datetime) -> Change:
        """Be open again; it stays the owner's only if he is still able to work it."""
        before = tracked(self)
        hops = self._opened_again(is_owner_able=is_owner_able, at=at)
        self.state = state
        return self._changed(before, told.TicketReopened, at=at, actor=actor, reason=reason, hops=hops)

    def withdrawn(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """End because the requester took the request back."""
        before = tracked(self)
        self.state, self.closed_at = state, at
        return self._changed(before, told.TicketWithdrawn, at=at, actor=actor, hops=self._ended(at=at))
