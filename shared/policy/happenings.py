"""What happened to a ticket, from the point of view of the operator who is notified.

Pure: each medium (the bell, the mails) has its own words for the keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import JsonValue

Key = Literal[
    "created",
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
    "moved",
    "move_undone",
    "escalated",
    "question",
    "answered",
    "replied",
    "note",
    "child_opened",
    "child_news",
    "bounced",
    "resent",
    "closed",
    "withdrawn",
    "expired",
    "reopened",
    "postponed",
    "resumed",
    "due",
    "priority",
    "linked",
    "unlinked",
    "forwarded",
    "shared",
    "unshared",
    "merged",
    "absorbed",
    "merge_undone",
    "decided",
    "undelivered",
    "mail_resent",
    "changed",
]
KEYS: tuple[Key, ...] = get_args(Key)

Changes = Mapping[str, tuple[JsonValue, JsonValue]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change as one operator is notified of it.

    `actor` is the name of who made it, "" for the system. `other` is the identity of another operator whom it concerns,
    `queue` where the ticket is since, and `reason` what the actor gave as the reason.
    """

    key: Key
    actor: str
    other: str | None = None
    queue: str | None = None
    reason: str | None = None


_PLAIN: Mapping[str, Key] = {
    "tickets.ticket.created.v1": "created",
    "tickets.ticket.queued.v1": "created",
    "tickets.ticket.moved.v1": "moved",
    "tickets.ticket.move-undone.v1": "move_undone",
    "tickets.ticket.question-asked.v1": "question",
    "tickets.ticket.answered.v1": "answered",
    "tickets.ticket.requester-replied.v1": "replied",
    "tickets.ticket.noted.v1": "note",
    "tickets.ticket.child-opened.v1": "child_opened",
    "tickets.ticket.child-reported.v1": "child_news",
    "tickets.ticket.bounced.v1": "bounced",
    "tickets.ticket.resent.v1": "resent",
    "tickets.ticket.closed.v1": "closed",
    "tickets.ticket.withdrawn.v1": "withdrawn",
    "tickets.ticket.expired.v1": "expired",
    "tickets.ticket.reopened.v1": "reopened",
    "tickets.ticket.postponed.v1": "postponed",
    "tickets.ticket.resumed.v1": "resumed",
    "tickets.ticket.due.v1": "due",
    "tickets.ticket.priority-changed.v1": "priority",
    "tickets.ticket.linked.v1": "linked",
    "tickets.ticket.unlinked.v1": "unlinked",
    "tickets.ticket.forwarded.v1": "forwarded",
    "tickets.ticket.shared.v1": "shared",
    "tickets.ticket.unshared.v1": "unshared",
    "tickets.ticket.merged.v1": "merged",
    "tickets.ticket.absorbed.v1": "absorbed",
    "tickets.ticket.merge-undone.v1": "merge_undone",
    "tickets.ticket.run-decided.v1": "decided",
    "tickets.ticket.undelivered.v1": "undelivered",
    "tickets.ticket.mail-resent.v1": "mail_resent",
}
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

    `actor` is who made it, as identity and name. `kind` is the row of the matrix by which the operator is notified.
    """
    identity, name = actor
    key, other = _key_and_other(event, changes, operator=operator, actor=identity)
    if event == "tickets.ticket.queued.v1":
        # Its reason is the rule that routing followed, and answers another question than why somebody did something.
        key, reason = ("escalated" if kind == "moved" else key), None
    return Happening(key, name, other, queue, reason)


def _key_and_other(event: str, changes: Changes, *, operator: str, actor: str | None) -> tuple[Key, str | None]:
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


def _owner_changed(before: str | None, after: str | None, *, operator: str, actor: str | None) -> tuple[Key, str | None]:
    if after is not None and after != actor:
        return ("given_to_you" if after == operator else "given"), after
    if before is None or before == after:
        return "taken", None
    return ("taken_over_from_you" if before == operator else "taken_over"), before


def _both(changes: Changes, field: str) -> tuple[str | None, str | None]:
    before, after = changes.get(field, (None, None))
    return (before if isinstance(before, str) else None), (after if isinstance(after, str) else None)
