"""Load on a running installation, and what it did with it."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from shared.core.ids import derived_id
from tests.bench.installation import Measured
from tests.bench.seeing import Seeing
from tests.installation.http import Connection, sign_in
from tests.installation.people import tasse_request

CONNECTIONS = 48
MOST_OUTSTANDING = 1500
"""Accepted and not yet visible: above this the generator waits, so that what is measured can be
sustained.
"""


def request_body(word: str) -> dict[str, Any]:
    """Return a plausible request of the form `tasse`; `word` makes it findable."""
    return tasse_request(f"Rata non registrata {word}", email=f"{word[:12]}@studenti.example.edu")


WATCH_SECONDS = 0.5
"""Between two looks at what is visible, each of which costs the portal's database some time."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """`visible_per_second` over the time of the load; `missing` and `doubled` must be 0."""

    accepted_per_second: float
    visible_per_second: float
    drained_in: float
    mails_by_then: int
    accepted: int
    missing: int
    doubled: int
    processor_share: dict[str, float]


async def sustain(running: Measured, *, seconds: float) -> Throughput:
    """Send requests for `seconds`, never more than MOST_OUTSTANDING ahead of the portal; then check
    that each is there exactly once.
    """
    before = await running.count_visible()
    known_before = {found for found, _ in await running.visible()}
    accepted: list[UUID] = []
    go = asyncio.Event()
    go.set()
    begun = perf_counter()
    end = begun + seconds

    async def send() -> None:
        async with Connection(running.intake) as connection:
            while perf_counter() < end:
                await go.wait()
                answer = await connection.post(
                    "/api/forms/tasse/requests", request_body(uuid4().hex)
                )
                if answer.status != 202:
                    raise RuntimeError(
                        f"a request was answered {answer.status}: {answer.body[:300]!r}"
                    )
                accepted.append(UUID(answer.json()["request_id"]))

    async def watch() -> None:
        while perf_counter() < end:
            await asyncio.sleep(WATCH_SECONDS)
            visible = await running.count_visible() - before
            if len(accepted) - visible > MOST_OUTSTANDING:
                go.clear()
            else:
                go.set()
        go.set()

    used = running.processor_seconds()
    await asyncio.gather(watch(), *(send() for _ in range(CONNECTIONS)))
    visible_at_end = await running.count_visible() - before
    took = perf_counter() - begun
    used = {name: total - used[name] for name, total in running.processor_seconds().items()}
    drained = await _drain(running, before + len(accepted))
    rows = [row for row in await running.visible() if row[0] not in known_before]
    wanted = {derived_id("ticket", request_id) for request_id in accepted}
    found = {ticket for ticket, _ in rows}
    return Throughput(
        accepted_per_second=len(accepted) / took,
        visible_per_second=visible_at_end / took,
        drained_in=drained,
        mails_by_then=await running.count_mails_sent(),
        accepted=len(accepted),
        missing=len(wanted - found),
        doubled=len(rows)
        - len(found)
        + len(found - wanted)
        + len(rows)
        - len({number for _, number in rows}),
        processor_share={name: share / took for name, share in used.items()},
    )


async def _drain(running: Measured, wanted: int) -> float:
    begun = perf_counter()
    while await running.count_visible() < wanted and perf_counter() - begun < 120:
        await asyncio.sleep(0.1)
    return perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds, one value a request."""

    accepted: list[float]
    visible: list[float]
    take: list[float]


async def unloaded(running: Measured, *, rate: float, seconds: float) -> Latencies:
    """Offer `rate` requests/s; time POST accepted, POST to visible in its queue in the portal, and
    taking it.

    Nobody asks the portal whether a ticket is there: one reader of its table tells all who wait.
    """
    token = await sign_in(running.portal, "luisa.villa")
    found = Latencies([], [], [])
    idle: asyncio.Queue[tuple[Connection, Connection]] = asyncio.Queue()
    for _ in range(24):
        idle.put_nowait((Connection(running.intake), Connection(running.portal, token=token)))

    async def one(seeing: Seeing) -> None:
        intake, portal = await idle.get()
        begun = perf_counter()
        answer = await intake.post("/api/forms/tasse/requests", request_body(uuid4().hex))
        if answer.status != 202:
            raise RuntimeError(f"a request was answered {answer.status}: {answer.body[:300]!r}")
        found.accepted.append(perf_counter() - begun)
        number = await seeing.number_of(derived_id("ticket", UUID(answer.json()["request_id"])))
        found.visible.append(perf_counter() - begun)
        begun = perf_counter()
        answer = await portal.post(f"/api/tickets/{number}/take", {})
        if answer.status != 200:
            raise RuntimeError(f"take was answered {answer.status}: {answer.body[:300]!r}")
        found.take.append(perf_counter() - begun)
        idle.put_nowait((intake, portal))

    begun = perf_counter()
    async with Seeing(running.portal_database) as seeing, asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - perf_counter()))
            group.create_task(one(seeing))
    return found
