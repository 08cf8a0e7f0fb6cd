"""Commands while nobody can do them: the answer is prompt and honest, and asking again does it
once.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fixtures.system import Town
from tests.installation.http import Answer
from tests.installation.people import People, Person, tasse_request
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def people(distributed_town: Town) -> AsyncIterator[People]:
    async with People(distributed_town.installation) as people:
        yield people


@asynccontextmanager
async def without_tickets(town: Town) -> AsyncIterator[None]:
    """Both processes of tickets are killed, and run again afterwards."""
    programs = town.installation.of("tickets")
    for program in programs:
        await asyncio.to_thread(program.kill)
    try:
        yield
    finally:
        for program in programs:
            program.start()
        for program in programs:
            await asyncio.to_thread(program.wait_ready)


async def test_a_command_while_tickets_is_down_is_unknown_and_its_repeat_does_it_once(
    distributed_town: Town, people: People
) -> None:
    number = await people.new_ticket("Mentre tickets è fermo")
    anna = await people.sign_in("anna.ferri")
    key = str(uuid.uuid4())

    async with without_tickets(distributed_town):
        unknown = await anna.post(f"/api/tickets/{number}/take", key=key)
        request_id = await people.nobody.send_form(tasse_request("Arriva lo stesso"))
        shown = await anna.read(f"/api/tickets/{number}")
    done = await anna.do(f"/api/tickets/{number}/take", key=key)
    again = await anna.do(f"/api/tickets/{number}/take", key=key)

    assert (unknown.status, unknown.json()["type"]) == (503, "urn:sportello:problem:no-answer")
    assert int(unknown.headers["retry-after"]) > 0
    assert (shown["owner"], shown["state"]) == (None, "new")
    assert (done["owner"], again["owner"]) == ("anna.ferri", "anna.ferri")
    history = await anna.read(f"/api/tickets/{number}/history")
    assert [entry["event"] for entry in history["items"]].count("tickets.ticket.taken.v1") == 1
    assert (await people.is_queued(await people.nobody.number_of(request_id)))[
        "subject"
    ] == "Arriva lo stesso"


async def test_with_the_broker_down_a_command_is_refused_at_once_and_forms_are_accepted(
    distributed_town: Town, people: People
) -> None:
    rabbit = distributed_town.rabbit
    assert rabbit is not None
    number = await people.new_ticket("Mentre il broker è fermo")
    anna = await people.sign_in("anna.ferri")
    key = str(uuid.uuid4())

    await asyncio.to_thread(rabbit.stop)
    try:
        # The first ones may have been on their way when it stopped; then every portal knows.
        refused = await eventually(
            lambda: refused_by_each(anna, number, key), what="every portal refuses at once"
        )
        request_id = await people.nobody.send_form(tasse_request("Accettata lo stesso"))
        red = [
            await asyncio.to_thread(program.readiness)
            for program in distributed_town.installation.programs.values()
        ]
    finally:
        await asyncio.to_thread(rabbit.start)
    done = await eventually(lambda: succeeded(anna, number, key), what="the command is done")

    assert {answer.json()["type"] for answer in refused} == {
        "urn:sportello:problem:bus-unreachable"
    }
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {status for status, _ in red} == {503}
    assert all("broker" in body["checks"]["bus"] for _, body in red)
    assert done.json()["owner"] == "anna.ferri"
    history = await anna.read(f"/api/tickets/{number}/history")
    assert [entry["event"] for entry in history["items"]].count("tickets.ticket.taken.v1") == 1
    assert (await people.is_queued(await people.nobody.number_of(request_id)))[
        "subject"
    ] == "Accettata lo stesso"


async def refused_by_each(person: Person, number: str, key: str) -> list[Answer] | None:
    answers = [await person.post(f"/api/tickets/{number}/take", key=key) for _ in range(2)]
    assert {answer.status for answer in answers} == {503}
    return (
        answers
        if all(answer.json()["type"].endswith("bus-unreachable") for answer in answers)
        else None
    )


async def succeeded(person: Person, number: str, key: str) -> Answer | None:
    answer = await person.post(f"/api/tickets/{number}/take", key=key)
    assert answer.status in (200, 503), answer.body
    return answer if answer.status == 200 else None
