"""What happened to a ticket, from the point of view of the operator who is notified.

Pure: each medium (the bell, the mails) has its own words for the keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from shared.contracts.events import families, mails, merging, tickets
from shared.contracts.events.tickets import TicketEvent
from shared.policy.actions.registry import ACTIONS

Key = str
"""The name of a change as an operator is notified of it, by which each medium has its words."""

_SHORT_KEYS = {
    "question_asked": "question",
    "requester_replied": "replied",
    "noted": "note",
    "priority_changed": "priority",
    "run_decided": "decided",
    "child_reported": "child_news",
}


def key_of(event: type[TicketEvent]) -> Key:
    """Return the key of a change that reads the same for every operator, whatever it changed."""
    fact = event.NAME.split(".")[2].replace("-", "_")
    return _SHORT_KEYS.get(fact, fact)


Changes = Mapping[str, tuple[JsonValue, JsonValue]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change as one operator is notified of it.

    `actor` is the name of who made it, "" for the system. `other` is the identity of another
    operator whom it concerns, `queue` where the ticket is since, and `reason` what the actor gave
    as the reason.
    """

    key: Key
    actor: str
    other: str | None = None
    queue: str | None = None
    reason: str | None = None


_OF_NO_ACTION: tuple[type[TicketEvent], ...] = (
    tickets.TicketCreated,
    tickets.TicketMoveUndone,
    families.TicketChildReported,
    tickets.TicketExpired,
    tickets.TicketDue,
    merging.TicketAbsorbed,
    merging.TicketMergeUndone,
    mails.TicketUndelivered,
)
"""Events that no single action makes, but for those whose key depends on what they changed."""

_PLAIN: Mapping[str, Key] = {
    tickets.TicketQueued.NAME: "created",
    **{event.NAME: key_of(event) for event in _OF_NO_ACTION},
    **{
        action.event.NAME: key_of(action.event)
        for action in ACTIONS
        if action.event is not None and action.in_notice
    },
}
_BY_CHANGES: tuple[Key, ...] = (
    "taken",
    "taken_over",
    "taken_over_from_you",
    "given",
    "given_to_you",
    "released",
    "released_from_you",
    "responsible",
    "responsible_you",
    "responsible_not_you",
    "responsible_nobody",
    "escalated",
    "changed",
)
"""Keys that depend on what an event changed, on its reader, or on why they are notified."""
KEYS: tuple[Key, ...] = tuple(dict.fromkeys((*_PLAIN.values(), *_BY_CHANGES)))

_RELEASED_BY_SYSTEM = "tickets.ticket.released-by-system.v1"
"""The system takes from a ticket its owner, its responsible, or both."""
_RELEASES = frozenset({"tickets.ticket.released.v1", _RELEASED_BY_SYSTEM})
_CHANGE_OF_OWNER = frozenset({"tickets.ticket.taken.v1", "tickets.ticket.assigned.v1"})


def what_happened(
    event: str,
    changes: Changes,
    *,
    operator: str,
    actor: tuple[str | None, str],
    queue: str | None,
    reason: str | None,
    kind: str,
) -> Happening:
    """Return the change that the event named `event` made, as `operator` is notified of it.

    `actor` is who made it, as identity and name. `kind` is the row of the matrix by which the
    operator is notified.
    """
    identity, name = actor
    key, other = _key_and_other(event, changes, operator=operator, actor=identity)
    if event == "tickets.ticket.queued.v1":
        # Its reason is the rule that routing followed, and answers another question than why
        # somebody did something.
        key, reason = ("escalated" if kind == "moved" else key), None
    return Happening(key, name, other, queue, reason)


def _key_and_other(
    event: str, changes: Changes, *, operator: str, actor: str | None
) -> tuple[Key, str | None]:
    if event in _CHANGE_OF_OWNER:
        return _owner_changed(*_both(changes, "owner"), operator=operator, actor=actor)
    lost_only_the_responsible = event == _RELEASED_BY_SYSTEM and "owner" not in changes
    if event in _RELEASES and not lost_only_the_responsible:
        before, _ = _both(changes, "owner")
        return ("released_from_you" if before == operator else "released"), before
    if event == "tickets.ticket.responsible-changed.v1" or lost_only_the_responsible:
        before, after = _both(changes, "responsible")
        if after is None:
            return "responsible_nobody", before
        if after == operator:
            return "responsible_you", after
        return ("responsible_not_you" if before == operator else "responsible"), after
    return _PLAIN.get(event, "changed"), None


def _owner_changed(
    before: str | None, after: str | None, *, operator: str, actor: str | None
) -> tuple[Key, str | None]:
    if after is not None and after != actor:
        return ("given_to_you" if after == operator else "given"), after
    if before is None or before == after:
        return "taken", None
    return ("taken_over_from_you" if before == operator else "taken_over"), before


def _both(changes: Changes, field: str) -> tuple[str | None, str | None]:
    before, after = changes.get(field, (None, None))
    return (before if isinstance(before, str) else None), (
        after if isinstance(after, str) else None
    )
