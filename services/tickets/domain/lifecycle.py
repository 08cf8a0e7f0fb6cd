"""The life of a ticket: one table of actions, one machine, one function that asks it.

A row of the table says who may pull a trigger, from which states, under which condition, and where
it leads. The machine keeps no ticket: `step` lends it a state for one question. Guards are pure;
the ticket hands in what they ask as `Facts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from transitions import EventData, Machine, MachineError

from shared.contracts.events.ticket_state import State
from shared.core.errors import ChildrenOpen, IsAChild, NotAChild, ParentEnded, StateForbids

Trigger = str
"""The name of an action in the table."""
CloseOutcome = Literal["successful", "unsuccessful"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards may ask about, beside the state.

    `has_owner`: an owner is recorded; `is_held`: that owner may still work the queue.
    `open_children`: a child has not ended. `parent_ended` is about the parent of a child.
    `reopen_policy` is the desk's. `outcome` is what a close says, `before` the state that the
    undoing of a merge goes back to. `ends_with_parent`: it is a child whose parent is withdrawn
    now.
    """

    has_owner: bool = False
    is_held: bool = False
    is_child: bool = False
    open_children: bool = False
    parent_ended: bool = False
    reopen_policy: Literal["reopen", "reject", "new_ticket"] = "reopen"
    outcome: CloseOutcome = "successful"
    before: State | None = None
    ends_with_parent: bool = False


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a move; `name` is what the picture says."""

    name: str
    holds: Callable[[Facts], bool]

    def __call__(self, event: EventData) -> bool:
        facts: Facts = event.args[0]  # type: ignore[index]
        return self.holds(facts)


@dataclass(frozen=True, slots=True)
class Move:
    """From which states an action leads where; `target` None keeps the state."""

    sources: tuple[State, ...]
    target: State | None = None
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table: who may pull `trigger`, in the language of `shared.policy.permissions`,
    and what it does.

    `is_offered`: people see it as an action; the others happen by the clock, the family or the
    desk.
    """

    trigger: Trigger
    who: str
    moves: tuple[Move, ...]
    is_offered: bool = True


def _row(trigger: Trigger, who: str, *moves: Move, is_offered: bool = True) -> Action:
    return Action(trigger, who, moves, is_offered)


def _goes_back_to(state: State) -> Guard:
    return Guard(f"was {state}", lambda facts: facts.before == state)


_NOT_HELD = Guard("nobody holds it", lambda facts: not facts.is_held)
_HAS_OWNER = Guard("has an owner", lambda facts: facts.has_owner)
_A_CHILD = Guard("a child", lambda facts: facts.is_child)
_NO_CHILD = Guard("no child itself", lambda facts: not facts.is_child)
_NO_OPEN_CHILD = Guard("no open child", lambda facts: not facts.open_children)
_OPEN_CHILD = Guard("another child is open", lambda facts: facts.open_children)
_A_CHILD_WITHOUT_OPEN_CHILD = Guard(
    "a child, no open child", lambda facts: facts.is_child and not facts.open_children
)
_ENDS_WITH_PARENT = Guard(
    "parent withdrawn, no open child",
    lambda facts: facts.ends_with_parent and not facts.open_children,
)
_PARENT_GOES_ON = Guard("parent not ended", lambda facts: not facts.parent_ended)
_REPLY_REOPENS = Guard(
    "policy reopen",
    lambda facts: facts.reopen_policy == "reopen" and not facts.parent_ended,
)
_REPLY_IS_NEW = Guard("policy new_ticket", lambda facts: facts.reopen_policy == "new_ticket")
_WELL = Guard(
    "successful, no open child",
    lambda facts: facts.outcome == "successful" and not facts.open_children,
)
_BADLY = Guard(
    "unsuccessful, no open child",
    lambda facts: facts.outcome == "unsuccessful" and not facts.open_children,
)

# `returned` allows only resend, withdraw and note, so it is in none of these groups.
WORKED: tuple[State, ...] = (
    "open",
    "waiting_requester",
    "waiting_children",
    "postponed",
)
LIVE: tuple[State, ...] = ("new", *WORKED)
CLOSED: tuple[State, ...] = ("closed_successful", "closed_unsuccessful")
_NOT_RETURNED: tuple[State, ...] = (*LIVE, *CLOSED, "withdrawn", "merged")

