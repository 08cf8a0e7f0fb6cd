"""An operator files a form for somebody: the other person is the requester, and who filed it is
told.
"""

from typing import Any

import pytest

from services.intake.usecases.requests import note_ticket_numbers
from shared.contracts.people import Actor, Requester
from tests.integration.intake.conftest import Running, id_of, signed_in_as
from tests.integration.intake.test_intake_api import BODY, PATH
from tests.integration.intake.test_intake_pages import FILLED, Controls, filled_form
from tests.unit.intake.small_desk import GOOD, make_desk

PIERO = {"name": "Piero Rossi", "email": "piero.rossi@example.org"}
ANNA = Actor(identity="anna.ferri", name="Giulia Neri")
FILED: dict[str, Any] = {**BODY, "on_behalf_of": PIERO}


def as_operator() -> dict[str, str]:
    return signed_in_as("staff", "anna.ferri")


async def test_the_person_is_the_requester_and_the_operator_is_kept_with_it(
    intake: Running,
) -> None:
    request_id = id_of(await intake.client.post(PATH, json=FILED, headers=as_operator()))

    (event,) = await intake.events()
    assert (event.request_id, event.filed_by) == (request_id, ANNA)
    assert event.requester == Requester(
        name="Piero Rossi", email="piero.rossi@example.org", affiliation="guest"
    )
    (row,) = await intake.submissions()
    assert (row.requester["email"], row.filed_by) == ("piero.rossi@example.org", ANNA.model_dump())


async def test_a_request_of_ones_own_was_filed_by_nobody_else(intake: Running) -> None:
    id_of(await intake.client.post(PATH, json=BODY, headers=as_operator()))

    (event,), (row,) = await intake.events(), await intake.submissions()
    assert (event.filed_by, row.filed_by, event.requester.identity) == (None, None, "anna.ferri")


@pytest.mark.parametrize(
    ("slug", "changes", "headers", "status", "problem"),
    [
        ("every-kind", {}, {}, 401, "not-signed-in"),
        ("every-kind", {}, signed_in_as("student"), 403, "missing-right"),
        ("nowhere", {}, signed_in_as("student"), 404, "not-there"),
        ("nowhere", {}, as_operator(), 404, "not-there"),
        ("over", {}, as_operator(), 409, "not-open"),
        ("every-kind", {"on_behalf_of": {"name": "Piero"}}, as_operator(), 422, "bad-input"),
        (
            "every-kind",
            {"on_behalf_of": {"name": "Piero", "email": "piero"}},
            as_operator(),
            422,
            "bad-input",
        ),
        (
            "every-kind",
            {"on_behalf_of": {**PIERO, "affiliation": "staff"}},
            as_operator(),
            422,
            "bad-input",
        ),
        ("every-kind", {"fields": {**GOOD, "matricola": "1"}}, as_operator(), 422, "bad-input"),
    ],
)
async def test_who_may_not_and_what_cannot_be_has_an_exact_answer_and_writes_nothing(
    sqlite_intake: Running,
    slug: str,
    changes: dict[str, Any],
    headers: dict[str, str],
    status: int,
    problem: str,
) -> None:
    answer = await sqlite_intake.client.post(
        f"/api/forms/{slug}/requests", json={**FILED, **changes}, headers=headers
    )

    assert (answer.status_code, answer.json()["type"]) == (
        status,
        f"urn:sportello:problem:{problem}",
    )
    assert await sqlite_intake.wrote_nothing()


async def test_the_audience_of_a_form_is_the_operators_to_judge(sqlite_intake: Running) -> None:
    simple = {**FILED, "fields": {"subject": "a", "description": "b", "consent": True}}

    filed = await sqlite_intake.client.post(
        "/api/forms/for-students/requests", json=simple, headers=as_operator()
    )
    own = await sqlite_intake.client.post(
        "/api/forms/for-students/requests",
        json={**simple, "on_behalf_of": None},
        headers=as_operator(),
    )

    assert (filed.status_code, own.status_code) == (202, 403)


