"""What happens between a ticket and its children."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Self

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.families import article_id_of
from services.tickets.domain.lifecycle import CloseOutcome, Facts
from services.tickets.domain.parts import Change, Hop, article_about_child, article_of
from services.tickets.domain.rights import keeps_owner
from shared.contracts.desk import Desk
from shared.contracts.events import families as told
from shared.contracts.events.families import ChildTold
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import AboutChild, Run, State
from shared.contracts.events.tickets import TicketAnswered
from shared.contracts.people import SYSTEM, Actor
from shared.core.ids import new_id
from shared.policy.permissions import holder_of


@dataclass(slots=True)
class InFamily(Case):
    """The verbs of a case that is a parent or a child."""

    # ------------------------------------------------------------ what the lifecycle asks

    def facts(
        self,
        desk: Desk,
        *,
        outcome: CloseOutcome = "successful",
        before: State | None = None,
        ends_with_parent: bool = False,
    ) -> Facts:
        """Return what the lifecycle's guards may ask about this ticket; `outcome`, `before` and `ends_with_parent` as in Facts.

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
            outcome=outcome,
            before=before,
            ends_with_parent=ends_with_parent,
        )

    @property
    def states_of_children(self) -> dict[str, State]:
        """The state of each child by its number; that of a merged one is the state of the sibling that goes on with it."""
        return self.family.states if self.family is not None else {}

    def parent_owner(self, desk: Desk) -> str | None:
        """Return who stands in the requester's place at a child: the owner of its parent, if they may still work its queue."""
        parent = self.family.parent if self.family is not None else None
        return parent.owner if parent is not None and keeps_owner(desk, parent.owner, parent.queue) else None

    # ------------------------------------------------------------ the parent's

    def child_opened(self, *, child: Self, body: str, actor: Actor, state: State, run: Run | None, at: datetime) -> Change:
        """Have a child, and wait for it. `run` is the recipe that opened it, as it stands now."""
        before = tracked(self)
        self.children, self.state, self.run = (*self.children, child.number), state, run
        if self.family is not None:
            self.family = self.family.with_child(child.number, child.state)
        about = AboutChild(number=child.number, news="opened", state=child.state)
        article = article_about_child(about, actor, child.subject, body, at=at)
        tell = partial(told.TicketChildOpened, child_id=child.id, child=child.number)
        return self._changed(before, tell, at=at, actor=actor, articles=(article,))

    def child_reported(self, *, news: ChildTold, state: State, run: Run | None, at: datetime) -> Change:
        """Hear of a child. The same news always gives the same article."""
        before = tracked(self)
        self.state, self.run = state, run
        about = AboutChild(number=news.number, news=news.news, state=news.state)
        article = article_about_child(about, news.actor, news.subject, news.body, article_id=article_id_of(news), at=at)
        return self._changed(
            before,
            partial(told.TicketChildReported, child_id=news.child_id, child=news.number, news=news.news),
            at=at,
            actor=news.actor,
            articles=(article,),
        )

    def child_answered(self, *, news: ChildTold, at: datetime) -> Change:
        """Let a child's answer go on to the requester, because its office may write to him."""
        article = article_of("answer", news.actor, self.subject, news.body, at=at).model_copy(update={"id": article_id_of(news)})
        about = AboutChild(number=news.number, news=news.news, state=news.state)
        return self._changed(
            tracked(self), TicketAnswered, at=at, actor=news.actor, articles=(article.model_copy(update={"child": about}),)
        )

    def run_decided(self, *, run: Run, actor: Actor, reason: str, at: datetime) -> Change:
        """Have the recipe go on, or stop, as the owner says."""
        before = tracked(self)
        self.run = run
        return self._changed(before, told.TicketRunDecided, at=at, actor=actor, reason=reason)

    def child_ended(self, child: Self) -> None:
        """Know that a child ended in the same transaction. The parent hears of it by an event, as of every other end."""
        if self.family is not None:
            self.family = self.family.with_child(child.number, child.state)

    # ------------------------------------------------------------ the child's

    def bounced(self, *, reason: str, actor: Actor, state: State, at: datetime) -> Change:
        """Go back to who opened it; it stays in its queue's sight and is nobody's."""
        return self._bounced(tracked(self), reason=reason, actor=actor, state=state, at=at)

    def landed_wrong(self, *, queue: str, reason: str, state: State, is_responsible_able: bool = True, at: datetime) -> Change:
        """Reach the queue that routing decided, and go back at once for `reason`: what the queue needs and it lacks."""
        before = tracked(self)
        if not is_responsible_able:
            self.responsible = None
        self.queue, self.routing_asked_at = queue, None
        self.hop = replace(self._open_hop(), queue=queue, started=at)
        return self._bounced(before, reason=reason, actor=SYSTEM, state=state, at=at)

    def resent(self, *, fields: dict[str, Answer], body: str, queue: str | None, actor: Actor, state: State, at: datetime) -> Change:
        """Go to `queue` again, completed; None: where the rules say."""
        before, bounced_by = tracked(self), self.bounced_by
        self.fields, self.queue, self.state, self.bounced_by = fields, queue, state, None
        self._clear_owner()
        if queue is None:
            self.hop, self.routing, self.routing_asked_at = Hop(new_id()), None, at
        else:
            self.hop = Hop(new_id(), queue=queue, started=at, reason="resent")
        article = article_of("reply", actor, self.subject, body, at=at)
        tell = partial(told.TicketResent, bounced_by=bounced_by)
        return self._changed(before, tell, at=at, actor=actor, articles=(article,), hops=self._hops())

    def _bounced(self, before: tuple[object, ...], *, reason: str, actor: Actor, state: State, at: datetime) -> Change:
        self.bounced_by, self.state = actor.identity, state
        about = AboutChild(number=self.number, news="returned", state=state)
        article = article_about_child(about, actor, self.subject, reason, passes_up=True, at=at)
        hops = self._left(at=at)
        return self._changed(before, told.TicketBounced, at=at, actor=actor, reason=reason, articles=(article,), hops=hops, news="returned")
