"""What the worst bodies cost before anybody is signed in, beside plain ones of the same size in the
same run.
"""

from time import perf_counter

from tests.bench.figures import Figure
from tests.bench.installation import Measured
from tests.factories.hostile_bodies import HOSTILE_FORMS, HOSTILE_JSON, plain_form, plain_json
from tests.installation.http import Connection

SIZES = (100_000, 1_000_000)
ROUNDS = 9
GOAL = "< 3"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


async def measure_hostile(running: Measured) -> list[Figure]:
    """Return, for each door and size, the ratio of the dearest body to a plain one, with its
    name.
    """
    group = (
        f"{running.name}: the dearest of {len(HOSTILE_JSON) + len(HOSTILE_FORMS)} hostile bodies"
    )
    figures: list[Figure] = []
    for size in SIZES:
        json_bodies = {name: make(size) for name, make in HOSTILE_JSON.items()}
        form_bodies = {name: make(size) for name, make in HOSTILE_FORMS.items()}
        for base, path, kind, bodies, plain in (
            (running.intake, "/api/forms/tasse/requests", JSON, json_bodies, plain_json(size)),
            (running.portal, "/api/session", JSON, json_bodies, plain_json(size)),
            (running.intake, "/forms/tasse", FORM, form_bodies, plain_form(size)),
        ):
            name, ratio, milliseconds = await _dearest(base, path, kind, bodies, plain)
            label = f"{path}, {size // 1000} kB"
            figures.append(
                Figure(group, f"{label}: {name}, times a plain one", ratio, "x", goal=GOAL)
            )
            figures.append(Figure(group, f"{label}: a plain one", milliseconds, "ms"))
    return figures


async def _dearest(
    base: str, path: str, kind: str, bodies: dict[str, bytes], plain: bytes
) -> tuple[str, float, float]:
    taken: dict[str, list[float]] = {name: [] for name in bodies}
    plainly: list[float] = []
    for _ in range(ROUNDS):
        # In turn, so that whatever else the machine does meets all of them.
        for name, body in bodies.items():
            plainly.append(await _seconds(base, path, kind, plain))
            taken[name].append(await _seconds(base, path, kind, body))
    worst = max(taken, key=lambda name: min(taken[name]))
    # The least is what it costs; whatever is above it came from elsewhere.
    usual = min(plainly)
    return worst, min(taken[worst]) / usual, usual * 1000


async def _seconds(base: str, path: str, kind: str, body: bytes) -> float:
    async with Connection(base) as connection:
        head = (
            f"POST {path} HTTP/1.1\r\n{connection.head}Content-Type: {kind}\r\nContent-Length: "
            f"{len(body)}\r\n\r\n"
        )
        begun = perf_counter()
        await connection.send(head.encode() + body)
        return perf_counter() - begun
