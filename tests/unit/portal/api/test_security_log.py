"""Coming, going and being refused stand in the log; what was written does not."""

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.core.errors import ImpossibleValue, NotThere
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

HERE = {"address": "127.0.0.1", "log_level": "info"}


def security(logs: Sequence[Any]) -> list[Any]:
    return [entry for entry in logs if entry["event"].startswith("security.")]


async def test_who_signs_in_and_out_is_written_down(browser: Browser) -> None:
    with capture_logs() as logs:
        client = browser(None)
        await client.post("/api/session", json={"identity": "anna.ferri"})
        await client.delete("/api/session")
        await client.post("/api/session", json={"identity": "mario.rossi"})

    session = {"path": "/api/session", **HERE}
    assert security(logs) == [
        {"event": "security.signed_in", "identity": "anna.ferri", "method": "POST", **session},
        {"event": "security.signed_out", "identity": "anna.ferri", "method": "DELETE", **session},
        {"event": "security.sign_in.refused", "identity": None, "method": "POST", **session},
    ]


async def test_each_ticket_of_many_that_is_refused_is_written_down(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _command: NotThere()
    numbers = [make_number(1), make_number(2), "Mario Rossi"]

    with capture_logs() as logs:
        answer = await browser("carla.monti").post(
            "/api/tickets/bulk", json={"numbers": numbers, "action": "note", "body": "Mario"}
        )

    bulk = {
        "event": "security.ticket.not_found",
        "identity": "carla.monti",
        "method": "POST",
        "path": "/api/tickets/bulk",
        **HERE,
    }
    assert {result["status"] for result in answer.json()["results"]} == {404}
    assert security(logs) == [{**bulk, "ticket": numbers[0]}, {**bulk, "ticket": numbers[1]}, bulk]
    assert "Mario" not in str(security(logs))


@pytest.mark.parametrize("what", ["ticket", "request"])
async def test_a_ticket_that_is_named_beside_the_path_is_written_down_when_it_is_refused(
    what: str, browser: Browser, project: Project
) -> None:
    await project([make_created(1)])
    paths = [
        f"/live?{what}={number}" for number in (make_number(1), make_number(2), "Mario%20Rossi")
    ]

    with capture_logs() as logs:
        answers = [await browser("carla.monti").get(path) for path in paths]

    live = {
        "event": "security.ticket.not_found",
        "identity": "carla.monti",
        "method": "GET",
        "path": "/live",
        **HERE,
    }
    assert [answer.status_code for answer in answers] == [404] * 3
    assert security(logs) == [
        {**live, "ticket": make_number(1)},
        {**live, "ticket": make_number(2)},
        live,
    ]


@pytest.mark.parametrize(("action", "field"), [("links", "to"), ("merge", "into")])
async def test_a_ticket_that_a_body_names_is_written_down_when_it_is_refused(
    action: str, field: str, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _command: ImpossibleValue(field, "unknown_ticket", make_number(9))
    given = {field: make_number(9), **({"kind": "related"} if action == "links" else {})}

    with capture_logs() as logs:
        answer = await browser("anna.ferri").post(
            f"/api/tickets/{make_number(1)}/{action}", json=given
        )

    assert answer.status_code == 422
    (refused,) = security(logs)
    assert (refused["event"], refused["identity"], refused["ticket"]) == (
        "security.ticket.not_found",
        "anna.ferri",
        make_number(9),
    )
