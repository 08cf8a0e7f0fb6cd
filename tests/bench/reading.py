"""What reading costs with few and with many tickets in the portal, of which as many have not ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import quote

from services.routing.desk_file.load import read_desk
from tests.bench.figures import Figure, percentile
from tests.bench.filling import fill
from tests.bench.installation import Measured
from tests.bench.population import Population
from tests.installation.http import Connection, sign_in
from tests.installation.start import EXAMPLE_DESK

FEW, MANY = 10_000, 100_000
ACTIVE = 3_000
WARM_UP = 15
"""Reads of each kind that are not counted: connections have their statements, and PostgreSQL has chosen whether to plan each time anew."""
READS = 150

LIST_GOAL, TICKET_GOAL = "< 50", "< 100"
OPERATORS = ("luisa.villa", "anna.ferri")


@dataclass(frozen=True, slots=True)
class Reading:
    """One kind of read; `paths` are read in turn."""

    name: str
    paths: Sequence[str]
    goal: str


Seconds = Mapping[str, list[float]]
"""What was read, by whom -> seconds of each read."""


async def measure_reading(running: Measured) -> list[Figure]:
    """Fill the portal's database of `running` with FEW, then MANY tickets, and return what reading cost each time, side by side."""
    desk = read_desk(EXAMPLE_DESK).desk
    if desk is None:
        raise RuntimeError("the example desk has mistakes")
    population = Population(desk, now=datetime.now(UTC))
    begun = perf_counter()
    written = [await fill(running.portal_database, population.active(ACTIVE, days=60))]
    written.append(await fill(running.portal_database, population.ended(FEW - ACTIVE, days=100)))
    few = await _read_all(running)
    middle = perf_counter()
    written.append(await fill(running.portal_database, population.ended(MANY - FEW, days=1000)))
    filled = perf_counter() - middle
    many = await _read_all(running)
    group = f"{running.name}: reading with {MANY:,} tickets, beside it with {FEW:,}"
    figures = [
        Figure(group, f"{table} in the database", sum(part[table] for part in written), "", fewer=sum(part[table] for part in written[:2]))
        for table in written[0]
    ]
    figures.append(Figure(group, f"time to make and load the last {MANY - FEW:,}", filled, "s", fewer=middle - begun))
    goals = {reading.name: reading.goal for reading in await _readings(running, "")}
    for name, seconds in many.items():
        figures += [
            Figure(
                group,
                f"{name} p{share}",
                percentile(seconds, share / 100) * 1000,
                "ms",
                goal=goals[name.rpartition(", ")[0]] if share == 95 else "",
                fewer=percentile(few[name], share / 100) * 1000,
            )
            for share in (50, 95)
        ]
    return figures


async def _read_all(running: Measured) -> Seconds:
    found: dict[str, list[float]] = {}
    for operator in OPERATORS:
        async with Connection(running.portal, token=await sign_in(running.portal, operator)) as connection:
            second = (await connection.get("/api/tickets?queue=studenti")).json()["next"]
            for reading in await _readings(running, second):
                seconds = found[f"{reading.name}, {operator}"] = []
                for turn in range(WARM_UP + READS):
                    path = reading.paths[turn % len(reading.paths)]
                    begun = perf_counter()
                    answer = await connection.get(path)
                    if turn >= WARM_UP:
                        seconds.append(perf_counter() - begun)
                    if answer.status != 200:
                        raise RuntimeError(f"{path} was answered {answer.status}: {answer.body[:300]!r}")
    return found


async def _readings(running: Measured, second: str) -> list[Reading]:
    """Return what is read; `second` is the cursor of the second page of the queue."""
    numbers = await running.some_numbers("studenti", WARM_UP + READS)
    queue = "/api/tickets?queue=studenti"
    lists = {
        "GET /api/queues": "/api/queues",
        "GET /manage": "/manage",
        "GET /manage/queues/studenti": "/manage/queues/studenti",
        "list": "/api/tickets",
        "list of studenti": queue,
        "second page": f"{queue}&cursor={quote(second)}",
        "new, oldest first": f"{queue}&state=new&sort=created_at",
        "open": f"{queue}&state=open",
        "closed unsuccessfully": f"{queue}&state=closed_unsuccessful",
        "mine": f"{queue}&owner=me",
        "mine and open": "/api/tickets?owner=me&state=open",
        "changed last": f"{queue}&sort=-updated_at",
        "longest untouched": f"{queue}&sort=updated_at",
        "most urgent": f"{queue}&sort=-priority",
        "oldest first, third level": "/api/tickets?queue=ict&sort=created_at",
        "words that many have": "/api/tickets?q=rata+non+registrata",
        "words that one has": f"/api/tickets?q={await running.some_word()}",
        "words that none has": "/api/tickets?q=dromedario",
        "a number": f"/api/tickets?q={numbers[0]}",
    }
    return [
        *(Reading(name, [path], LIST_GOAL) for name, path in lists.items()),
        Reading("ticket by API", [f"/api/tickets/{number}" for number in numbers], TICKET_GOAL),
        Reading("ticket page", [f"/manage/tickets/{number}" for number in numbers], TICKET_GOAL),
        Reading("my requests", ["/api/my/requests"], LIST_GOAL),
    ]
