"""What reading costs with few and with many tickets in the portal, of which as many have not ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
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
class Cost:
    """Seconds of each read, and the seconds of a processor that one took in the portal and its database, whatever else ran beside."""

    seconds: list[float]
    processor: float


async def measure_reading(running: Measured) -> list[Figure]:
    """Fill the portal's database of `running` with FEW, then MANY tickets, and return what reading cost each time, side by side."""
    desk = read_desk(EXAMPLE_DESK).desk
    if desk is None:
        raise RuntimeError("the example desk has mistakes")
    population = Population(desk, now=datetime.now(UTC))
    begun = perf_counter()
    first = await fill(running.portal_database, population.active(ACTIVE, days=60))
    ended = await fill(running.portal_database, population.ended(FEW - ACTIVE, days=100))
    few_loaded_in = perf_counter() - begun
    few = await _read_all(running)
    begun = perf_counter()
    more = await fill(running.portal_database, population.ended(MANY - FEW, days=1000))
    more_loaded_in = perf_counter() - begun
    many = await _read_all(running)
    group = f"{running.name}: reading with {MANY:,} tickets, beside it with {FEW:,}"
    rows = {table: first[table] + ended[table] for table in first}
    return [
        *(Figure(group, f"{table} in the database", count + more[table], "", fewer=count) for table, count in rows.items()),
        Figure(group, f"making and loading these; {MANY - FEW:,} more", more_loaded_in, "s", fewer=few_loaded_in),
        *(figure for name, cost in many.items() for figure in _beside(group, name, cost, few[name])),
    ]


def _beside(group: str, name: str, many: Cost, few: Cost) -> list[Figure]:
    def at(share: int, cost: Cost) -> float:
        return percentile(cost.seconds, share / 100) * 1000

    goal = TICKET_GOAL if name.startswith("ticket") else LIST_GOAL
    return [
        Figure(group, f"{name} p50", at(50, many), "ms", fewer=at(50, few)),
        Figure(group, f"{name} p95", at(95, many), "ms", fewer=at(95, few), goal=goal),
        Figure(group, f"{name} processor", many.processor * 1000, "ms", fewer=few.processor * 1000),
    ]


async def _read_all(running: Measured) -> dict[str, Cost]:
    """Return what each kind of read cost, for each of OPERATORS."""
    found: dict[str, Cost] = {}
    for operator in OPERATORS:
        async with Connection(running.portal, token=await sign_in(running.portal, operator)) as connection:
            for name, paths in (await _readings(running, connection)).items():
                await _read(connection, paths, WARM_UP)
                used = running.processor_seconds_of_reading()
                seconds = await _read(connection, paths, READS)
                found[f"{name}, {operator}"] = Cost(seconds, (running.processor_seconds_of_reading() - used) / READS)
    return found


async def _read(connection: Connection, paths: Sequence[str], count: int) -> list[float]:
    seconds = []
    for path in islice(cycle(paths), count):
        begun = perf_counter()
        answer = await connection.get(path)
        seconds.append(perf_counter() - begun)
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {answer.body[:300]!r}")
    return seconds


async def _readings(running: Measured, connection: Connection) -> dict[str, Sequence[str]]:
    """Return what is read: a name, and the addresses that are read in turn."""
    queue = "/api/tickets?queue=studenti"
    second = (await connection.get(queue)).json()["next"]
    numbers = await running.some_numbers("studenti", READS)
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
        "merged (none is)": f"{queue}&state=merged",
        "mine": f"{queue}&owner=me",
        "mine and open": "/api/tickets?owner=me&state=open",
        "somebody's who has none here": f"{queue}&owner=nadia.serra",
        "changed last": f"{queue}&sort=-updated_at",
        "longest untouched": f"{queue}&sort=updated_at",
        "most urgent": f"{queue}&sort=-priority",
        "oldest first, three levels": "/api/tickets?queue=ict&sort=created_at",
        "words that many have": "/api/tickets?q=rata+non+registrata",
        "words that one has": f"/api/tickets?q={await running.some_word()}",
        "words that none has": "/api/tickets?q=dromedario",
        "a number": f"/api/tickets?q={numbers[0]}",
        "my requests": "/api/my/requests",
    }
    return {
        **{name: [path] for name, path in lists.items()},
        "ticket by API": [f"/api/tickets/{number}" for number in numbers],
        "ticket page": [f"/manage/tickets/{number}" for number in numbers],
    }
