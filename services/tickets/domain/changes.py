"""How a ticket becomes its next version: the change that a verb made, how history shows it, and the
articles it appends.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, TypedDict, Unpack, cast
from uuid import UUID

from pydantic import JsonValue

from services.tickets.domain.families import news_for_parent
from services.tickets.domain.hops import Hop
from services.tickets.domain.record import TicketRecord
from shared.contracts.events.base import Event
from shared.contracts.events.families import RunDue
from shared.contracts.events.ticket_state import (
    AboutChild,
    Article,
    ArticleKind,
    Run,
    Undoable,
    UndoableKind,
)
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import SYSTEM, Actor
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

tracked: Any = attrgetter(*_TRACKED)


@dataclass(frozen=True, slots=True)
class Change:
    """What one verb did: the event that tells it, the hops it began or ended, and what tickets
    tells itself because of it.

    Each of `further` goes with the id of the aggregate that it is about.
    """

    event: TicketEvent
    hops: tuple[Hop, ...] = ()
    further: tuple[tuple[UUID, Event], ...] = ()


def as_history(value: object) -> JsonValue:
    """Return a fact as history shows it. Raises TypeError for what it has no way to show."""
    match value:
        case None | str() | int():
            return value
        case dict():
            return dict(value)
        case datetime():
            return value.isoformat()
        case Run():
            return {"state": value.state, **{step.name: step.state for step in value.steps}}
        case tuple():
            return [each if isinstance(each, str) else each.model_dump() for each in value]
    raise TypeError(f"history cannot show {value!r}")


def article_of(
    kind: ArticleKind, author: Actor, subject: str, body: str, *, at: datetime
) -> Article:
    """Return a new article; notes and forwarded words are hidden from the requester, all others are
    visible.
    """
    return Article(
        id=new_id(),
        kind=kind,
        author=author,
        visible_to_requester=kind not in ("note", "forward"),
        subject=subject,
        body=body,
        created_at=at,
    )


def article_about_child(
    about: AboutChild,
    author: Actor,
    subject: str,
    body: str,
    *,
    article_id: UUID | None = None,
    passes_up: bool = False,
    at: datetime,
) -> Article:
    """Return an article that tells of a child.

    It is hidden from the requester; with `passes_up` the owner of the parent, who opened the child,
    sees it on the child.
    """
    return Article(
        id=article_id or new_id(),
        kind="child",
        author=author,
        visible_to_requester=passes_up,
        subject=subject,
        body=body,
        created_at=at,
        child=about,
    )


class More(TypedDict, total=False):
    """What else a verb says of its change.

    `of_others` is what the history says beside this ticket's own facts. `can_be_undone`: the change
    is a move or a merge, with the queue that the ticket left, or the other ticket's number.
    """

    reason: str | None
    articles: tuple[Article, ...]
    hops: tuple[Hop, ...]
    of_others: Mapping[str, tuple[JsonValue, JsonValue]]
    can_be_undone: tuple[UndoableKind, str | None]


def next_version(
    ticket: TicketRecord,
    before: tuple[object, ...],
    tell: Callable[..., TicketEvent],
    *,
    at: datetime,
    actor: Actor,
    **more: Unpack[More],
) -> Change:
    """Make `ticket`, whose tracked facts were `before`, its next version; return the change that
    `tell` tells.

    What the state no longer needs is cleared. The parent of a child hears of the change, and a
    recipe that may go on is due.
    """
    if ticket.state != "postponed":
        ticket.postponed_until = None
    if ticket.state != "waiting_requester":
        ticket.question_asked_at = ticket.reminded_at = ticket.expires_at = None
    if ticket.routing_asked_at is None:
        ticket.routing_asked_by = None
    elif ticket.routing_asked_at == at and actor != SYSTEM:
        ticket.routing_asked_by = actor.identity
    ticket.version += 1
    ticket.updated_at = at
    pairs = zip(_TRACKED, before, tracked(ticket), strict=True)
    changes = {name: (as_history(old), as_history(new)) for name, old, new in pairs if old != new}
    _remember_for_undo(ticket, more.get("can_be_undone"), changes, actor=actor, at=at)
    event = tell(
        ticket=ticket.to_state(),
        actor=actor,
        reason=more.get("reason"),
        changes=changes | dict(more.get("of_others", {})),
        articles=more.get("articles", ()),
    )
    further: list[tuple[UUID, Event]] = []
    news = news_for_parent(event)
    if news is not None:
        further.append((news.parent_id, news))
    if _is_run_due(ticket, state_before=before[0], run_before=cast("Run | None", before[-1])):
        further.append((ticket.id, RunDue(ticket_id=ticket.id)))
    return Change(event, more.get("hops", ()), tuple(further))


def _is_run_due(ticket: TicketRecord, *, state_before: object, run_before: Run | None) -> bool:
    if ticket.run is None or ticket.run.state != "running":
        return False
    begins = run_before is None or run_before.state == "stopped"
    return begins or state_before == "postponed" != ticket.state


def _remember_for_undo(
    ticket: TicketRecord,
    can_be_undone: tuple[UndoableKind, str | None] | None,
    changes: Collection[str],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    if can_be_undone is not None:
        kind, other = can_be_undone
        ticket.undoable = Undoable(
            version=ticket.version, kind=kind, at=at, by=actor.identity, other=other
        )
    elif (
        ticket.undoable is not None
        and ticket.undoable.kind == "move"
        and not _STAY.isdisjoint(changes)
    ):
        ticket.undoable = None