async def test_the_pages_for_operators_list_and_take_forms_for_somebody(intake: Running) -> None:
    headers = as_operator()
    forms = Controls((await intake.client.get("/forms?on-behalf=yes", headers=headers)).text)
    page = Controls(
        (await intake.client.get("/forms/every-kind?on-behalf=yes", headers=headers)).text
    )
    hidden = {
        name: str(tags[0]["value"])
        for name, tags in page.by_name.items()
        if tags[0].get("type") == "hidden"
    }

    answer = await intake.client.post(
        "/forms/every-kind",
        data={**hidden, **FILLED, **PIERO, "language-of-mails": "it"},
        headers=headers,
    )

    assert {"/forms/every-kind?on-behalf=yes", "/forms/for-students?on-behalf=yes"} <= forms.links
    assert "/forms/over?on-behalf=yes" not in forms.links
    assert {"name", "email", "language-of-mails"} <= page.by_name.keys()
    assert answer.status_code == 303, answer.text
    (event,) = await intake.events()
    assert (event.requester.email, event.filed_by, event.language) == (
        "piero.rossi@example.org",
        ANNA,
        "it",
    )
    async with intake.database.transaction() as uow:
        await note_ticket_numbers(uow, numbers={event.request_id: "2026092810000016"})
    to_operator = Controls(
        (await intake.client.get(answer.headers["location"], headers=headers)).text
    )
    to_others = Controls((await intake.client.get(answer.headers["location"])).text)
    assert "/manage/tickets/2026092810000016" in to_operator.links
    assert not any(str(link).startswith("/manage/tickets/") for link in to_others.links)


async def test_what_was_wrong_in_a_form_for_somebody_is_asked_again_for_the_same_person(
    sqlite_intake: Running,
) -> None:
    headers = as_operator()
    fields = await filled_form(sqlite_intake, headers=headers)

    answer = await sqlite_intake.client.post(
        "/forms/every-kind",
        data={**fields, **PIERO, "on-behalf": "yes", "language-of-mails": "it", "matricola": "1"},
        headers=headers,
    )

    again = Controls(answer.text)
    assert answer.status_code == 422
    assert [again.value(name) for name in ("on-behalf", "name", "email")] == [
        "yes",
        *PIERO.values(),
    ]
    chosen = [tag["value"] for tag in again.by_name["language-of-mails"] if "checked" in tag]
    assert chosen == ["it"]
    assert await sqlite_intake.wrote_nothing()


async def test_the_pages_for_somebody_are_not_for_everybody(sqlite_intake: Running) -> None:
    as_page = {"Accept": "text/html"}
    nobody = await sqlite_intake.client.get("/forms?on-behalf=yes", headers=as_page)
    student = await sqlite_intake.client.get(
        "/forms?on-behalf=yes", headers=signed_in_as("student") | as_page
    )
    her_form = await sqlite_intake.client.get(
        "/forms/every-kind?on-behalf=yes", headers=signed_in_as("student") | as_page
    )
    sent = await sqlite_intake.client.post(
        "/forms/every-kind",
        data={**FILLED, **PIERO, "on-behalf": "yes"},
        headers=signed_in_as("student") | as_page,
    )

    assert (nobody.status_code, nobody.headers["location"]) == (
        303,
        "/login?next=%2Fforms%3Fon-behalf%3Dyes",
    )
    assert "There is no form that you may fill in on behalf of someone" in student.text
    assert (her_form.status_code, sent.status_code) == (403, 403)
    assert await sqlite_intake.wrote_nothing()


async def test_a_desk_that_takes_the_right_away_is_obeyed_at_once(sqlite_intake: Running) -> None:
    described = make_desk().model_dump()
    described["operators"]["anna.ferri"]["rights"] = {"all": ["note", "owner"]}
    await sqlite_intake.apply(type(make_desk()).model_validate(described), version=2)

    answer = await sqlite_intake.client.post(PATH, json=FILED, headers=as_operator())

    assert answer.status_code == 403
    assert await sqlite_intake.wrote_nothing()
