"""The ticket: what each verb does to its facts.

Who may do something and whether the state lets it happen was decided before (`rights`, `lifecycle`); a verb gets the state that the
machine answered. Each verb is one change: one version, one event, one row of history.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from services.tickets.domain.asking import AskedFor
from services.tickets.domain.case import tracked
from services.tickets.domain.family import InFamily
from services.tickets.domain.mailed import Mailed
from services.tickets.domain.merging import Mergeable
from services.tickets.domain.parts import Change, Hop, article_of
from services.tickets.domain.placing import Placed
from services.tickets.domain.sharing import Shareable
from services.tickets.domain.waiting import Waiting
from shared.contracts.events import tickets as told
from shared.contracts.events.ticket_state import Article, ChildNews, Run, State
from shared.contracts.people import SYSTEM, Actor


@dataclass(slots=True)
class Ticket(AskedFor, Placed, InFamily, Mailed, Mergeable, Shareable, Waiting):
    """A case and its verbs; the others are with what they are about."""

    # ------------------------------------------------------------ whose it is

    def taken(self, *, actor: Actor, state: State, run: Run | None = None, at: datetime) -> Change:
        """Become `actor`'s. `run` is the recipe that begins with that."""
        before = tracked(self)
        tell = partial(told.TicketTaken, first_time=self._give(str(actor.identity), at=at))
        self.state, self.run = state, run or self.run
        return self._changed(before, tell, at=at, actor=actor, hops=self._hops())

    def assigned(self, *, operator: str, actor: Actor, reason: str | None, state: State, run: Run | None = None, at: datetime) -> Change:
        """Become `operator`'s, by `actor`'s will. `run` as in `taken`."""
        before = tracked(self)
        tell = partial(told.TicketAssigned, first_time=self._give(operator, at=at))
        self.state, self.run = state, run or self.run
        return self._changed(before, tell, at=at, actor=actor, reason=reason, hops=self._hops())

    def released(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """Go back to the queue; who had it is kept as last owner."""
        before = tracked(self)
        self._clear_owner()
        self.state = state
        return self._changed(before, told.TicketReleased, at=at, actor=actor)

    def lapsed(self, *, loses_owner: bool, loses_responsible: bool, reason: str, at: datetime) -> Change:
        """Lose the people to whom the desk no longer gives the rights that they need. The owner is kept as last owner."""
        before = tracked(self)
        if loses_owner:
            self._clear_owner()
        if loses_responsible:
            self.responsible = None
        return self._changed(before, told.TicketReleasedBySystem, at=at, actor=SYSTEM, reason=reason)

    def responsible_changed(self, *, operator: str, actor: Actor, reason: str | None, at: datetime) -> Change:
        """Have another accountable operator."""
        before = tracked(self)
        self.responsible = operator
        return self._changed(before, told.TicketResponsibleChanged, at=at, actor=actor, reason=reason)

    # ------------------------------------------------------------ what is said

    def question_asked(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Ask the requester."""
        before = tracked(self)
        self.state, self.question_asked_at, self.reminded_at, self.expires_at = state, at, None, None
        article = article_of("question", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketQuestionAsked, at=at, actor=actor, articles=(article,), news="question")

    def answered(self, *, body: str, actor: Actor, state: State, at: datetime) -> Change:
        """Write to the requester."""
        before = tracked(self)
        self.state = state
        article = article_of("answer", actor, self.subject, body, at=at)
        return self._changed(before, told.TicketAnswered, at=at, actor=actor, articles=(article,), news="answer")

    def noted(self, *, body: str, actor: Actor, at: datetime) -> Change:
        """Get an internal note."""
        return self._changed(tracked(self), told.TicketNoted, at=at, actor=actor, articles=(article_of("note", actor, "", body, at=at),))

    def forwarded(self, *, to: str, body: str, actor: Actor, at: datetime) -> Change:
        """Have words about it sent to an outside address."""
        article = article_of("forward", actor, self.subject, body, at=at)
        tell = partial(told.TicketForwarded, to=to)
        return self._changed(tracked(self), tell, at=at, actor=actor, articles=(article,), of_others={"to": (None, to)})

    def requester_replied(
        self,
        *,
        body: str | None,
        actor: Actor,
        state: State,
        is_owner_able: bool,
        is_responsible_able: bool = True,
        is_queue_open: bool = True,
        at: datetime,
    ) -> Change:
        """Get what the requester wrote; a closed ticket is open again, as by `reopened`.

        `body` None: the words stand in a ticket that was merged into this one (see `written_to`).
        """
        before = tracked(self)
        comes_back = self.closed_at is not None and state == "open"
        hops: tuple[Hop, ...] = ()
        if comes_back:
            hops = self._opened_again(
                is_owner_able=is_owner_able, is_responsible_able=is_responsible_able, is_queue_open=is_queue_open, at=at
            )
        self.state = state
        articles = (article_of("reply", actor, self.subject, body, at=at),) if body is not None else ()
        news: ChildNews | None = "reopened" if comes_back else None
        return self._changed(before, told.TicketRequesterReplied, at=at, actor=actor, articles=articles, hops=hops, news=news)

    def written_to(self, *, body: str, actor: Actor, at: datetime) -> Change:
        """Keep what the requester wrote to this merged ticket; the one that goes on with it is told that they replied."""
        article = article_of("reply", actor, self.subject, body, at=at)
        return self._changed(tracked(self), told.TicketRequesterReplied, at=at, actor=actor, articles=(article,))

    def notified(
        self, *, article_id: UUID, subject: str, body: str, written_at: datetime, expires_at: datetime | None = None, at: datetime
    ) -> Change:
        """Get a notice that went to the requester as an article. `expires_at`: it was the reminder, and that long is waited."""
        self.expires_at = expires_at or self.expires_at
        article = Article(
            id=article_id, kind="notice", author=SYSTEM, visible_to_requester=True, subject=subject, body=body, created_at=written_at
        )
        return self._changed(tracked(self), told.TicketNotified, at=at, actor=SYSTEM, articles=(article,))

    # ------------------------------------------------------------ its end, and back

    def closed(self, *, answer: str, actor: Actor, state: State, at: datetime) -> Change:
        """End with the final answer. Who owned it and who closed it are kept apart."""
        before = tracked(self)
        self.state, self.closed_by = state, actor.identity
        article = article_of("answer", actor, self.subject, answer, at=at)
        return self._changed(before, told.TicketClosed, at=at, actor=actor, articles=(article,), hops=self._over(at=at), news="outcome")

    def reopened(
        self,
        *,
        reason: str,
        actor: Actor,
        state: State,
        is_owner_able: bool,
        is_responsible_able: bool = True,
        is_queue_open: bool = True,
        at: datetime,
    ) -> Change:
        """Be open again; owner and responsible stay only if they still have the rights, and its queue only if that is open."""
        before = tracked(self)
        hops = self._opened_again(is_owner_able=is_owner_able, is_responsible_able=is_responsible_able, is_queue_open=is_queue_open, at=at)
        self.state = state
        return self._changed(before, told.TicketReopened, at=at, actor=actor, reason=reason, hops=hops, news="reopened")

    def withdrawn(self, *, actor: Actor, state: State, at: datetime) -> Change:
        """End because the requester took the request back."""
        before = tracked(self)
        self.state = state
        return self._changed(before, told.TicketWithdrawn, at=at, actor=actor, hops=self._over(at=at), news="withdrawn")
