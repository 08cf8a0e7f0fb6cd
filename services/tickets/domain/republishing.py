"""The past events of a ticket, rebuilt from its state, its history and its articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import JsonValue

from services.tickets.domain.mails import failure_of
from services.tickets.domain.ticket import Ticket
from shared.contracts.events import families, mails, merging, tickets
from shared.contracts.events.base import EVENT_CLASSES
from shared.contracts.events.replay import ReplayedChange
from shared.contracts.events.ticket_state import ENDED, Article, TicketState
from shared.contracts.events.tickets import TicketEvent

T = TypeVar("T")

_FACTS = frozenset(TicketState.model_fields) - {"run"}
"""The facts that history has by the same name.

Of a run it has only a summary, which no notification depends on.
"""
_TAKINGS = frozenset({tickets.TicketTaken.NAME, tickets.TicketAssigned.NAME})


@dataclass(frozen=True, slots=True)
class Untold:
    """A change whose event cannot be rebuilt, because the history does not have `what` the event
    said.
    """

    ticket_id: UUID
    number: str
    version: int
    event: str
    what: str


class _Unknown(Exception):
    """The history does not say this."""


def numbers_in(
    history: Sequence[ReplayedChange], articles: Mapping[int, Sequence[Article]]
) -> set[str]:
    """Return the numbers of the other tickets that the changes of a ticket are about."""
    merged = {
        value
        for change in history
        for name in ("merged_into", "absorbed")
        for value in change.changes.get(name, ())
    }
    children = {
        each.child.number for some in articles.values() for each in some if each.child is not None
    }
    return children | {value for value in merged if isinstance(value, str)}


def retold(
    ticket: Ticket,
    history: Sequence[ReplayedChange],
    articles: Mapping[int, Sequence[Article]],
    *,
    others: Mapping[str, UUID],
) -> list[TicketEvent | Untold]:
    """Return the event of each change of `history` (oldest first, all of them), as far as what it
    said is known.

    `articles` are the ticket's by the version that appended them; `others` are the ids of the
    tickets named by `numbers_in`. The state is taken back from the newest version to the first. The
    hop, the actions and the reason of routing are left out: the history does not have them, and no
    notification depends on them.
    """
    changes = [change for change in history if change.version <= ticket.version]
    made: list[TicketEvent | Untold] = []
    facts = ticket.to_state().model_dump(mode="json") | {
        "hop_id": None,
        "routing": None,
        "run": None,
        "actions": {},
        "undoable": None,
    }
    for position in range(len(changes) - 1, -1, -1):
        change = changes[position]
        facts |= {"version": change.version, "updated_at": change.at}
        facts["closed_at"] = _end(changes[: position + 1]) if facts["state"] in ENDED else None
        made.append(
            _event(ticket, changes[: position + 1], facts, articles.get(change.version, ()), others)
        )
        _take_back(facts, change)
    made.reverse()
    return made


def _take_back(facts: dict[str, Any], change: ReplayedChange) -> None:
    facts |= {name: before for name, (before, _) in change.changes.items() if name in _FACTS}
    if "assurance" in change.changes:
        facts["requester"] = facts["requester"] | {"assurance": change.changes["assurance"][0]}
    if facts["merged_into"] is None:
        facts["merged_into_id"] = None


def _end(so_far: Sequence[ReplayedChange]) -> datetime | None:
    return next((each.at for each in reversed(so_far) if _text(each, "state", 1) in ENDED), None)


def _event(
    ticket: Ticket,
    so_far: Sequence[ReplayedChange],
    facts: Mapping[str, Any],
    articles: Sequence[Article],
    others: Mapping[str, UUID],
) -> TicketEvent | Untold:
    *earlier, change = so_far
    kind = EVENT_CLASSES.get(change.event)
    try:
        if kind is None or not issubclass(kind, TicketEvent):
            raise _Unknown("an event that this release has")
        return kind(
            ticket=TicketState.model_validate(facts),
            actor=change.actor,
            reason=change.reason,
            changes=change.changes,
            articles=tuple(articles),
            **_further(kind, ticket, earlier, change, articles, others),
        )
    except _Unknown as unknown:
        return Untold(ticket.id, ticket.number, change.version, change.event, str(unknown))


def _further(
    kind: type[TicketEvent],
    ticket: Ticket,
    earlier: Sequence[ReplayedChange],
    change: ReplayedChange,
    articles: Sequence[Article],
    others: Mapping[str, UUID],
) -> dict[str, Any]:
    """Return the fields that an event of the class `kind` has beside those of every event."""
    match kind:
        case tickets.TicketCreated:
            return {"request_id": ticket.request_id}
        case tickets.TicketTaken | tickets.TicketAssigned:
            return {"first_time": all(each.event not in _TAKINGS for each in earlier)}
        case tickets.TicketQueued:
            return {"escalated_from": _escalated_from(earlier), "caused_by": _caused_by(earlier)}
        case tickets.TicketRoutingRequested:
            return {"escalated_from": _escalated_from(earlier)}
        case tickets.TicketEscalated:
            return {"escalated_from": _text(change, "queue", 0)}
        case tickets.TicketForwarded:
            return {"to": _known(_text(change, "to", 1), "to which address it was forwarded")}
        case tickets.TicketMoveUndone:
            return {"undone": _last(earlier, tickets.TicketMoved.NAME).version}
        case families.TicketChildOpened | families.TicketChildReported:
            return _about_child(kind, articles, others)
        case families.TicketResent:
            return {"bounced_by": _last(earlier, families.TicketBounced.NAME).actor.identity}
        case merging.TicketMerged:
            return _other("into", _text(change, "merged_into", 1), others)
        case merging.TicketAbsorbed:
            return _other("absorbed", _text(change, "absorbed", 1), others)
        case merging.TicketMergeUndone:
            return _other(
                "other", _text(change, "merged_into", 0) or _text(change, "absorbed", 0), others
            )
        case mails.TicketUndelivered | mails.TicketMailResent:
            return _about_mail(kind, ticket, change)
        case _:
            return {}


def _about_child(
    kind: type[TicketEvent], articles: Sequence[Article], others: Mapping[str, UUID]
) -> dict[str, Any]:
    about = next((each.child for each in articles if each.child is not None), None)
    if about is None:
        raise _Unknown("which child it was")
    facts = _other("child", about.number, others)
    return facts if kind is families.TicketChildOpened else facts | {"news": about.news}


def _about_mail(kind: type[TicketEvent], ticket: Ticket, change: ReplayedChange) -> dict[str, Any]:
    delivery = _known(_text(change, "delivery", 1), "which mail it was")
    failed = failure_of(ticket, UUID(delivery))
    if failed is None:
        raise _Unknown("which mail it was")
    to = _text(change, "to", 1) or failed.to
    facts: dict[str, Any] = {"delivery_id": failed.delivery_id, "to": to}
    return (
        facts
        if kind is mails.TicketMailResent
        else facts | {"article_id": failed.article_id, "kind": failed.kind}
    )


def _other(name: str, number: str | None, others: Mapping[str, UUID]) -> dict[str, Any]:
    if number is None or number not in others:
        raise _Unknown("which other ticket it was")
    return {name: number, f"{name}_id": others[number]}


def _escalated_from(earlier: Sequence[ReplayedChange]) -> str | None:
    """Return the queue that the ticket was escalated from since it was last in a queue, None where
    it was not escalated.
    """
    for change in reversed(earlier):
        if change.event == tickets.TicketEscalated.NAME:
            return _text(change, "queue", 0)
        if _text(change, "queue", 1) is not None or _text(change, "state", 1) in ENDED:
            return None
    return None


def _caused_by(earlier: Sequence[ReplayedChange]) -> str | None:
    """Return who made the ticket wait for a queue: by the change that left it without one."""
    for change in reversed(earlier):
        if change.event == tickets.TicketCreated.NAME or (
            "queue" in change.changes and change.changes["queue"][1] is None
        ):
            return change.actor.identity
    return None


def _last(earlier: Sequence[ReplayedChange], event: str) -> ReplayedChange:
    return _known(
        next((each for each in reversed(earlier) if each.event == event), None),
        "what went before it",
    )


def _text(change: ReplayedChange, name: str, side: int) -> str | None:
    value: JsonValue = change.changes.get(name, (None, None))[side]
    return value if isinstance(value, str) else None


def _known(value: T | None, what: str) -> T:
    if value is None:
        raise _Unknown(what)
    return value
