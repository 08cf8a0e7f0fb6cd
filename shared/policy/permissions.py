"""Who may do what to a ticket, as facts that travel: the tiny language of `TicketState.actions`,
and the words it is about.

Tickets writes for each trigger that the state allows *who may pull it*, e.g. `{"take":
"right:rw&unheld", "reply": "owner"}`. Whoever shows buttons asks `allowed_actions`. The same words
decide in tickets, which alone refuses.

Grammar: alternatives joined by `|`, each of roles joined by `&`. Roles:

* `right:ro`, `right:note`, `right:owner`, `right:priority`, `right:rw` ...: the right on the
  ticket's queue;
* `owner`: the caller owns the ticket and may still work its queue;
* `unheld`: nobody does;
* `requester`: the ticket is the caller's own request (never a child, nor a request whose address
  was only typed);
* `shared_with`: it is another's and was shared with the caller by name (never a child);
* `parent_owner`: the caller owns the parent of this child;
* `policy:reopen`, `policy:reject`, `policy:new_ticket`: what the desk does with a reply to a closed
  ticket;
* `doer`: the caller did what is to be undone; `clock`, `family`, `desk`: no person.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from shared.contracts.desk import ALL_RIGHTS, Desk, Right
from shared.contracts.events.ticket_state import TicketState, Undoable
from shared.contracts.people import Reader, Requester
from shared.policy.actions.registry import OF_TRIGGERS
from shared.policy.rules import missing_answers, next_level


class Held(Protocol):
    """What must be known of a ticket to say what somebody is to it; `TicketState` has it, and so
    has the aggregate in tickets.
    """

    @property
    def id(self) -> UUID: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def requester(self) -> Requester: ...
    @property
    def parent_id(self) -> UUID | None: ...
    @property
    def shared_with(self) -> Sequence[Reader]: ...


def allowed(entry: str, roles: Collection[str]) -> bool:
    """Return whether somebody with `roles` is among those `entry` names."""
    return any(
        all(role in roles for role in alternative.split("&")) for alternative in entry.split("|")
    )


def allowed_actions(
    desk: Desk,
    ticket: TicketState,
    caller: Requester,
    *,
    parent_owner: str | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Return what `caller` may do to `ticket` now, in the order of the lifecycle's table, but for
    what would change nothing.

    `parent_owner` as in `roles_of`. What depends on the time, escalating and undoing, is left out
    where `now` is None.
    """
    roles = roles_of(desk, ticket, caller, parent_owner=parent_owner)
    if ticket.undoable is not None and did(desk, ticket.undoable.by, caller):
        roles |= {"doer"}
    found = [
        trigger
        for trigger, entry in ticket.actions.items()
        if allowed(entry, roles) and not _changes_nothing(trigger, ticket, caller)
    ]
    return [
        trigger
        for trigger in found
        if trigger not in _BY_THE_DESK or _BY_THE_DESK[trigger](desk, ticket, now)
    ]


def _changes_nothing(trigger: str, ticket: TicketState, caller: Requester) -> bool:
    action = OF_TRIGGERS.get(trigger)
    return action is not None and action.changes_nothing(ticket, caller)


def _can_escalate(desk: Desk, ticket: TicketState, now: datetime | None) -> bool:
    queue = next_level(desk, ticket, now) if now is not None else None
    return queue is not None and not missing_answers(desk, queue, ticket.fields)


def _can_undo(desk: Desk, ticket: TicketState, now: datetime | None) -> bool:
    change = ticket.undoable
    if change is None or now is None or is_too_late_to_undo(desk, change, now=now):
        return False
    return change.kind == "merge" or is_open_queue(desk, change.other)


_BY_THE_DESK: Mapping[str, Callable[[Desk, TicketState, datetime | None], bool]] = {
    "escalate": _can_escalate,
    "undo": _can_undo,
}
"""Actions that the desk in force allows for some tickets and at some times only."""


