"""Two hundred operators at once on a thousand tickets, for a minute, while everything is killed and
brought back at random.

The seed is printed; the variable FAULTS_SEED repeats one (the moments of answers and kills are the
machine's own all the same).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.faults.checker import complaints_about
from tests.faults.crowd import Crowd
from tests.faults.crowd_desk import REQUESTERS, make_desk, preferences_of, request
from tests.faults.facts import Promised
from tests.faults.killer import Killer
from tests.fixtures.system import Town, run_distributed
from tests.installation.http import Connection, sign_in
from tests.installation.installation import Installation
from tests.installation.waiting import eventually
from tests.servers.server import PostgresServer, RabbitServer

pytestmark = pytest.mark.timeout(900)

OPERATORS = 200
TICKETS = 1_000
SECONDS = 60.0
FEWEST_COMMANDS = 3_000
MOST_COMMANDS = 8_000
PAUSE_SECONDS = 1.2
"""Between two actions of one person."""
KILL_SECONDS = 2.5
"""Between two kills, beside the time until what was killed is back."""
OF_THE_EXAMPLE = (
    "anna.ferri", "bruno.galli", "carla.monti", "dario.riva", "elena.sala", "fabio.conti",
    "nadia.serra", "oreste.bruni", "gaia.leoni",
    "ivo.santi", "luisa.villa",
)  # fmt: skip
SENDERS = 10


@pytest.fixture
def large_town(
    tmp_path: Path, our_postgres: PostgresServer, our_rabbit: RabbitServer
) -> Iterator[tuple[Town, tuple[str, ...]]]:
    """An installation of its own with the operators of its desk."""
    operators = make_desk(tmp_path / "desk", operators=OPERATORS)
    settings = {"SPORTELLO_NOTIFY_SMTP_TIMEOUT": "2"}
    with run_distributed(
        our_postgres, our_rabbit, desk=tmp_path / "desk", settings=settings
    ) as town:
        yield town, operators


@pytest.fixture
def seed() -> str:
    seed = os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(1_000_000))
    print(f"FAULTS_SEED={seed}")
    return seed


async def test_of_two_hundred_operators_at_once_every_command_counts_once_whatever_is_killed(
    large_town: tuple[Town, tuple[str, ...]], seed: str
) -> None:
    town, operators = large_town
    installation = town.installation
    await choose_how_to_be_told(installation, (*OF_THE_EXAMPLE, *operators))
    requests = await send_requests(installation, random.Random(seed))
    numbers = await eventually(
        lambda: queued_numbers(installation),
        what="every request is a ticket in a queue",
        seconds=120,
        every=0.5,
    )

    async with Crowd(installation, numbers, seed=seed) as crowd:
        await crowd.sign_in(operators=operators, requesters=REQUESTERS)
        killer = Killer(town, seed=seed, pause=KILL_SECONDS)
        killing = asyncio.create_task(killer.work())
        await crowd.act(
            seconds=SECONDS, fewest=FEWEST_COMMANDS, most=MOST_COMMANDS, pause=PAUSE_SECONDS
        )
        killer.stop()
        await killing

    print(
        f"killed: {dict(killer.killed)}; asked again: {crowd.asked_again}; commands: "
        f"{dict(crowd.counts().most_common())}"
    )
    assert crowd.wrong == []
    found = await complaints_about(
        town, Promised(requests=requests, calls=crowd.calls), seconds=240
    )
    assert found[:50] == []
    assert min(killer.killed[what] for what in ("broker", "database connections")) > 0
    assert [
        line for line in installation.complaints() if '"event":"aiormq.connection"' not in line
    ] == []


async def choose_how_to_be_told(installation: Installation, operators: tuple[str, ...]) -> None:
    """Have each operator choose; what is chosen does not change any more."""
    doors = itertools.cycle(installation.portals)
    for number, identity in enumerate(operators):
        door = next(doors)
        async with Connection(door, token=await sign_in(door, identity)) as connection:
            wanted = preferences_of(number)
            muted = ", ".join(f'"{kind}"' for kind in wanted["muted"])
            body = f'{{"rhythm": "{wanted["rhythm"]}", "muted": [{muted}]}}'.encode()
            assert (
                await connection.post_bytes("/api/notices/preferences", body, method="PUT")
            ).status == 200


async def send_requests(installation: Installation, chance: random.Random) -> list[str]:
    """Send all requests, some at once, signed in where their senders can be; return their ids."""
    waiting = iter([request(chance, number) for number in range(TICKETS)])
    accepted: list[str] = []
    portal = installation.portals[0]
    tokens = {f"{name}@example.edu": await sign_in(portal, name) for name in REQUESTERS}

    async def send(door: str) -> None:
        async with Connection(door) as connection:
            for form, body in waiting:
                token = tokens.get(body["requester"]["email"])
                head = f"Authorization: Bearer {token}\r\n" if token else ""
                answer = await connection.post_bytes(
                    f"/api/forms/{form}/requests", orjson.dumps(body), head
                )
                assert answer.status == 202, answer.body
                accepted.append(answer.json()["request_id"])

    async with asyncio.TaskGroup() as group:
        for door, _ in zip(itertools.cycle(installation.intakes), range(SENDERS), strict=False):
            group.create_task(send(door))
    return accepted


async def queued_numbers(installation: Installation) -> list[str] | None:
    rows = await installation.databases.rows(
        "portal", "select number from tickets where queue is not null order by number"
    )
    return [row["number"] for row in rows] if len(rows) == TICKETS else None
