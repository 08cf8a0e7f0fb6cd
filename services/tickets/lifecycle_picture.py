"""The lifecycle as Mermaid text, drawn by `transitions`."""

import re
from textwrap import wrap

from transitions.extensions import HierarchicalGraphMachine
from transitions.extensions.nesting import NestedState

from services.tickets.domain.lifecycle import CLOSED, LIVE, STATES, WORKED
from services.tickets.lifecycle_arrows import draw_arrows

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


class _NestedState(NestedState):
    separator = "."  # the default, "_", is a part of our states' names


class _Machine(HierarchicalGraphMachine):
    state_cls = _NestedState


def draw_mermaid() -> str:
    """Return the machine as a Mermaid state diagram; triggers that keep the state stand in
    notes.
    """
    machine = _Machine(
        states=_NESTED,
        initial="live.new",
        auto_transitions=False,
        title="title: The life of a ticket",
        graph_engine="mermaid",
    )
    arrows, stays = draw_arrows()
    for (source, target), labels in arrows.items():
        ends = (_PARENTS.get(node, "") + node for node in (source, target))
        machine.add_transition(", ".join(labels), *ends)
    lines = machine.get_graph().draw(None).splitlines()
    for node, triggers in stays.items():
        note = wrap(f"stays: {', '.join(triggers)}", 60)
        lines += [f"  note right of {node}", *(f"    {line}" for line in note), "  end note"]
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    return re.sub(r"\b(live\.worked|live|closed)\.", "", text) + "\n"
