"""What tickets does in several steps, while both of its processes are killed between any two of
them.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.checker import complaints_about
from tests.faults.crowd import Caller, Crowd
from tests.faults.facts import Promised, read_facts
from tests.faults.families_checked import each_merge_is_whole
from tests.faults.story import MOBILITA
from tests.fixtures.system import Town
from tests.installation.databases import Row
from tests.installation.installation import Installation
from tests.installation.people import Json, People
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(500)

RUNS = 5
PAIRS = 8
POSTPONED = 12
POSTPONED_NAMES = "tickets.ticket.postponed.v1", "tickets.ticket.due.v1"


@pytest.fixture
async def people(distributed_town: Town) -> AsyncIterator[People]:
    async with People(distributed_town.installation) as people:
        yield people


@pytest.fixture
def seed() -> str:
    seed = str(secrets.randbelow(1_000_000))
    print("seed", seed)
    return seed


async def test_a_recipe_runs_to_its_end_and_neither_skips_nor_repeats_a_step(
    distributed_town: Town, people: People, seed: str
) -> None:
    installation = distributed_town.installation
    parents = [await people.new_ticket("", body=MOBILITA, form="mobilita") for _ in range(RUNS)]

    async with Crowd(installation, parents, seed=seed) as crowd:
        nadia, carla, dario, gaia = [
            await crowd.let_in(who, Caller)
            for who in ("nadia.serra", "carla.monti", "dario.riva", "gaia.leoni")
        ]
        async with killed_again_and_again(installation, random.Random(seed)):
            for number in parents:
                await give(nadia, "take", number)
            are_done = asyncio.create_task(all_are_done(nadia, parents))
            await asyncio.gather(
                are_done, *(do_steps(one, parents, are_done) for one in (carla, dario, gaia))
            )
        for number in parents:
            await give(nadia, "close", number, outcome="successful", answer=nadia.words("chiusa"))

    assert crowd.wrong == []
    assert await complaints_about(distributed_town, Promised()) == []
    rows = await installation.databases.rows(
        "tickets", f"select number, state, run from tickets where number in ({listed(parents)})"
    )
    assert [row["state"] for row in rows] == ["closed_successful"] * RUNS
    children = await installation.databases.rows(
        "tickets", f"select parent, state from tickets where parent in ({listed(parents)})"
    )
    assert sorted((row["parent"], row["state"]) for row in children) == [
        (number, "closed_successful") for number in sorted(parents) for _ in range(3)
    ]


async def test_a_merge_that_is_interrupted_is_whole_or_never_was(
    distributed_town: Town, people: People, seed: str
) -> None:
    installation = distributed_town.installation
    pairs = [
        (await people.new_ticket(f"Da unire {n}"), await people.new_ticket(f"Che resta {n}"))
        for n in range(PAIRS)
    ]
    halves: list[str] = []
    chance = random.Random(seed)

    async def look() -> None:
        halves.extend(each_merge_is_whole(await read_facts(installation.databases)))

    async def merge_and_split(crowd: Crowd, ticket: str, into: str, *, is_split: bool) -> str:
        anna = await crowd.let_in("anna.ferri", Caller)
        await asyncio.sleep(chance.random())
        merged = await give(anna, "merge", ticket, into=into)
        if is_split:
            return str((await give(anna, "undo", ticket, version=merged["version"]))["state"])
        return str(merged["state"])

    numbers = [number for pair in pairs for number in pair]
    async with (
        Crowd(installation, numbers, seed=seed) as crowd,
        killed_again_and_again(installation, chance, when_dead=look),
    ):
        doing = [
            merge_and_split(crowd, *pair, is_split=place % 2 == 0)
            for place, pair in enumerate(pairs)
        ]
        states = await asyncio.gather(*doing)

    assert (crowd.wrong, halves) == ([], [])
    assert states == ["new", "merged"] * (PAIRS // 2)
    assert await complaints_about(distributed_town, Promised()) == []


async def test_tickets_that_became_due_in_a_night_without_tickets_come_back_once(
    distributed_town: Town, people: People
) -> None:
    installation = distributed_town.installation
    anna = await people.sign_in("anna.ferri")
    numbers = [await people.new_ticket(f"Per domani {n}") for n in range(POSTPONED)]
    for number in numbers:
        await anna.do(f"/api/tickets/{number}/take")
        await anna.do(
            f"/api/tickets/{number}/postpone",
            {"until": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        )
    assert await complaints_about(distributed_town, Promised()) == []

    await asyncio.to_thread(kill_tickets, installation)
    await put_into_the_past(installation, numbers)
    await asyncio.to_thread(start_tickets, installation)

    async def are_open() -> bool:
        return {(await anna.read(f"/api/tickets/{number}"))["state"] for number in numbers} == {
            "open"
        }

    assert await eventually(are_open, what="all are open again")
    assert await complaints_about(distributed_town, Promised()) == []
    names = ", ".join(f"'{name}'" for name in POSTPONED_NAMES)
    told = await installation.databases.rows(
        "tickets",
        (
            f"select number, event from history join tickets on id = ticket_id where event in "
            f"({names}) and number in ({listed(numbers)})"
        ),
    )
    assert sorted((row["number"], row["event"]) for row in told) == sorted(
        (n, name) for n in numbers for name in POSTPONED_NAMES
    )


async def give(caller: Caller, action: str, number: str, **body: object) -> Json:
    """Give a command until it is answered, which must be a success; return the JSON."""
    answer = await caller.give(f"/api/tickets/{number}/{action}", action, number, body, None)
    assert answer.status < 300, (action, number, answer.status, answer.body)
    told: Json = answer.json()
    return told


async def all_are_done(nadia: Caller, parents: list[str]) -> bool:
    async def look() -> bool:
        tickets = [(await nadia.insist(f"/api/tickets/{number}")).json() for number in parents]
        return all(ticket["state"] == "open" and len(ticket["children"]) == 3 for ticket in tickets)

    return await eventually(look, what="every recipe is done", seconds=240, every=0.5)


async def do_steps(caller: Caller, parents: list[str], are_done: asyncio.Task[bool]) -> None:
    """Take and close what the recipes ask of the caller's queue, until all are done."""
    while not are_done.done():
        items = (await caller.insist("/api/tickets?state=new&limit=200")).json()["items"]
        for number in [item["number"] for item in items if item["parent"] in parents]:
            await give(caller, "take", number)
            await give(caller, "close", number, outcome="successful", answer=caller.words("fatto"))
        await asyncio.sleep(0.2)