TABLE: tuple[Action, ...] = (
    _row(
        "take",
        "right:rw&unheld",
        Move(("new",), "open", _NOT_HELD),
        Move(WORKED, guard=_NOT_HELD),
    ),
    _row("assign", "owner|right:owner", Move(("new",), "open"), Move(WORKED)),
    _row("release", "owner|right:owner", Move(LIVE, guard=_HAS_OWNER)),
    _row("lapse", "desk", Move((*LIVE, "returned")), is_offered=False),
    _row("move", "owner|right:rw", Move(LIVE)),
    _row("escalate", "owner|right:rw", Move(("new", "open"))),
    _row(
        "ask",
        "owner",
        Move(("open", "postponed"), "waiting_requester"),
        Move(("waiting_requester",)),
    ),
    _row("reply", "owner", Move(WORKED)),
    _row("forward", "right:rw", Move(_NOT_RETURNED)),
    _row(
        "requester_replies",
        "requester|parent_owner",
        Move(("new", "open", "waiting_children")),
        Move(("waiting_requester", "postponed"), "open"),
        Move(CLOSED, "open", _REPLY_REOPENS),
        Move(CLOSED, guard=_REPLY_IS_NEW),
    ),
    _row(
        "open_child",
        "owner",
        Move(("open", "waiting_requester", "postponed"), "waiting_children"),
        Move(("waiting_children",)),
    ),
    _row("bounce", "owner|right:rw&unheld", Move(("new", "open"), "returned", _A_CHILD)),
    _row("resend", "parent_owner", Move(("returned",), "new")),
    _row(
        "child_ended",
        "family",
        Move(("waiting_children",), "open", _NO_OPEN_CHILD),
        Move(("waiting_children",), guard=_OPEN_CHILD),
        is_offered=False,
    ),
    _row(
        "child_reopened",
        "family",
        Move(("open",), "waiting_children"),
        Move(("waiting_children",)),
        is_offered=False,
    ),
    _row("postpone", "owner", Move(("open",), "postponed"), Move(("postponed",))),
    _row("resume", "owner|right:rw&unheld", Move(("postponed",), "open")),
    _row("due", "clock", Move(("postponed",), "open"), is_offered=False),
    _row(
        "expire",
        "clock",
        Move(("waiting_requester",), "closed_unsuccessful", _NO_OPEN_CHILD),
        is_offered=False,
    ),
    _row(
        "close",
        "owner",
        Move(WORKED, "closed_successful", _WELL),
        Move(WORKED, "closed_unsuccessful", _BADLY),
    ),
    _row(
        "withdraw",
        "requester|parent_owner",
        Move(("new",), "withdrawn", _NO_OPEN_CHILD),
        Move(("returned",), "withdrawn", _A_CHILD_WITHOUT_OPEN_CHILD),
        Move((*LIVE, "returned"), "withdrawn", _ENDS_WITH_PARENT),
    ),
    _row("reopen", "right:rw", Move(CLOSED, "open", _PARENT_GOES_ON)),
    _row("merge", "right:rw", Move(LIVE, "merged", _NO_OPEN_CHILD)),
    _row(
        "undo",
        "doer|right:owner",
        *(Move(("merged",), state, _goes_back_to(state)) for state in LIVE),
        Move(LIVE),
    ),
    _row("decide", "owner", Move(WORKED)),
    _row("note", "right:note", Move(STATES)),
    _row("watch", "right:ro", Move(_NOT_RETURNED)),
    _row("unwatch", "right:ro", Move(_NOT_RETURNED)),
    _row("share", "right:rw|requester", Move(_NOT_RETURNED, guard=_NO_CHILD)),
    _row("unshare", "right:rw|requester", Move(_NOT_RETURNED, guard=_NO_CHILD)),
    _row("links", "right:rw", Move(_NOT_RETURNED)),
    _row("unlink", "right:rw", Move(_NOT_RETURNED)),
    _row("responsible", "owner|right:owner", Move(LIVE)),
    _row("priority", "right:priority", Move(LIVE)),
)
"""All that can happen to a ticket.

`rw` includes every other right, so an `owner` always has `right:owner`.
"""
ACTIONS: Mapping[Trigger, Action] = {action.trigger: action for action in TABLE}
TRIGGERS: tuple[Trigger, ...] = tuple(ACTIONS)


def _build_machine() -> Machine:
    machine = Machine(
        model=None,
        states=list(STATES),
        initial="new",
        auto_transitions=False,
        send_event=True,
    )
    for action in TABLE:
        for move in action.moves:
            # None as destination is an internal transition: guards are asked, the state is not
            # touched.
            machine.add_transition(
                action.trigger, list(move.sources), move.target, conditions=move.guard
            )
    return machine


MACHINE = _build_machine()


@dataclass(slots=True)
class _Position:
    state: State


def step(state: State, trigger: Trigger, facts: Facts = NO_FACTS) -> State:
    """Return the state in which `trigger` leaves a ticket that is in `state`.

    Raises StateForbids, which names both, where the table has no such row or its guard says no; as
    ChildrenOpen, ParentEnded, IsAChild or NotAChild where nothing but that stands in the way.
    """
    after = _after(state, trigger, facts)
    if after is None:
        raise _why_not(state, trigger, facts)
    return after


def _after(state: State, trigger: Trigger, facts: Facts) -> State | None:
    """Return the state after `trigger`, None where the table has no row for it or its guard says
    no.
    """
    position = _Position(state)
    try:
        happened = MACHINE.events[trigger].trigger(position, facts)
    except MachineError:
        return None
    # A guard that says no makes the machine answer False, and nothing else.
    return position.state if happened else None


def _why_not(state: State, trigger: Trigger, facts: Facts) -> StateForbids:
    if facts.open_children and _can(state, trigger, replace(facts, open_children=False)):
        return ChildrenOpen(state, trigger)
    if facts.parent_ended and _can(state, trigger, replace(facts, parent_ended=False)):
        return ParentEnded(state, trigger)
    if _can(state, trigger, replace(facts, is_child=not facts.is_child)):
        return IsAChild(state, trigger) if facts.is_child else NotAChild(state, trigger)
    return StateForbids(state, trigger)


def has_row(state: State, trigger: Trigger) -> bool:
    """Return whether the table has a row for the pair, whatever its guards say."""
    return state in MACHINE.events[trigger].transitions


@lru_cache(maxsize=4096)
def triggers_from(state: State, facts: Facts = NO_FACTS) -> tuple[Trigger, ...]:
    """Return the triggers that `step` would let through, in the table's order."""
    return tuple(trigger for trigger in TRIGGERS if _can(state, trigger, facts))


def _can(state: State, trigger: Trigger, facts: Facts) -> bool:
    return _after(state, trigger, facts) is not None
