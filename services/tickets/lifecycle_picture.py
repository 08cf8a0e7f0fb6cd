"""Pictures of the lifecycle, made from its table: Mermaid text, and an SVG that needs no other program.

States that share triggers stand in a frame; an arrow from a frame holds for all that is in it.
"""

from math import hypot
from textwrap import wrap
from xml.sax.saxutils import escape

from services.tickets.domain.lifecycle import CLOSED, LIVE, STATES, TABLE, WORKED
from shared.contracts.events.ticket_state import State

_FRAMES: dict[str, tuple[State, ...]] = {
    "live": LIVE,
    "worked": WORKED,
    "closed": CLOSED,
}
"""Largest first: a row is drawn from the largest frame that it covers."""

# Middle of each box, and corners of each frame, in pixels: the way of a ticket reads from left to right.
_BOXES: dict[str, tuple[int, int]] = {
    "new": (130, 300),
    "open": (475, 300),
    "waiting_requester": (860, 150),
    "waiting_children": (860, 400),
    "postponed": (860, 560),
    "closed_successful": (1340, 170),
    "closed_unsuccessful": (1340, 480),
    "returned": (450, 770),
    "withdrawn": (140, 770),
    "merged": (860, 770),
}
_CORNERS: dict[str, tuple[int, int, int, int]] = {
    "live": (8, 12, 1015, 645),
    "worked": (345, 65, 1000, 630),
    "closed": (1200, 65, 1480, 630),
}
_WIDTH, _HEIGHT = 1500, 830
_BOX_WIDTH, _LINE = 220, 13

_STYLE = """
  text { font-family: sans-serif; fill: #17324d; }
  .name { font-size: 15px; font-weight: bold; text-anchor: middle; }
  .stays { font-size: 10.5px; text-anchor: middle; fill: #455a6e; }
  .common { font-size: 11px; fill: #455a6e; }
  .label { font-size: 11px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .box { fill: #eaf2fb; stroke: #0066cc; stroke-width: 1.5; }
  .frame { fill: none; stroke: #8aa4bd; stroke-dasharray: 5 4; }
  .arrow { fill: none; stroke: #5c6f82; stroke-width: 1.3; marker-end: url(#head); }
""".strip("\n")

_ARROW_HEAD = """
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 L10 5 L0 10 z" fill="#5c6f82"/></marker></defs>
""".strip()

Arrows = dict[tuple[str, str], list[str]]


def draw_mermaid() -> str:
    """Return the machine as a Mermaid state diagram; triggers that keep the state stand in a note."""
    arrows, stays = _drawn()
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [
        "    state live {",
        "        new",
        "        state worked {",
        *(f"            {state}" for state in WORKED),
        "        }",
        "    }",
    ]
    lines += [
        "    state closed {",
        *(f"        {state}" for state in CLOSED),
        "    }",
        "    [*] --> new: created",
    ]
    lines += [f"    {source} --> {target}: {', '.join(labels)}" for (source, target), labels in arrows.items()]
    for node, triggers in stays.items():
        if triggers:
            lines += [
                f"    note right of {node}",
                *(f"        {line}" for line in _stays_lines(triggers, 60)),
                "    end note",
            ]
    return "\n".join(lines) + "\n"


def draw_svg() -> str:
    """Return the machine as an SVG document."""
    arrows, stays = _drawn()
    curves = [_curve(source, target, labels, stays) for (source, target), labels in arrows.items()]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            "<title>The life of a ticket</title>",
            f"<style>\n{_STYLE}\n</style>",
            _ARROW_HEAD,
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *(_frame(frame, stays[frame]) for frame in _FRAMES),
            *(path for path, _ in curves),
            *(_box(state, stays[state]) for state in STATES),
            # Words last, so that no line runs over them.
            *(words for _, words in curves),
            "</svg>\n",
        ]
    )


def _drawn() -> tuple[Arrows, dict[str, list[str]]]:
    """Return the arrows with their words, and by frame or state the triggers that keep the state.

    The ways back from a merge are drawn as one.
    """
    arrows: Arrows = {}
    stays: dict[str, list[str]] = {node: [] for node in (*_FRAMES, *STATES)}
    for row in TABLE:
        label = f"{row.trigger} [{row.guard.name}]" if row.guard else row.trigger
        for source in _covering(row.sources):
            if row.target is None:
                stays[source].append(row.trigger)
            else:
                arrows.setdefault((source, row.target), []).append(label)
    for state in LIVE:
        del arrows["merged", state]
    arrows["merged", "live"] = ["undo [as before]"]
    return arrows, stays


