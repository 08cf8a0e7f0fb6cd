"""The ticket: its facts, and what each verb does to them.

Who may do something and whether the state lets it happen was decided before (`rights`, `lifecycle`); a verb gets the state that the
machine answered. Each verb is one change: one version, one event, one row of history.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from services.tickets.domain.parts import Change, Hop, article_of, as_history
from services.tickets.rights import actions_for
from shared.desk import Language
from shared.events import tickets as told
from shared.events.intake import Answer
from shared.events.people import SYSTEM, Actor, Context, Requester
from shared.events.tickets import Article, Link, Routing, State, TicketEvent, TicketState
from shared.ids import new_id

_TRACKED = ("state", "queue", "priority", "owner", "responsible", "last_owner", "closed_by", "postponed_until", "parent", "links")
"""What history shows as changed, in this order."""

_facts: Any = attrgetter(*_TRACKED)


@dataclass(slots=True)
class Ticket:
    """One case, as it is at `version`. `hop` is open; None once the ticket has ended.

    `routing_asked_at` is when routing was last asked for a queue, None where there is one. `is_taking_told`: the notice of taking charge
    was given, which happens once.
    """

    id: UUID
    number: str
    version: int
    state: State
    queue: str | None
    hop: Hop | None
    priority: int
    owner: str | None
    responsible: str | None
    last_owner: str | None
    closed_by: str | None
    requester: Requester
    request_type: str | None
    request_id: UUID | None
    subject: str
    fields: dict[str, Answer]
    context: Context
    language: Language
    parent_id: UUID | None
    parent: str | None
    children: tuple[str, ...]
    links: tuple[Link, ...]
    routing: Routing | None
    routing_asked_at: datetime | None
    postponed_until: datetime | None
    is_taking_told: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None

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
        before = _facts(self)
        self.queue, self.routing, self.routing_asked_at = queue, routing, None
        self.hop = replace(self._open_hop(), queue=queue, started=at, reason=routing.reason)
        return self._changed(before, told.TicketQueued, at=at, actor=SYSTEM, reason=routing.reason, hops=(self.hop,))

    def routing_asked_again(self, *, at: datetime) -> Change:
        """Ask routing once more for the open hop's queue."""
        before = _facts(self)
        self.routing_asked_at = at
        return self._changed(before, told.TicketRoutingRequested, at=at, actor=SYSTEM)

    # ------------------------------------------------------------ whose it is

    def taken(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Become `actor`'s."""
        before = _facts(self)
        tell = partial(told.TicketTaken, first_time=self._give(str(actor.identity), at=at))
        self.state = state
        return self._changed(before, tell, at=at, actor=actor, hops=self._hops())

    def assigned(self, *, operator: str, actor: Actor, reason: str | None, state: State, at: datetime) -> Change:
        """Become `operator`'s, by `actor`'s will."""
        before = _facts(self)
        tell = partial(told.TicketAssigned, first_time=self._give(operator, at=at))
        self.state = state
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=self._hops())

    def released(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Go back to the queue; who had it is kept as last owner."""
        before = _facts(self)
        self._clear_owner()
        self.state = state
        return self._changed(before, told.TicketReleased, at=at, actor=actor)

    def responsible_changed(self, *, operator: str, actor: Actor, reason: str | None, at: datetime) -> Change:
        """Have another accountable operator."""
        before = _facts(self)
        self.responsible = operator
        return self._changed(before, told.TicketResponsibleChanged, at=at, actor=actor, reason=reason)

    # ------------------------------------------------------------ what is said

    def question_asked(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Ask the requester."""
        before = _facts(self)
        self.state = state
        article = article_of("question", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketQuestionAsked, at=at, actor=actor, articles=(article,))

    def answered(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Write to the requester."""
        before = _facts(self)
        self.state = state
        article = article_of("answer", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketAnswered, at=at, actor=actor, articles=(article,))

    def noted(self, *, body: str, actor: Actor, at: datetime) -> Change:
        """Get an internal note."""
        return self._changed(_facts(self), told.TicketNoted, at=at, actor=actor, articles=(article_of("note", actor, "", body, at=at),))

    def requester_replied(self, *, body: str, actor: Actor, state: State, is_owner_able: bool, at: datetime) -> Change:
        """Get what the requester wrote; a closed ticket is open again, and its owner's only if he is still able to work it."""
        before = _facts(self)
        hops = self._opened_again(is_owner_able=is_owner_able, at=at) if self.hop is None and state == "open" else ()
        self.state = state
        article = article_of("reply", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketRequesterReplied, at=at, actor=actor, articles=(article,), hops=hops)

    def notified(self, *, article_id: UUID, subject: str, body: str, written_at: datetime, at: datetime) -> Change:
        """Get a notice that went to the requester as an article."""
        article = Article(
            id=article_id, kind="notice", author=SYSTEM, visible_to_requester=True, subject=subject, body=body, created_at=written_at
        )
        return self._changed(_facts(self), told.TicketNotified, at=at, actor=SYSTEM, articles=(article,))

    def linked(self, *, to: Link, actor: Actor, at: datetime) -> Change:
        """Refer to another ticket."""
        before = _facts(self)
        self.links = (*self.links, to)
        return self._changed(before, told.TicketLinked, at=at, actor=actor)

    # ------------------------------------------------------------ its end, and back

    def closed(self, *, answer: str, actor: Actor, state: State, at: datetime) -> Change:
        """End with the final answer. Who owned it and who closed it are kept apart."""
        before = _facts(self)
        self.state, self.closed_by, self.closed_at = state, actor.identity, at
        article = article_of("answer", actor, self.subject, answer, at=at)
        return self._changed(before, told.TicketClosed, at=at, actor=actor, articles=(article,), hops=self._ended(at=at))

    def reopened(self, *, reason: str, actor: Actor, state: State, is_owner_able: bool, at: datetime) -> Change:
        """Be open again; it stays the owner's only if he is still able to work it."""
        before = _facts(self)
        hops = self._opened_again(is_owner_able=is_owner_able, at=at)
        self.state = state
        return self._changed(before, told.TicketReopened, at=at, actor=actor, reason=reason, hops=hops)

    def withdrawn(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """End because the requester took the request back."""
        before = _facts(self)
        self.state, self.closed_at = state, at
        return self._changed(before, told.TicketWithdrawn, at=at, actor=actor, hops=self._ended(at=at))

    # ------------------------------------------------------------ as it travels

    def to_state(self) -> TicketState:
        """Return the ticket as its events carry it."""
        return TicketState(
            id=self.id,
            number=self.number,
            version=self.version,
            state=self.state,
            queue=self.queue,
            hop_id=self.hop.id if self.hop else None,
            priority=self.priority,
            owner=self.owner,
            responsible=self.responsible,
            last_owner=self.last_owner,
            closed_by=self.closed_by,
            requester=self.requester,
            request_type=self.request_type,
            subject=self.subject,
            fields=self.fields,
            context=self.context,
            language=self.language,
            parent_id=self.parent_id,
            parent=self.parent,
            children=self.children,
            links=self.links,
            routing=self.routing,
            postponed_until=self.postponed_until,
            created_at=self.created_at,
            updated_at=self.updated_at,
            closed_at=self.closed_at,
            actions=actions_for(self.state, is_child=self.parent_id is not None, has_owner=self.owner is not None),
        )

    # ------------------------------------------------------------ how

    def _give(self, operator: str, *, at: datetime) -> bool:
        if self.owner != operator:
            self._clear_owner()
        self.owner = operator
        self.responsible = self.responsible or operator
        if self.hop is not None and self.hop.taken is None:
            self.hop = replace(self.hop, taken=at)
        first_time, self.is_taking_told = not self.is_taking_told, True
        return first_time

    def _clear_owner(self) -> None:
        self.last_owner, self.owner = self.owner or self.last_owner, None

    def _open_hop(self) -> Hop:
        if self.hop is None:
            raise ValueError(f"ticket {self.number} is in no queue: it has ended")
        return self.hop

    def _hops(self) -> tuple[Hop, ...]:
        # A hop that waits for its queue is no stay in a queue yet.
        return (self.hop,) if self.hop is not None and self.hop.queue is not None else ()

    def _ended(self, *, at: datetime) -> tuple[Hop, ...]:
        ended = tuple(replace(hop, ended=at) for hop in self._hops())
        self.hop = self.routing_asked_at = None
        return ended

    def _opened_again(self, *, is_owner_able: bool, at: datetime) -> tuple[Hop, ...]:
        if not is_owner_able:
            self._clear_owner()
        self.closed_at = None
        if self.queue is None:
            self.hop, self.routing_asked_at = Hop(new_id()), at
        else:
            self.hop = Hop(new_id(), queue=self.queue, started=at, taken=at if self.owner else None, reason="reopened")
        return self._hops()

    def _changed(
        self,
        before: tuple[object, ...],
        tell: Callable[..., TicketEvent],
        *,
        at: datetime,
        actor: Actor,
        reason: str | None = None,
        articles: tuple[Article, ...] = (),
        hops: tuple[Hop, ...] = (),
    ) -> Change:
        self.version += 1
        self.updated_at = at
        changes = {
            name: (as_history(old), as_history(new)) for name, old, new in zip(_TRACKED, before, _facts(self), strict=True) if old != new
        }
        event = tell(ticket=self.to_state(), actor=actor, reason=reason, changes=changes, articles=articles)
        return Change(event, hops)
