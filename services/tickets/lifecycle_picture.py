"""The lifecycle as Mermaid text, drawn by `transitions` from its table.

States that share triggers stand in a frame. An arrow from a frame holds for all states in it.
"""

import re
from textwrap import wrap

from transitions.extensions import HierarchicalGraphMachine
from transitions.extensions.nesting import NestedState

from services.tickets.domain.lifecycle import CLOSED, LIVE, STATES, TABLE, WORKED
from shared.contracts.events.ticket_state import State

_FRAMES: dict[str, tuple[State, ...]] = {"live": LIVE, "worked": WORKED, "closed": CLOSED}
"""Largest first: a row is drawn from the largest frame that it covers."""
_NESTED = [
    {"name": "live", "children": ["new", {"name": "worked", "children": list(WORKED)}]},
    {"name": "closed", "children": list(CLOSED)},
    *(state for state in STATES if state not in LIVE + CLOSED),
]
_PARENTS: dict[str, str] = {
    **dict.fromkeys(("new", "worked"), "live."),
    **dict.fromkeys(WORKED, "live.worked."),
    **dict.fromkeys(CLOSED, "closed."),
}
Arrows = dict[tuple[str, str], list[str]]
Stays = dict[str, list[str]]


class _NestedState(NestedState):
    separator = "."  # the default, "_", is a part of our states' names


class _Machine(HierarchicalGraphMachine):
    state_cls = _NestedState


def draw_mermaid() -> str:
    """Return the machine as a Mermaid state diagram; triggers that keep the state stand in notes."""
    machine = _Machine(
        states=_NESTED,
        initial="live.new",
        auto_transitions=False,
        title="title: The life of a ticket",
        graph_engine="mermaid",
    )
    arrows, stays = drawn()
    for (source, target), labels in arrows.items():
        ends = (_PARENTS.get(node, "") + node for node in (source, target))
        machine.add_transition(", ".join(labels), *ends)
    lines = machine.get_graph().draw(None).splitlines()
    for node, triggers in stays.items():
        note = wrap(f"stays: {', '.join(triggers)}", 60)
        lines += [f"  note right of {node}", *(f"    {line}" for line in note), "  end note"]
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    return re.sub(r"\b(live\.worked|live|closed)\.", "", text) + "\n"


def drawn() -> tuple[Arrows, Stays]:
    """Return the arrows with their words, and by frame or state the triggers that keep the state.

    The ways back from a merge are drawn as one.
    """
    arrows: Arrows = {("merged", "live"): ["undo [as before]"]}
    stays: Stays = {}
    for row in TABLE:
        label = f"{row.trigger} [{row.guard.name}]" if row.guard else row.trigger
        for source in _covering(row.sources):
            if row.target is None:
                stays.setdefault(source, []).append(row.trigger)
            elif source != "merged":
                arrows.setdefault((source, row.target), []).append(label)
    return arrows, stays


def _covering(sources: tuple[State, ...]) -> list[str]:
    """Return the frames that lie wholly within `sources`, and the states that are left."""
    left, nodes = set(sources), []
    for frame, states in _FRAMES.items():
        if left.issuperset(states):
            nodes.append(frame)
            left.difference_update(states)
    return nodes + [state for state in sources if state in left]