@asynccontextmanager
async def killed_again_and_again(
    installation: Installation,
    chance: random.Random,
    *,
    when_dead: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[None]:
    """Kill both processes of tickets at moments of chance while this is entered; at its end both
    run.

    `when_dead` is called in between.
    """
    is_over = asyncio.Event()

    async def kill() -> None:
        while not is_over.is_set():
            await asyncio.sleep(chance.uniform(0, 1.5))
            await asyncio.to_thread(kill_tickets, installation)
            if when_dead is not None:
                await when_dead()
            await asyncio.to_thread(start_tickets, installation)

    killing = asyncio.create_task(kill())
    try:
        yield
    finally:
        is_over.set()
        await killing


def kill_tickets(installation: Installation) -> None:
    for program in installation.of("tickets"):
        program.kill()


def start_tickets(installation: Installation) -> None:
    for program in installation.of("tickets"):
        program.start()
    for program in installation.of("tickets"):
        program.wait_ready()


async def put_into_the_past(installation: Installation, numbers: list[str]) -> None:
    """Make these tickets due an hour ago, and everything that tells of it say so: as if the night
    had passed.
    """
    moment = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0).isoformat()
    those = f"(select id from tickets where number in ({listed(numbers)}))"
    changed: list[Row] = []
    for service in ("tickets", "portal"):
        changed += await installation.databases.rows(
            service,
            f"""update history
                set changes = jsonb_set(changes, '{{postponed_until,1}}', '"{moment}"')
                where event = '{POSTPONED_NAMES[0]}' and ticket_id in {those}
                returning ticket_id""",
        )
        changed += await installation.databases.rows(
            service,
            f"update tickets set postponed_until = '{moment}' where id in {those} returning id",
        )
    assert len(changed) == 4 * len(numbers)


def listed(numbers: list[str]) -> str:
    return ", ".join(f"'{number}'" for number in numbers)
