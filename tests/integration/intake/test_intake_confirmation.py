"""What the sender sees after sending: the number, the address, the answers; others see the number
alone.
"""

import httpx

from shared.contracts.desk import Desk, Text
from tests.integration.intake.conftest import Running, signed_in_as
from tests.integration.intake.test_intake_pages import filled_form
from tests.unit.intake.small_desk import make_desk

ADDRESS = "hugo.marchi@example.edu"


async def sent(intake: Running, **options: dict[str, str]) -> httpx.Response:
    fields = await filled_form(intake, headers=options.get("headers"), urgent="true")
    post = intake.client.post
    return await post("/forms/every-kind", data=fields, **options)  # type: ignore[arg-type]


def elsewhere(intake: Running, **headers: str) -> httpx.AsyncClient:
    """Another browser."""
    transport = httpx.ASGITransport(intake.app)
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://desk.example.edu",
        headers={"Accept-Language": "it", **headers},
    )


async def test_the_browser_that_sent_a_request_is_shown_the_address_and_the_labelled_answers(
    sqlite_intake: Running,
) -> None:
    answer = await sent(sqlite_intake)
    page = (await sqlite_intake.client.get(answer.headers["location"])).text
    in_italian = (
        await sqlite_intake.client.get(
            answer.headers["location"], headers={"Accept-Language": "it"}
        )
    ).text

    assert ADDRESS in page.partition("<main")[2]
    for label, value in (
        ("Subject", "A title"),
        ("Matricola", "123456"),
        ("Amount", "12.5"),
        ("Urgent", "yes"),
        ("Place", "centro"),
    ):
        assert f"<dt>{label}</dt>" in page
        assert f">{value}</dd>" in page
    assert "<dt>Matricola (it)</dt>" in in_italian
    assert ">12,5</dd>" in in_italian
    assert ">centro (it)</dd>" in in_italian
    assert 'href="/my' not in page.partition("<main")[2].partition("</main>")[0]
    assert "/requests/link" in page


async def test_the_address_of_the_page_shows_others_no_more_than_the_number(
    sqlite_intake: Running,
) -> None:
    answer = await sent(sqlite_intake)
    cookie = answer.headers["set-cookie"]

    async with elsewhere(sqlite_intake) as other:
        page = await other.get(answer.headers["location"])
        async with elsewhere(sqlite_intake, Cookie="sportello_sent=WyJub25lIl0.x.y") as forged:
            with_nonsense = await forged.get(answer.headers["location"])

    assert all(
        word in cookie
        for word in ("HttpOnly", "SameSite=lax", "Path=/forms/requests", "Max-Age=3600")
    )
    for shown in (page, with_nonsense):
        assert shown.status_code == 200
        assert ADDRESS not in shown.text
        assert "123456" not in shown.text


async def test_the_proof_of_one_request_shows_no_other(sqlite_intake: Running) -> None:
    first = await sent(sqlite_intake)
    second = await sent(sqlite_intake)

    pages = [
        (await sqlite_intake.client.get(answer.headers["location"])).text
        for answer in (first, second)
    ]

    assert [ADDRESS in page for page in pages] == [False, True]


async def test_who_signed_in_sees_what_they_sent_from_any_browser(sqlite_intake: Running) -> None:
    answer = await sent(sqlite_intake, headers=signed_in_as("student"))

    async with (
        elsewhere(sqlite_intake, **signed_in_as("student")) as own,
        elsewhere(sqlite_intake, **signed_in_as("staff", "x")) as other,
    ):
        seen, unseen = (
            await own.get(answer.headers["location"]),
            await other.get(answer.headers["location"]),
        )

    assert "giulia.neri@example.edu" in seen.text
    assert "123456" in seen.text
    assert "giulia.neri@example.edu" not in unseen.text
    assert "123456" not in unseen.text


def with_notice(desk: Desk, *, of_form: bool) -> Desk:
    own = Text(it="https://www.example.edu/modulo", en="https://www.example.edu/form")
    forms = {
        slug: form.model_copy(update={"privacy_url": own if of_form else None})
        for slug, form in desk.forms.items()
    }
    notice = Text(it="https://www.example.edu/privacy", en="https://www.example.edu/en/privacy")
    return desk.model_copy(update={"privacy_url": notice, "forms": forms})


async def test_the_consent_links_to_the_privacy_notice_in_the_readers_language(
    sqlite_intake: Running,
) -> None:
    await sqlite_intake.apply(with_notice(make_desk(), of_form=False), version=2)

    english = (await sqlite_intake.client.get("/forms/every-kind")).text
    italian = (
        await sqlite_intake.client.get("/forms/every-kind", headers={"Accept-Language": "it"})
    ).text

    assert 'href="https://www.example.edu/en/privacy"' in english
    assert 'href="https://www.example.edu/privacy"' in italian


async def test_a_form_may_have_a_notice_of_its_own_and_a_desk_none(sqlite_intake: Running) -> None:
    without = (await sqlite_intake.client.get("/forms/every-kind")).text
    await sqlite_intake.apply(with_notice(make_desk(), of_form=True), version=2)

    own = (await sqlite_intake.client.get("/forms/every-kind")).text

    assert "privacy notice" not in without
    assert 'href="https://www.example.edu/form"' in own
    assert "https://www.example.edu/en/privacy" not in own