def _covering(sources: tuple[State, ...]) -> list[str]:
    """Return the frames that lie wholly within `sources`, and the states that are left."""
    left, nodes = set(sources), []
    for frame, states in _FRAMES.items():
        if left.issuperset(states):
            nodes.append(frame)
            left.difference_update(states)
    return nodes + [state for state in sources if state in left]


def _stays_lines(triggers: list[str], characters: int) -> list[str]:
    return wrap("stays: " + ", ".join(triggers), characters) if triggers else []


def _frame(name: str, stays: list[str]) -> str:
    left, top, right, bottom = _CORNERS[name]
    rows = [f'<rect class="frame" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" rx="12"/>']
    rows.append(f'<text class="common" x="{left + 14}" y="{top + 20}">{name}</text>')
    for n, line in enumerate(_stays_lines(stays, (right - left) // 6), start=1):
        rows.append(f'<text class="common" x="{left + 14}" y="{top + 20 + _LINE * n}">{escape(line)}</text>')
    return "\n".join(rows)


def _box(state: State, stays: list[str]) -> str:
    left, top, right, bottom = _corners(state, stays)
    middle = (left + right) / 2
    rows = [
        f'<rect class="box" x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" rx="8"/>',
        f'<text class="name" x="{middle:g}" y="{top + 19:g}">{state}</text>',
    ]
    for n, line in enumerate(_stays_lines(stays, 38)):
        rows.append(f'<text class="stays" x="{middle:g}" y="{top + 34 + _LINE * n:g}">{escape(line)}</text>')
    return "\n".join(rows)


def _corners(node: str, stays: list[str]) -> tuple[float, float, float, float]:
    if node in _CORNERS:
        return _CORNERS[node]
    x, y = _BOXES[node]
    half = (30 + _LINE * len(_stays_lines(stays, 38))) / 2
    return x - _BOX_WIDTH / 2, y - half, x + _BOX_WIDTH / 2, y + half


def _curve(source: str, target: str, labels: list[str], stays: dict[str, list[str]]) -> tuple[str, str]:
    """Return the arrow and its words. The arrow bends to its own right, so that there and back do not meet."""
    start_box, end_box = (
        _corners(source, stays[source]),
        _corners(target, stays[target]),
    )
    (x1, y1), (x2, y2) = _facing(start_box, end_box), _facing(end_box, start_box)
    length = hypot(x2 - x1, y2 - y1)
    bend = 16 + length / 12
    bent = (
        (x1 + x2) / 2 - (y2 - y1) / length * bend,
        (y1 + y2) / 2 + (x2 - x1) / length * bend,
    )
    start_x, start_y = _edge(start_box, (x1, y1), bent)
    end_x, end_y = _edge(end_box, (x2, y2), bent)
    path = f'<path class="arrow" d="M{start_x:.0f} {start_y:.0f} Q{bent[0]:.0f} {bent[1]:.0f} {end_x:.0f} {end_y:.0f}"/>'
    middle_x, middle_y = (
        (start_x + 2 * bent[0] + end_x) / 4,
        (start_y + 2 * bent[1] + end_y) / 4,
    )
    first = middle_y - _LINE * (len(labels) - 1) / 2 + 4
    is_steep = abs(x2 - x1) < abs(y2 - y1) / 4
    anchor = "middle" if not is_steep else "start" if bent[0] > x1 else "end"
    words = [
        f'<text class="label" text-anchor="{anchor}" x="{middle_x:.0f}" y="{first + _LINE * n:.0f}">{escape(label)}</text>'
        for n, label in enumerate(labels)
    ]
    return path, "\n".join(words)


def _facing(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return the point inside `box`, on its middle lines, that is nearest to the middle of `other`."""
    left, top, right, bottom = box
    other_x, other_y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    if right - left <= _BOX_WIDTH:
        return (left + right) / 2, (top + bottom) / 2
    return min(max(other_x, left + 40), right - 40), min(max(other_y, top + 40), bottom - 40)


def _edge(
    box: tuple[float, float, float, float],
    inside: tuple[float, float],
    towards: tuple[float, float],
) -> tuple[float, float]:
    """Return where the line from `inside` the box to `towards` leaves it."""
    left, top, right, bottom = box
    dx, dy = towards[0] - inside[0], towards[1] - inside[1]
    scale_x = ((right if dx > 0 else left) - inside[0]) / dx if dx else float("inf")
    scale_y = ((bottom if dy > 0 else top) - inside[1]) / dy if dy else float("inf")
    scale = min(scale_x, scale_y)
    return inside[0] + dx * scale, inside[1] + dy * scale
