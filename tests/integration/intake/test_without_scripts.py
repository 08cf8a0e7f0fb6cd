"""A form from a browser without scripts: Back fetches the page again, so the content says whether
it is the same request.
"""

from tests.integration.intake.conftest import Running, signed_in_as
from tests.integration.intake.test_intake_pages import filled_form, send

MARK = {"without-scripts": "yes"}


async def test_the_same_answers_from_a_page_that_was_fetched_again_are_one_request(
    intake: Running,
) -> None:
    answers = [await send(intake, await filled_form(intake) | MARK) for _ in range(2)]

    (event,) = await intake.events()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.headers["location"] for answer in answers} == {
        f"/forms/requests/{event.request_id}"
    }


async def test_who_is_signed_in_sends_one_request_too(sqlite_intake: Running) -> None:
    student = signed_in_as("student")

    for _ in range(2):
        await send(
            sqlite_intake, await filled_form(sqlite_intake, headers=student) | MARK, headers=student
        )

    assert len(await sqlite_intake.events()) == 1


async def test_other_answers_another_person_or_a_page_with_scripts_are_another_request(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(sqlite_intake)
    fresh = await filled_form(sqlite_intake)

    answers = [
        await send(sqlite_intake, each)
        for each in (
            fields | MARK,
            fields | MARK | {"subject": "Another title"},
            fields | MARK | {"email": "bea@example.org"},
            fresh,
        )
    ]

    # Never "already sent": whoever corrected a word means what they send now.
    assert [answer.status_code for answer in answers] == [303] * 4
    assert len(await sqlite_intake.events()) == 4


async def test_a_refused_form_that_was_corrected_is_sent(sqlite_intake: Running) -> None:
    fields = await filled_form(sqlite_intake) | MARK

    refused = await send(sqlite_intake, fields | {"matricola": "1"})
    sent = await send(sqlite_intake, fields)

    assert (refused.status_code, sent.status_code, len(await sqlite_intake.events())) == (
        422,
        303,
        1,
    )


async def test_after_an_hour_the_same_answers_are_a_new_request(intake: Running) -> None:
    for minutes in (0, 60, 1, 1):
        intake.clock.advance(minutes=minutes)
        await send(intake, await filled_form(intake) | MARK)

    assert len(await intake.events()) == 2
