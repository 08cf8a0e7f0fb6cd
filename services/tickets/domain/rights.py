"""Who may act on a ticket now: the lifecycle's table of actions, asked for one caller.

Refusals come in the order that the API promises: unseen, right missing, (impossible value, checked
by the use case between the two calls,) state or owner.
"""

import re
from functools import lru_cache

from services.tickets.domain.lifecycle import (
    ACTIONS,
    CLOSED,
    TABLE,
    Facts,
    Trigger,
    has_row,
    triggers_from,
)
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import State
from shared.contracts.people import Requester
from shared.core.errors import (
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    NotThere,
    StateForbids,
)
from shared.policy.permissions import Held, allowed, holder_of, rights_on, roles_of

_REPLY_TO_CLOSED = "requester&policy:reopen|requester&policy:new_ticket"
# A reply to a closed child never becomes a new ticket.
_REPLY_TO_CLOSED_CHILD = "parent_owner&policy:reopen"
_RIGHT = re.compile(r"right:(\w+)")


def admit(
    desk: Desk,
    ticket: Held,
    caller: Requester,
    trigger: Trigger,
    *,
    parent_owner: str | None = None,
    is_doer: bool = False,
) -> frozenset[str]:
    """Return the roles of `caller` at `ticket`, if they may ever pull `trigger` on it as an
    operator.

    `parent_owner` as in `roles_of`. `is_doer`: they made the change that is to be undone, which
    they may undo also where they no longer see the ticket. Raises NotThere where they may not see
    the ticket, MissingRight (naming the right) where they may only see it, as its requester or as a
    reader.
    """
    roles = roles_of(desk, ticket, caller, parent_owner=parent_owner) | (
        {"doer"} if is_doer else frozenset()
    )
    if roles.isdisjoint({"right:ro", "parent_owner", "requester", "shared_with", "doer"}):
        raise NotThere
    if not allowed(ACTIONS[trigger].who, roles) and not allowed(
        ACTIONS[trigger].who, _if_it_were_free(roles)
    ):
        raise MissingRight(_right_needed(trigger, is_child=ticket.parent_id is not None))
    return roles


def admit_requester(desk: Desk, ticket: Held, caller: Requester, trigger: Trigger) -> None:
    """Admit only the requester.

    Raises MissingRight for a person with whom the ticket is shared, who may only read it, and
    NotThere for everybody else, also for operators: on this way it is not their request.
    """
    roles = roles_of(desk, ticket, caller) & {"requester", "shared_with"}
    if not roles:
        raise NotThere
    if not allowed(ACTIONS[trigger].who, roles):
        raise MissingRight("requester")


def require_turn(
    desk: Desk, ticket: Held, roles: frozenset[str], *, state: State, trigger: Trigger
) -> None:
    """Refuse a caller who has the right but not the turn.

    Raises StateForbids where the table has no move from `state`, HeldBySomebodyElse (naming the
    owner) where another operator owns the ticket, HeldByNobody where only an owner may pull the
    trigger and there is none.
    """
    if not has_row(state, trigger):
        if state == "new" and ACTIONS[trigger].who == "owner" and has_row("open", trigger):
            # It is the owner's once there is one.
            raise HeldByNobody(trigger, state)
        raise StateForbids(state, trigger)
    if allowed(ACTIONS[trigger].who, roles):
        return
    holder = holder_of(desk, ticket)
    if holder is not None:
        raise HeldBySomebodyElse(holder)
    raise HeldByNobody(trigger, state)


def require_worker(desk: Desk, ticket: Held, operator: str) -> None:
    """Refuse an assignee who is not an operator or may not work the ticket's queue.

    Raises ImpossibleValue.
    """
    if operator not in desk.operators:
        raise ImpossibleValue("operator", "unknown_operator", operator)
    if "rw" not in rights_on(desk, operator, ticket.queue):
        raise ImpossibleValue("operator", "may_not_work", operator)


def require_entrance(desk: Desk, caller: Requester, queue: str) -> None:
    """Refuse a move into `queue`.

    Raises MissingRight, or ImpossibleValue where the queue does not exist or is closed.
    """
    description = desk.queues.get(queue)
    if description is None:
        raise ImpossibleValue("queue", "unknown_queue", queue)
    if "move_into" not in rights_on(desk, caller.identity, queue):
        raise MissingRight("move_into")
    if description.closed:
        raise ImpossibleValue("queue", "queue_closed", queue)


def keeps_owner(desk: Desk, owner: str | None, queue: str | None) -> bool:
    """Return whether `owner`, if there is one, may work tickets in `queue`."""
    return owner is None or "rw" in rights_on(desk, owner, queue)


def keeps_responsible(desk: Desk, responsible: str | None, queue: str | None) -> bool:
    """Return whether `responsible`, if there is one, may see tickets in `queue`.

    A ticket that waits for routing (`queue` None) keeps its responsible until its queue is known.
    """
    return responsible is None or queue is None or "ro" in rights_on(desk, responsible, queue)


def is_queue_open(desk: Desk, queue: str | None) -> bool:
    """Return whether tickets may come into `queue`; of one that the desk does not know they may
    stay.
    """
    known = desk.queues.get(queue) if queue else None
    return known is None or not known.closed


def require_witness(desk: Desk, ticket: Held, operator: str) -> None:
    """Refuse a responsible who is not an operator or may not see the ticket's queue.

    Raises ImpossibleValue.
    """
    if operator not in desk.operators:
        raise ImpossibleValue("operator", "unknown_operator", operator)
    if "ro" not in rights_on(desk, operator, ticket.queue):
        raise ImpossibleValue("operator", "may_not_see", operator)


@lru_cache(maxsize=256)
def actions_for(
    state: State,
    *,
    is_child: bool,
    has_owner: bool,
    can_undo: bool = False,
    must_decide: bool = False,
    can_share: bool = True,
) -> dict[str, str]:
    """Return the `actions` of a ticket: each offered trigger that its state lets through, and who
    may pull it.

    `can_undo`: there is a move or a merge to be undone; `must_decide`: its recipe asks its owner;
    `can_share`: the identity of the requester is proven. Conditions about the desk and the caller
    stand in the entry, because they are known only when somebody asks. Tickets in the same case
    share one mapping, which must not be changed.
    """
    facts = Facts(is_child=is_child, has_owner=has_owner, open_children=state == "waiting_children")
    possible = set(triggers_from(state, facts)) - {"undo", "decide"}
    if can_undo and has_row(state, "undo"):
        possible.add("undo")
    if must_decide and has_row(state, "decide"):
        possible.add("decide")
    if not can_share:
        possible.discard("share")
    entries = {
        action.trigger: action.who
        for action in TABLE
        if action.is_offered and action.trigger in possible
    }
    if state in CLOSED and "requester_replies" in entries:
        entries["requester_replies"] = _REPLY_TO_CLOSED_CHILD if is_child else _REPLY_TO_CLOSED
    return entries


def _if_it_were_free(roles: frozenset[str]) -> frozenset[str]:
    """Return the roles that the caller would have after taking the ticket: what they still may not
    do is a matter of rights.
    """
    return roles | {"unheld", "owner"} if "right:rw" in roles else roles


def _right_needed(trigger: Trigger, *, is_child: bool) -> str:
    named = _RIGHT.search(ACTIONS[trigger].who)
    if named is not None:
        return named[1]
    if ACTIONS[trigger].who == "owner":
        # Whoever works the queue may become the owner.
        return "rw"
    first, last = ACTIONS[trigger].who.split("|")[0], ACTIONS[trigger].who.split("|")[-1]
    return last if is_child else first