def did(desk: Desk, actor: str | None, caller: Requester) -> bool:
    """Return whether `caller`, who is an operator still, is the `actor` of a change."""
    return actor is not None and actor == caller.identity and actor in desk.operators


def is_open_queue(desk: Desk, queue: str | None) -> bool:
    """Return whether tickets may come into `queue`."""
    description = desk.queues.get(queue) if queue else None
    return description is not None and not description.closed


def roles_of(
    desk: Desk, ticket: Held, caller: Requester, *, parent_owner: str | None = None
) -> frozenset[str]:
    """Return what `caller` is to `ticket` under `desk`.

    `parent_owner` is the identity that `holder_of` gives for a child's parent.
    """
    roles = {f"right:{right}" for right in rights_on(desk, caller.identity, ticket.queue)}
    roles.add(f"policy:{desk.policies.reopen}")
    holder = holder_of(desk, ticket)
    if holder is None:
        roles.add("unheld")
    elif holder == caller.identity:
        roles.add("owner")
    if is_own_request(ticket, caller):
        roles.add("requester")
    elif is_shared_with(ticket, caller):
        roles.add("shared_with")
    if (
        ticket.parent_id is not None
        and parent_owner is not None
        and parent_owner == caller.identity
    ):
        roles.add("parent_owner")
    return frozenset(roles)


def rights_on(desk: Desk, identity: str | None, queue: str | None) -> frozenset[Right]:
    """Return what `identity` may do to a ticket in `queue`.

    A ticket that has no queue yet, or one that the desk no longer has, may land anywhere: there
    only what one may do in every group counts, so that supervisors see it.
    """
    if queue is not None and queue in desk.queues:
        return desk.rights(identity, queue)
    somewhere = {description.group: slug for slug, description in desk.queues.items()}
    if identity not in desk.operators or not somewhere:
        return frozenset()
    return ALL_RIGHTS.intersection(*(desk.rights(identity, slug) for slug in somewhere.values()))


def is_too_late_to_undo(desk: Desk, change: Undoable, *, now: datetime) -> bool:
    """Return whether more than the desk's hours have passed at `now` since `change`."""
    return now - change.at > timedelta(hours=desk.policies.undo_hours)


def holder_of(desk: Desk, ticket: Held) -> str | None:
    """Return the owner if he may still work the queue; an owner who has lost `rw` counts as
    none.
    """
    return (
        ticket.owner
        if ticket.owner is not None and "rw" in rights_on(desk, ticket.owner, ticket.queue)
        else None
    )


def is_own_request(ticket: Held, caller: Requester) -> bool:
    """Return whether `ticket` is the caller's own request.

    A request of somebody who had signed in belongs to that identity alone; one whose address was
    confirmed belongs to everybody with that address, whatever its case. Anybody can type an
    address, so a request with a typed one is nobody's own, and neither is a child.
    """
    asked = ticket.requester
    if ticket.parent_id is not None or asked.assurance == "typed":
        return False
    if asked.identity is not None and asked.identity == caller.identity:
        return True
    return (
        asked.assurance == "confirmed"
        and caller.email != ""
        and asked.email_key == caller.email_key
    )


def are_same_person(one: Requester, other: Requester) -> bool:
    """Return whether two requesters are surely one person: the same identity, or the same address
    where that is proven for both.

    Two identities are two people, also with one address.
    """
    if "typed" in (one.assurance, other.assurance):
        return False
    if one.identity is not None and other.identity is not None:
        return one.identity == other.identity
    return one.email != "" and one.email_key == other.email_key


def is_shared_with(ticket: Held, caller: Requester) -> bool:
    """Return whether `ticket` was shared with somebody who has the caller's e-mail address,
    whatever its case.

    A child never is, and neither is a request with an address that was only typed: it is in
    nobody's list until it is confirmed.
    """
    if ticket.parent_id is not None or ticket.requester.assurance == "typed" or caller.email == "":
        return False
    return any(reader.email_key == caller.email_key for reader in ticket.shared_with)
