"""The moves of the lifecycle as arrows between states and frames, for the pictures of it.

States that share triggers stand in a frame. An arrow from a frame holds for all states in it.
"""

from services.tickets.domain.lifecycle import CLOSED, LIVE, TABLE, WORKED
from shared.contracts.events.ticket_state import State

_FRAMES: dict[str, tuple[State, ...]] = {"live": LIVE, "worked": WORKED, "closed": CLOSED}
"""Largest first: a move is drawn from the largest frame that it covers."""
Arrows = dict[tuple[str, str], list[str]]
Stays = dict[str, list[str]]


def draw_arrows() -> tuple[Arrows, Stays]:
    """Return the arrows with their words, and by frame or state the triggers that keep the state.

    The ways back from a merge are drawn as one.
    """
    arrows: Arrows = {("merged", "live"): ["undo [as before]"]}
    stays: Stays = {}
    for trigger, move in ((action.trigger, move) for action in TABLE for move in action.moves):
        label = f"{trigger} [{move.guard.name}]" if move.guard else trigger
        for source in _covering(move.sources):
            if move.target is None:
                stays.setdefault(source, []).append(trigger)
            elif source != "merged":
                arrows.setdefault((source, move.target), []).append(label)
    return arrows, stays


def _covering(sources: tuple[State, ...]) -> list[str]:
    """Return the frames that lie wholly within `sources`, and the states that are left."""
    left, nodes = set(sources), []
    for frame, states in _FRAMES.items():
        if left.issuperset(states):
            nodes.append(frame)
            left.difference_update(states)
    return nodes + [state for state in sources if state in left]
