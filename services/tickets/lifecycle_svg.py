"""The lifecycle as an SVG that needs no other program: boxes at fixed places, bent arrows."""

from html import escape
from math import hypot

from services.tickets.lifecycle_arrows import draw_arrows

# The middle of each state's box; of a frame, the point on its edge where its arrows begin and end.
_POINTS = {
    "new": (140, 260), "open": (440, 260), "waiting_requester": (690, 150),
    "waiting_children": (850, 290), "postponed": (690, 430), "returned": (290, 650),
    "withdrawn": (700, 650), "merged": (1080, 650), "closed_successful": (1390, 200),
    "closed_unsuccessful": (1390, 360), "live": (840, 500), "worked": (960, 330),
    "closed": (1270, 100),
}  # fmt: skip
_FRAMES = {
    "live": (20, 20, 960, 480),
    "worked": (330, 50, 630, 420),
    "closed": (1270, 80, 240, 340),
}
_STYLE = """text { font: 11px sans-serif; fill: #17324d }
.name { font-size: 15px; font-weight: bold; text-anchor: middle }
.label { text-anchor: middle; paint-order: stroke; stroke: #fff; stroke-width: 4px }
.box { fill: #eaf2fb; stroke: #06c } .frame { fill: none; stroke: #8aa4bd; stroke-dasharray: 5 4 }
.arrow { fill: none; stroke: #5c6f82; marker-mid: url(#head) }"""
_HEAD = """<marker id="head" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="9" markerHeight="9"
orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#5c6f82"/></marker>"""


def draw_svg() -> str:
    """Return the machine as an SVG document; triggers that keep the state stand below it."""
    arrows, stays = draw_arrows()
    parts = [f"<title>The life of a ticket</title><style>{_STYLE}</style><defs>{_HEAD}</defs>"]
    for name, (x, y, width, height) in _FRAMES.items():
        parts.append(f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}"/>')
        parts.append(f'<text x="{x + 14}" y="{y + 18}">{name}</text>')
    words = []
    for (source, target), labels in arrows.items():
        x1, y1, x2, y2 = *_POINTS[source], *_POINTS[target]
        # The arrow bends to its own right, so that the ways there and back differ.
        bend = 1 / 14 + 16 / hypot(x2 - x1, y2 - y1)
        x, y = round((x1 + x2) / 2 - (y2 - y1) * bend), round((y1 + y2) / 2 + (x2 - x1) * bend)
        parts.append(f'<path class="arrow" d="M{x1} {y1} L{x} {y} L{x2} {y2}"/>')
        words += [
            f'<text class="label" x="{x}" y="{y - 8 - 13 * n}">{escape(label)}</text>'
            for n, label in enumerate(reversed(labels))
        ]
    for name in (each for each in _POINTS if each not in _FRAMES):
        x, y = _POINTS[name]
        parts.append(f'<rect class="box" x="{x - 90}" y="{y - 17}" width="180" height="34"/>')
        parts.append(f'<text class="name" x="{x}" y="{y + 5}">{name}</text>')
    for n, (node, triggers) in enumerate(stays.items()):
        words.append(f'<text x="20" y="{720 + 16 * n}">{node} stays: {", ".join(triggers)}</text>')
    size = 'viewBox="0 0 1530 900" style="background: #fff"'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
    return "\n".join([opened, *parts, *words, "</svg>\n"])
