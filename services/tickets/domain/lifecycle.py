"""The life of a ticket: one table, one machine, one function that asks it.

The table is that of the domain document, row by row. The machine is a flyweight: it keeps no ticket, `step` lends it a state for one
question. Guards are pure; whatever must be looked up is looked up before and handed in as `Facts`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from transitions import EventData, Machine, MachineError

from shared.contracts.events.ticket_state import State
from shared.core.errors import ChildrenOpen, IsAChild, NotAChild, ParentEnded, StateForbids

Trigger = Literal[
    "take",
    "assign",
    "release",
    "lapse",
    "move",
    "escalate",
    "ask",
    "reply",
    "forward",
    "requester_replies",
    "open_child",
    "bounce",
    "resend",
    "child_ended",
    "child_reopened",
    "postpone",
    "resume",
    "due",
    "expire",
    "close",
    "withdraw",
    "reopen",
    "merge",
    "undo",
    "decide",
    "note",
    "watch",
    "unwatch",
    "share",
    "unshare",
    "links",
    "unlink",
    "responsible",
    "priority",
]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
CloseOutcome = Literal["successful", "unsuccessful"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards may ask about, beside the state.

    `has_owner`: an owner is recorded; `is_held`: that owner may still work the queue. `open_children`: a child has not ended.
    `parent_ended` is about the parent of a child. `reopen_policy` is the desk's. `outcome` is what a close says, `before` the state that
    the undoing of a merge goes back to. `ends_with_parent`: it is a child whose parent is withdrawn now.
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
    """A condition of a row; `name` is what the picture says."""

    name: str
    holds: Callable[[Facts], bool]

    def __call__(self, event: EventData) -> bool:
        facts: Facts = event.args[0]  # type: ignore[index]
        return self.holds(facts)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: `target` None keeps the state."""

    trigger: Trigger
    sources: tuple[State, ...]
    target: State | None
    guard: Guard | None = None


def _goes_back_to(state: State) -> Guard:
    return Guard(f"was {state}", lambda facts: facts.before == state)


_NOT_HELD = Guard("nobody holds it", lambda facts: not facts.is_held)
_HAS_OWNER = Guard("has an owner", lambda facts: facts.has_owner)
_A_CHILD = Guard("a child", lambda facts: facts.is_child)
_NO_CHILD = Guard("no child itself", lambda facts: not facts.is_child)
_NO_OPEN_CHILD = Guard("no open child", lambda facts: not facts.open_children)
_OPEN_CHILD = Guard("another child is open", lambda facts: facts.open_children)
_A_CHILD_WITHOUT_OPEN_CHILD = Guard("a child, no open child", lambda facts: facts.is_child and not facts.open_children)
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
ENDED_STATES: tuple[State, ...] = (*CLOSED, "withdrawn", "merged")

TABLE: tuple[Row, ...] = (
    Row("take", ("new",), "open", _NOT_HELD),
    Row("take", WORKED, None, _NOT_HELD),
    Row("assign", ("new",), "open"),
    Row("assign", WORKED, None),
    Row("release", LIVE, None, _HAS_OWNER),
    Row("lapse", (*LIVE, "returned"), None),
    Row("move", LIVE, None),
    Row("escalate", ("new", "open"), None),
    Row("ask", ("open", "postponed"), "waiting_requester"),
    Row("ask", ("waiting_requester",), None),
    Row("reply", WORKED, None),
    Row("forward", (*LIVE, *ENDED_STATES), None),
    Row("requester_replies", ("new", "open", "waiting_children"), None),
    Row("requester_replies", ("waiting_requester", "postponed"), "open"),
    Row("requester_replies", CLOSED, "open", _REPLY_REOPENS),
    Row("requester_replies", CLOSED, None, _REPLY_IS_NEW),
    Row("open_child", ("open", "waiting_requester", "postponed"), "waiting_children"),
    Row("open_child", ("waiting_children",), None),
    Row("bounce", ("new", "open"), "returned", _A_CHILD),
    Row("resend", ("returned",), "new"),
    Row("child_ended", ("waiting_children",), "open", _NO_OPEN_CHILD),
    Row("child_ended", ("waiting_children",), None, _OPEN_CHILD),
    Row("child_reopened", ("open",), "waiting_children"),
    Row("child_reopened", ("waiting_children",), None),
    Row("postpone", ("open",), "postponed"),
    Row("postpone", ("postponed",), None),
    Row("resume", ("postponed",), "open"),
    Row("due", ("postponed",), "open"),
    Row("expire", ("waiting_requester",), "closed_unsuccessful", _NO_OPEN_CHILD),
    Row("close", WORKED, "closed_successful", _WELL),
    Row("close", WORKED, "closed_unsuccessful", _BADLY),
    Row("withdraw", ("new",), "withdrawn", _NO_OPEN_CHILD),
    Row("withdraw", ("returned",), "withdrawn", _A_CHILD_WITHOUT_OPEN_CHILD),
    Row("withdraw", (*LIVE, "returned"), "withdrawn", _ENDS_WITH_PARENT),
    Row("reopen", CLOSED, "open", _PARENT_GOES_ON),
    Row("merge", LIVE, "merged", _NO_OPEN_CHILD),
    *(Row("undo", ("merged",), state, _goes_back_to(state)) for state in LIVE),
    Row("undo", LIVE, None),
    Row("decide", WORKED, None),
    Row("note", STATES, None),
    Row("watch", (*LIVE, *ENDED_STATES), None),
    Row("unwatch", (*LIVE, *ENDED_STATES), None),
    Row("share", (*LIVE, *ENDED_STATES), None, _NO_CHILD),
    Row("unshare", (*LIVE, *ENDED_STATES), None, _NO_CHILD),
    Row("links", (*LIVE, *ENDED_STATES), None),
    Row("unlink", (*LIVE, *ENDED_STATES), None),
    Row("responsible", LIVE, None),
    Row("priority", LIVE, None),
)


def _build_machine() -> Machine:
    machine = Machine(
        model=None,
        states=list(STATES),
        initial="new",
        auto_transitions=False,
        send_event=True,
    )
    for row in TABLE:
        # None as destination is an internal transition: guards are asked, the state is not touched.
        machine.add_transition(row.trigger, list(row.sources), row.target, conditions=row.guard)
    return machine


MACHINE = _build_machine()


@dataclass(slots=True)
class _Position:
    state: State


def step(state: State, trigger: Trigger, facts: Facts = NO_FACTS) -> State:
    """Return the state in which `trigger` leaves a ticket that is in `state`.

    Raises StateForbids, which names both, where the table has no such row or its guard says no; as ChildrenOpen, ParentEnded, IsAChild or
    NotAChild where nothing but that stands in the way.
    """
    after = _after(state, trigger, facts)
    if after is None:
        raise _why_not(state, trigger, facts)
    return after


def _after(state: State, trigger: Trigger, facts: Facts) -> State | None:
    """Return the state after `trigger`, None where the table has no row for it or its guard says no."""
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
