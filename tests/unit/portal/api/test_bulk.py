"""One action on many tickets: each answered as it would have been alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from services.portal.api.bodies import body_of
from services.portal.api.bulk import AT_ONCE
from services.portal.api.described_bulk import ACTIONS
from services.portal.context import PortalContext
from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import AddNote, TicketCommand
from shared.core.cause import Cause
from shared.core.errors import BusUnreachable, HeldBySomebodyElse, MissingRight, NoAnswer, NotThere
from shared.messaging.commands import CommandAnswer
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_families import make_child
from tests.fakes.portal_tickets import Answer, FakeTickets
from tests.unit.portal.conftest import Browser, Project

NUMBERS = [make_number(counter) for counter in range(1, 7)]
REFUSED: dict[str, Answer] = {
    NUMBERS[1]: HeldBySomebodyElse("bruno.galli"),
    NUMBERS[2]: MissingRight("rw"),
    NUMBERS[3]: NotThere(),
    NUMBERS[4]: NoAnswer("late"),
    NUMBERS[5]: BusUnreachable("no broker"),
}


def bulk(numbers: Sequence[str], action: str, **body: Any) -> dict[str, Any]:
    return {"numbers": list(numbers), "action": action} | body


async def test_each_is_answered_on_its_own_with_the_status_it_would_have_had_alone(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(counter) for counter in range(1, 7)])
    tickets.answers = lambda command: REFUSED.get(getattr(command, "number", ""), make_created(1))
    client = browser("anna.ferri")
    alone = {number: await client.post(f"/api/tickets/{number}/take") for number in NUMBERS}

    answer = await client.post("/api/tickets/bulk", json=bulk([*NUMBERS, "abc"], "take"))

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(result["number"], result["status"]) for result in results] == list(
        zip([*NUMBERS, "abc"], [200, 409, 403, 404, 503, 503, 404], strict=True)
    )
    assert [result["detail"] for result in results[:6]] == [
        None,
        *(alone[number].json()["detail"] for number in NUMBERS[1:]),
    ]
    assert results[6]["detail"] == results[3]["detail"]


async def test_the_body_of_the_action_reaches_each(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda command: make_created(1)

    await browser("anna.ferri").post(
        "/api/tickets/bulk", json=bulk(NUMBERS[:2], "note", body="Visto")
    )

    caller = make_person("anna.ferri")
    assert sorted(tickets.commands, key=str) == [
        AddNote(caller=caller, number=number, body="Visto") for number in NUMBERS[:2]
    ]


async def test_children_are_201_each(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_child(2, parent=1)

    answer = await browser("anna.ferri").post(
        "/api/tickets/bulk",
        json=bulk(NUMBERS[:1], "children", queue="studenti/tasse", subject="x", body="y"),
    )

    assert answer.json() == {"results": [{"number": NUMBERS[0], "status": 201, "detail": None}]}


async def test_a_repeated_key_repeats_each_command_and_answers_the_same(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda command: REFUSED.get(getattr(command, "number", ""), make_created(1))
    client = browser("anna.ferri")

    answers = [
        await client.post(
            "/api/tickets/bulk", json=bulk(NUMBERS[:2], "take"), headers={"Idempotency-Key": "once"}
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    ids: dict[str, set[UUID]] = {}
    for command, command_id in tickets.asked:
        assert isinstance(command, TicketCommand)
        ids.setdefault(command.number, set()).add(command_id)
    assert (len(tickets.asked), [len(ids[number]) for number in NUMBERS[:2]]) == (4, [1, 1])
    assert ids[NUMBERS[0]].isdisjoint(ids[NUMBERS[1]])


async def test_a_key_that_meant_another_bulk_is_refused_and_nobody_is_asked(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda _: make_created(1)
    client = browser("anna.ferri")
    await client.post(
        "/api/tickets/bulk", json=bulk(NUMBERS[:1], "take"), headers={"Idempotency-Key": "once"}
    )

    answer = await client.post(
        "/api/tickets/bulk", json=bulk(NUMBERS[:2], "take"), headers={"Idempotency-Key": "once"}
    )

    assert answer.status_code == 409
    assert len(tickets.asked) == 1


class SlowTickets(FakeTickets):
    """Notes how many commands it works on at the same moment."""

    running = most = 0

    async def ask(self, command: Command, *, command_id: UUID, cause: Cause) -> CommandAnswer:
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(10):
            await asyncio.sleep(0)
        self.running -= 1
        return await super().ask(command, command_id=command_id, cause=cause)


async def test_a_few_run_at_once(browser: Browser, portal: PortalContext, app: FastAPI) -> None:
    slow = SlowTickets()
    slow.answers = lambda _: NotThere()
    app.state.portal = replace(portal, sender=slow)
    numbers = [make_number(counter) for counter in range(1, 41)]

    answer = await browser("anna.ferri").post("/api/tickets/bulk", json=bulk(numbers, "take"))

    assert [result["number"] for result in answer.json()["results"]] == numbers
    assert (len(slow.asked), slow.most) == (40, AT_ONCE)


async def test_every_call_about_one_ticket_can_be_made_in_bulk(browser: Browser) -> None:
    prefix = "/api/tickets/{number}/"

    described = (await browser(None).get("/api/openapi.json")).json()["paths"]

    bodies = {
        path.removeprefix(prefix): call["post"]["requestBody"]
        for path, call in described.items()
        if path.startswith(prefix) and "/" not in path.removeprefix(prefix) and "post" in call
    }
    assert set(bodies) == set(ACTIONS)
    for action, body in bodies.items():
        assert f"/{body_of(ACTIONS[action]).__name__}'" in str(body)
