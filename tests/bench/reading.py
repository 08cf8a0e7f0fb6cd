"""What reading costs with few and with many tickets in the portal, of which as many have not
ended.
"""

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
"""Reads of each kind that are not counted: connections have their statements, and PostgreSQL has
chosen whether to plan each time anew.
"""
READS = 150

LIST_GOAL, TICKET_GOAL = "< 50", "< 100"
OPERATORS = ("luisa.villa", "anna.ferri")
SEARCHERS = ("luisa.villa", "anna.ferri", "elena.sala", "nadia.serra", "oreste.bruni")
"""Of all queues, of the largest, of a third, and of small ones, where what many tickets have
elsewhere is in few or none.
"""
REQUESTER = "giulia.neri"
WORDS = "words"
SQLITE_WORDS_GOAL = "< 100"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of each read, and the seconds of a processor that one took in the portal and its
    database, whatever else ran beside.
    """

    seconds: list[float]
    processor: float


async def measure_reading(running: Measured) -> list[Figure]:
    """Fill the portal's database of `running` with FEW, then MANY tickets, and return what reading
    cost each time, side by side.
    """
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
    is_sqlite = running.portal_database.startswith("sqlite")
    rows = {table: first[table] + ended[table] for table in first}
    return [
        *(
            Figure(group, f"{table} in the database", count + more[table], "", fewer=count)
            for table, count in rows.items()
        ),
        Figure(
            group,
            f"making and loading these; {MANY - FEW:,} more",
            more_loaded_in,
            "s",
            fewer=few_loaded_in,
        ),
        *(
            figure
            for name, cost in many.items()
            for figure in _beside(group, name, cost, few[name], is_sqlite=is_sqlite)
        ),
    ]


def _beside(group: str, name: str, many: Cost, few: Cost, *, is_sqlite: bool) -> list[Figure]:
    def at(share: int, cost: Cost) -> float:
        return percentile(cost.seconds, share / 100) * 1000

    goal = (
        TICKET_GOAL
        if name.startswith("ticket")
        else SQLITE_WORDS_GOAL
        if name.startswith(WORDS) and is_sqlite
        else LIST_GOAL
    )
    return [
        Figure(group, f"{name} p50", at(50, many), "ms", fewer=at(50, few)),
        Figure(group, f"{name} p95", at(95, many), "ms", fewer=at(95, few), goal=goal),
        Figure(group, f"{name} processor", many.processor * 1000, "ms", fewer=few.processor * 1000),
    ]


async def _read_all(running: Measured) -> dict[str, Cost]:
    """Return what each kind of read cost, for each of OPERATORS."""
    found: dict[str, Cost] = {}
    for operator in OPERATORS:
        async with Connection(
            running.portal, token=await sign_in(running.portal, operator)
        ) as connection:
            for name, paths in (await _readings(running, connection)).items():
                found[f"{name}, {operator}"] = await _cost(running, connection, paths)
    searches = await _searches(running)
    for searcher in SEARCHERS:
        async with Connection(
            running.portal, token=await sign_in(running.portal, searcher)
        ) as connection:
            for kind, words in searches.items():
                paths = [f"/api/tickets?q={quote(each)}&limit=25" for each in words]
                found[f"{WORDS} {kind}, {searcher}"] = await _cost(running, connection, paths)
    async with Connection(
        running.portal, token=await sign_in(running.portal, REQUESTER)
    ) as connection:
        paths = [
            f"/api/my/requests?q={quote(each)}" for words in searches.values() for each in words
        ]
        found[f"{WORDS} in own requests, {REQUESTER}"] = await _cost(running, connection, paths)
    return found


async def _cost(running: Measured, connection: Connection, paths: Sequence[str]) -> Cost:
    await _read(connection, paths, WARM_UP)
    used = running.processor_seconds_of_reading()
    seconds = await _read(connection, paths, READS)
    return Cost(seconds, (running.processor_seconds_of_reading() - used) / READS)


async def _searches(running: Measured) -> dict[str, Sequence[str]]:
    """Return what is searched for: how many tickets have the words, and the words, which are
    searched for in turn.
    """
    (number,) = await running.some_numbers("studenti", 1)
    return {
        "that many have": (
            "rata non registrata",
            "rata",
            "certificato esami",
            "di",
            "studente rossi",
            "l'ufficio",
        ),
        "that some have": (
            "proiettore",
            "portogallo",
            "prestito rinnovare",
            "studente.7",
            number[:10],
        ),
        "that one has": (
            await running.some_word(),
            f"[Ticket#{number}]",
            "studente.4321@studenti.example.edu",
        ),
        "that none has": (
            "dromedario",
            "rata dromedario",
            "proiettore portogallo",
            "il certificato del dromedario non si apre",
        ),
    }


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
        "a number": f"/api/tickets?q={numbers[0]}",
        "my requests": "/api/my/requests",
    }
    return {
        **{name: [path] for name, path in lists.items()},
        "ticket by API": [f"/api/tickets/{number}" for number in numbers],
        "ticket page": [f"/manage/tickets/{number}" for number in numbers],
    }
