"""What somebody filled in on a page of intake is never lost: not by a refusal, by the other
language, or by going back.
"""

import re

import pytest

from tests.integration.intake.conftest import Running, signed_in_as
from tests.integration.intake.test_intake_pages import Controls, filled_form, send


async def test_the_other_language_keeps_what_was_filled_in_and_where_it_came_from(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(
        sqlite_intake, query="?origin=service&page=https://www.example.edu/fees&reference=R1"
    )
    link = next(
        link
        for link in Controls((await send(sqlite_intake, {**fields, "matricola": "1"})).text).links
        if link and "lang=" in link
    )

    shown = await sqlite_intake.client.post(
        "/forms/every-kind?lang=it", data={**fields, "show-in": "it"}
    )

    page = Controls(shown.text)
    assert link == "?origin=service&page=https%3A%2F%2Fwww.example.edu%2Ffees&reference=R1&lang=it"
    assert (shown.status_code, shown.headers["content-language"]) == (200, "it")
    assert {
        name: page.value(name)
        for name in ("idempotency-key", "origin", "reference", "name", "matricola")
    } == {
        name: fields[name]
        for name in ("idempotency-key", "origin", "reference", "name", "matricola")
    }
    assert "Errore" not in shown.text
    assert await sqlite_intake.wrote_nothing()


async def test_back_finds_the_form_of_a_guest_as_it_was_and_no_page_of_a_person_is_kept(
    sqlite_intake: Running,
) -> None:
    guest = await sqlite_intake.client.get("/forms/every-kind")
    student = await sqlite_intake.client.get("/forms/every-kind", headers=signed_in_as("student"))
    refused = await send(sqlite_intake, {**await filled_form(sqlite_intake), "matricola": "1"})

    of_student = await send(
        sqlite_intake,
        {**await filled_form(sqlite_intake), "matricola": "1"},
        headers=signed_in_as("student"),
    )

    kept, not_kept = "private, no-cache", "no-store"
    assert [
        answer.headers["cache-control"] for answer in (guest, refused, student, of_student)
    ] == [kept, kept, not_kept, not_kept]


async def test_a_form_that_cannot_be_taken_now_comes_back_filled_in_with_the_same_key(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(sqlite_intake)
    await send(sqlite_intake, await filled_form(sqlite_intake))
    sqlite_intake.clock.advance(hours=2)
    await sqlite_intake.context.pressure.measure()

    answer = await send(sqlite_intake, fields)

    page = Controls(answer.text)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (page.value("idempotency-key"), page.value("matricola")) == (
        fields["idempotency-key"],
        "123456",
    )
    assert page.texts["description"].strip() == "one\r\ntwo"


@pytest.mark.parametrize(
    ("slug", "status"), [("with-login", 401), ("for-students", 401), ("over", 409), ("moon", 404)]
)
async def test_a_form_that_takes_nothing_from_who_sends_it_gives_the_texts_back(
    sqlite_intake: Running, slug: str, status: int
) -> None:
    typed = {
        "subject": "A title",
        "description": "one\r\ntwo",
        "idempotency-key": "k",
        "consent": "true",
    }

    answer = await sqlite_intake.client.post(
        f"/forms/{slug}", data=typed, headers={"Accept": "text/html"}
    )

    assert answer.status_code == status
    assert re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", answer.text) == [
        "A title",
        "one\r\ntwo",
    ]
    assert (
        f'action="/forms/{slug}"' in answer.text,
        'name="idempotency-key" value="k"' in answer.text,
    ) == (status == 401,) * 2
    assert await sqlite_intake.wrote_nothing()
