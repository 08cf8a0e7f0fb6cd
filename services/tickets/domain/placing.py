"""Where a ticket is: its beginning, the queues that it comes to, and how urgent it is there."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change, Hop, article_of, as_history
from shared.contracts.events import tickets as told
from shared.contracts.events.ticket_state import Routing, State
from shared.contracts.people import SYSTEM, Actor
from shared.core.ids import new_id

_USUAL_PRIORITY = 3


@dataclass(slots=True)
class Placed(Case):
    """The verbs of a case that bring it somewhere."""

    def created(self, *, body: str, written_at: datetime, actor: Actor | None = None) -> Change:
        """Tell that this ticket exists; `body` is what the requester, or `actor` in his place, wrote at `written_at`."""
        author = actor or Actor(identity=self.requester.identity, name=self.requester.name)
        if self.queue is None:
            self.routing_asked_by = author.identity
        article = article_of("request", author, self.subject, body, at=written_at)
        event = told.TicketCreated(
            ticket=self.to_state(),
            actor=author,
            changes={name: (None, as_history(value)) for name, value in self._begins_with().items()},
            articles=(article,),
            request_id=self.request_id,
        )
        return Change(event, self._hops())

    def _begins_with(self) -> dict[str, object]:
        """Return what history says of the beginning: the answers are those of the request, the usual priority goes without saying."""
        facts = {name: getattr(self, name) for name in ("state", "queue", "parent", "links") if getattr(self, name)}
        return facts if self.priority == _USUAL_PRIORITY else facts | {"priority": self.priority}

    def routed(self, *, queue: str, routing: Routing, is_responsible_able: bool = True, at: datetime) -> Change:
        """Reach the queue that routing decided for the open hop; the responsible stays only if they may see it there."""
        before = tracked(self)
        if not is_responsible_able:
            self.responsible = None
        tell = partial(told.TicketQueued, escalated_from=self.escalated_from, caused_by=self.routing_asked_by)
        self.queue, self.routing, self.routing_asked_at, self.escalated_from = queue, routing, None, None
        self.hop = replace(self._open_hop(), queue=queue, started=at, reason=routing.reason)
        return self._changed(before, tell, at=at, actor=SYSTEM, reason=routing.reason, hops=(self.hop,))

    def routing_asked_again(self, *, at: datetime) -> Change:
        """Ask routing once more for the open hop's queue."""
        before = tracked(self)
        self.routing_asked_at = at
        tell = partial(told.TicketRoutingRequested, escalated_from=self.escalated_from)
        return self._changed(before, tell, at=at, actor=SYSTEM)

    def moved(
        self, *, queue: str, reason: str | None, actor: Actor, state: State, is_responsible_able: bool = True, at: datetime
    ) -> Change:
        """Go to another queue: without an owner there, no longer where a rule sent it; the responsible stays if they may see it there."""
        before = tracked(self)
        if not is_responsible_able:
            self.responsible = None
        from_queue, left = self.queue, self._left(at=at)
        self.queue, self.routing, self.state = queue, None, state
        self.hop = Hop(new_id(), queue=queue, started=at, reason=reason or "moved")
        hops = (*left, self.hop)
        return self._changed(before, told.TicketMoved, at=at, actor=actor, reason=reason, hops=hops, can_be_undone=("move", from_queue))

    def escalated(self, *, reason: str, actor: Actor, state: State, at: datetime) -> Change:
        """Leave its queue for the next level; which queue that is, routing decides."""
        before = tracked(self)
        before_queue, left = self.queue, self._left(at=at)
        self.queue, self.routing, self.state = None, None, state
        self.hop, self.routing_asked_at, self.escalated_from = Hop(new_id()), at, before_queue
        tell = partial(told.TicketEscalated, escalated_from=self.escalated_from)
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=left)

    def prioritized(self, *, priority: int, actor: Actor, at: datetime) -> Change:
        """Be more or less urgent."""
        before = tracked(self)
        self.priority = priority
        return self._changed(before, told.TicketPriorityChanged, at=at, actor=actor)

    def move_undone(
        self,
        *,
        undone: int,
        queue: str | None,
        owner: str | None,
        responsible: str | None,
        actor: Actor,
        state: State,
        reason: str | None,
        at: datetime,
    ) -> Change:
        """Be back where it was before the move of version `undone`, with the `owner` and the `responsible` of then (None: nobody)."""
        before = tracked(self)
        left = self._left(at=at)
        self.queue, self.routing, self.state, self.responsible = queue, None, state, responsible
        if owner is not None:
            self.owner = owner
        stays = self._stays_again(reason="undone", at=at)
        tell = partial(told.TicketMoveUndone, undone=undone)
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=(*left, *stays))
