"""What a ticket is: its facts, its stay in a queue, and how a change of it is told."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from pydantic import JsonValue

from services.tickets.domain.families import Family
from services.tickets.domain.going_along import Follows
from services.tickets.domain.parts import Change, Hop, Undelivered, as_history
from services.tickets.domain.recipe_run import asks_about, stop_run
from services.tickets.domain.rights import actions_for
from shared.contracts.desk import Language
from shared.contracts.events.base import Event
from shared.contracts.events.families import ChildTold, RunDue
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import Article, ChildNews, Link, Routing, Run, State, TicketState, Undoable, UndoableKind
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import SYSTEM, Actor, Context, Reader, Requester
from shared.core.ids import new_id

_TRACKED = (
    "state",
    "queue",
    "priority",
    "owner",
    "responsible",
    "last_owner",
    "closed_by",
    "postponed_until",
    "parent",
    "children",
    "links",
    "watchers",
    "shared_with",
    "merged_into",
    "fields",
    "run",
)
"""What history shows as changed, in this order."""

_STAY = frozenset({"queue", "owner", "state"})
"""The facts by whose change a move can no longer be undone."""

_NOTHING: Mapping[str, tuple[JsonValue, JsonValue]] = {}

tracked: Any = attrgetter(*_TRACKED)


@dataclass(slots=True)
class Case:
    """One case, as it is at `version`. `hop` is open; None once the ticket has ended.

    `routing_asked_at` is when routing was last asked for a queue, None where there is one; `routing_asked_by` is whose act made the
    ticket wait for that, and `escalated_from` the queue it was escalated from, until routing has answered. `is_taking_told`: the
    notice of taking charge was given, which happens once. While the requester is waited for, `question_asked_at` is since when,
    `reminded_at` when they were reminded, and `expires_at` the end of that. `bounced_by` is who sent a returned child back.
    `undelivered` are the mails that ever failed. `merged_into` goes on with this ticket. `undoable` is the last move or merge, while
    it can be undone. `own` is what was set at this ticket itself, where merges have made its watchers and links others (None: they are).
    `family` is what its parent and children are like; None where the ticket was read for a look only, and can change nothing.
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
    watchers: tuple[str, ...]
    shared_with: tuple[Reader, ...]
    merged_into_id: UUID | None
    merged_into: str | None
    run: Run | None
    undoable: Undoable | None
    bounced_by: str | None
    routing: Routing | None
    routing_asked_at: datetime | None
    routing_asked_by: str | None
    escalated_from: str | None
    postponed_until: datetime | None
    question_asked_at: datetime | None
    reminded_at: datetime | None
    expires_at: datetime | None
    is_taking_told: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    undelivered: tuple[Undelivered, ...] = ()
    own: Follows | None = None
    family: Family | None = None

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
            watchers=self.watchers,
            shared_with=self.shared_with,
            merged_into_id=self.merged_into_id,
            merged_into=self.merged_into,
            run=self.run,
            undoable=self.undoable,
            routing=self.routing,
            postponed_until=self.postponed_until,
            created_at=self.created_at,
            updated_at=self.updated_at,
            closed_at=self.closed_at,
            actions=actions_for(
                self.state,
                is_child=self.parent_id is not None,
                has_owner=self.owner is not None,
                can_undo=self.undoable is not None,
                must_decide=self.run is not None and bool(asks_about(self.run)),
                can_share=self.requester.assurance != "typed",
            ),
        )

    def news(self, news: ChildNews, actor: Actor, body: str) -> ChildTold:
        """Return what the parent of this child must know of the version it is at. Raises ValueError for who has no parent."""
        if self.parent_id is None:
            raise ValueError(f"ticket {self.number} is no child")
        return ChildTold(
            parent_id=self.parent_id,
            child_id=self.id,
            number=self.number,
            version=self.version,
            news=news,
            state=self.state,
            queue=self.queue,
            actor=actor,
            subject=self.subject,
            body=body,
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
        self.hop = self.routing_asked_at = self.escalated_from = None
        return ended

    def _over(self, *, at: datetime) -> tuple[Hop, ...]:
        """End for good: its stay, and what a recipe still meant to do."""
        self.closed_at = at
        if self.run is not None:
            self.run = stop_run(self.run)
        return self._ended(at=at)

    def _stays_again(self, *, reason: str, at: datetime) -> tuple[Hop, ...]:
        """Begin another stay in its queue; without one, wait for routing."""
        if self.queue is None:
            self.hop, self.routing_asked_at = Hop(new_id()), at
        else:
            self.hop = Hop(new_id(), queue=self.queue, started=at, taken=at if self.owner else None, reason=reason)
        return self._hops()

    def _left(self, *, at: datetime) -> tuple[Hop, ...]:
        self._clear_owner()
        return self._ended(at=at)

    def _opened_again(
        self, *, is_owner_able: bool, is_responsible_able: bool = True, is_queue_open: bool = True, at: datetime
    ) -> tuple[Hop, ...]:
        """Come back after its end; a queue that takes no more tickets does not get it back, routing finds another."""
        if not is_responsible_able:
            self.responsible = None
        if not (is_owner_able and is_queue_open):
            self._clear_owner()
        if not is_queue_open:
            self.queue = self.routing = None
        self.closed_at = None
        return self._stays_again(reason="reopened", at=at)

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
        news: ChildNews | None = None,
        of_others: Mapping[str, tuple[JsonValue, JsonValue]] = _NOTHING,
        can_be_undone: tuple[UndoableKind, str | None] | None = None,
    ) -> Change:
        """Become the next version.

        `of_others` is what the history says beside this ticket's own facts. `can_be_undone`: the change is a move or a merge, with
        the queue that the ticket left, or the other ticket's number.
        `news` is what the parent of a child must know; it carries the words of the last article, or the reason.
        """
        state_before, run_before = before[0], cast("Run | None", before[-1])
        if self.state != "postponed":
            self.postponed_until = None
        if self.state != "waiting_requester":
            self.question_asked_at = self.reminded_at = self.expires_at = None
        if self.routing_asked_at is None:
            self.routing_asked_by = None
        elif self.routing_asked_at == at and actor != SYSTEM:
            self.routing_asked_by = actor.identity
        self.version += 1
        self.updated_at = at
        changes = {
            name: (as_history(old), as_history(new)) for name, old, new in zip(_TRACKED, before, tracked(self), strict=True) if old != new
        }
        self._remember_for_undo(can_be_undone, changes, actor=actor, at=at)
        event = tell(ticket=self.to_state(), actor=actor, reason=reason, changes=changes | dict(of_others), articles=articles)
        further: list[tuple[UUID, Event]] = []
        if news is not None and self.parent_id is not None:
            further.append((self.parent_id, self.news(news, actor, articles[-1].body if articles else reason or "")))
        if (
            self.run is not None
            and self.run.state == "running"
            and (run_before is None or run_before.state == "stopped" or state_before == "postponed" != self.state)
        ):
            further.append((self.id, RunDue(ticket_id=self.id)))
        return Change(event, hops, tuple(further))

    def _remember_for_undo(
        self, can_be_undone: tuple[UndoableKind, str | None] | None, changes: Collection[str], *, actor: Actor, at: datetime
    ) -> None:
        if can_be_undone is not None:
            kind, other = can_be_undone
            self.undoable = Undoable(version=self.version, kind=kind, at=at, by=actor.identity, other=other)
        elif self.undoable is not None and self.undoable.kind == "move" and not _STAY.isdisjoint(changes):
            self.undoable = None
