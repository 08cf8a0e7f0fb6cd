"""The version that a caller has read: told as ETag, taken as If-Match and as `expected_version`."""

from typing import Any

import pytest

from shared.contracts.commands.tickets import Reply, Take
from shared.core.errors import ChangedSince, PreconditionFailed
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

NUMBER = make_number(1)
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}
NEWS = (
    {
        "version": 8,
        "event": "tickets.ticket.noted.v1",
        "actor": {"identity": "bruno.galli", "name": "Bruno Galli"},
        "at": "...",
    },
)


@pytest.mark.parametrize("who", ["anna.ferri", "giulia.neri"])
async def test_the_etag_of_a_ticket_is_its_version(
    who: str, browser: Browser, project: Project
) -> None:
    await project([make_created(1, version=7)])

    answer = await browser(who).get(f"/api/tickets/{NUMBER}")

    assert (answer.headers["etag"], answer.json()["version"]) == ('"7"', 7)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, {"body": "Ecco"}, {}),
        ({}, {"body": "Ecco", "expected_version": 7}, {"expected_version": 7}),
        ({"If-Match": '"7"'}, {"body": "Ecco"}, {"expected_version": 7, "is_precondition": True}),
        ({"If-Match": 'W/"7"'}, {"body": "Ecco"}, {"expected_version": 7, "is_precondition": True}),
        ({"If-Match": "*"}, {"body": "Ecco"}, {}),
        (
            {"If-Match": '"7"'},
            {"body": "Ecco", "expected_version": 5},
            {"expected_version": 5, "is_precondition": True},
        ),
    ],
)
async def test_what_the_caller_has_read_reaches_tickets(
    headers: dict[str, str],
    body: dict[str, Any],
    expected: dict[str, Any],
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_created(1)

    await browser("anna.ferri").post(f"/api/tickets/{NUMBER}/reply", json=body, headers=headers)

    assert tickets.commands == [Reply(**ANNA_ASKS, body="Ecco", **expected)]


async def test_a_call_without_a_body_takes_a_version_too(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_created(1)
    anna = browser("anna.ferri")

    await anna.post(f"/api/tickets/{NUMBER}/take", headers={"If-Match": '"7"'})
    await anna.post(f"/api/tickets/{NUMBER}/take", json={"expected_version": 7})

    assert tickets.commands == [
        Take(**ANNA_ASKS, expected_version=7, is_precondition=True),
        Take(**ANNA_ASKS, expected_version=7),
    ]


@pytest.mark.parametrize(
    ("refusal", "status", "kind"),
    [
        (ChangedSince(8, NEWS), 409, "changed-since"),
        (PreconditionFailed(8, NEWS), 412, "precondition-failed"),
    ],
)
async def test_what_came_since_is_told_with_the_current_version(
    refusal: ChangedSince,
    status: int,
    kind: str,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: refusal

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{NUMBER}/reply", json={"body": "Ecco", "expected_version": 7}
    )

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:sportello:problem:{kind}")
    assert (answer.json()["version"], answer.json()["news"]) == (8, list(NEWS))


@pytest.mark.parametrize(
    ("path", "headers", "body", "field"),
    [
        (f"/api/tickets/{NUMBER}/take", {"If-Match": "7"}, {}, "If-Match"),
        (f"/api/tickets/{NUMBER}/take", {"If-Match": '"0"'}, {}, "If-Match"),
        (f"/api/tickets/{NUMBER}/take", {}, {"expected_version": 0}, "expected_version"),
        (f"/api/tickets/{NUMBER}/take", {}, {"expected_version": "7"}, "expected_version"),
        (
            f"/api/my/requests/{NUMBER}/reply",
            {},
            {"body": "x", "expected_version": 7},
            "expected_version",
        ),
        (f"/api/my/requests/{NUMBER}/withdraw", {}, {"expected_version": 7}, "expected_version"),
        (
            "/api/tickets/bulk",
            {},
            {"numbers": [NUMBER], "action": "take", "expected_version": 7},
            "expected_version",
        ),
        (
            "/api/tickets/bulk",
            {"If-Match": '"7"'},
            {"numbers": [NUMBER], "action": "take"},
            "If-Match",
        ),
    ],
)
async def test_what_is_no_version_or_not_expected_is_422_and_nobody_is_asked(
    path: str,
    headers: dict[str, str],
    body: dict[str, Any],
    field: str,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])

    answer = await browser("anna.ferri").post(path, json=body, headers=headers)

    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (
        422,
        [field],
    )
    assert tickets.commands == []


async def test_the_description_of_the_api_names_the_header_and_the_key(browser: Browser) -> None:
    described = (await browser(None).get("/api/openapi.json")).json()

    headers = [
        each["name"]
        for each in described["paths"]["/api/tickets/{number}/reply"]["post"]["parameters"]
        if each["in"] == "header"
    ]
    assert set(headers) == {"If-Match", "Idempotency-Key"}
    assert "expected_version" in described["components"]["schemas"]["BodyGiven"]["properties"]
