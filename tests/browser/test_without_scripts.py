"""Back and send again without JavaScript: one request, one note, one reply."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.browser.people import send_request, unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def guest(installation: str, chromium_browser: Browser) -> Iterator[Page]:
    """The browser of somebody who is not signed in, without JavaScript."""
    context = chromium_browser.new_context(
        base_url=installation, locale="it-IT", java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def fill_in(page: Page, **more: str) -> None:
    for name, text in {
        "subject": "Rata",
        "description": "Due\nrighe",
        "matricola": "1234567",
        "anno": "2026/2027",
        **more,
    }.items():
        page.locator(f"#field-{name}").fill(text)


def bodies(scene: Scene, number: str, kind: str) -> list[str]:
    articles = scene.call("anna.ferri", "GET", f"/api/tickets/{number}")["articles"]
    return [article["body"] for article in articles if article["kind"] == kind]


def test_a_guests_form_is_one_request(guest: Page) -> None:
    guest.goto("/forms/tasse")
    fill_in(guest, name="Ada Rossi", email="ada.senza@example.org")
    number = send_request(guest)

    guest.go_back()
    expect(guest.locator("#field-subject")).to_have_value("Rata")

    assert send_request(guest) == number


def test_the_form_of_who_is_signed_in_is_one_request_and_a_changed_one_a_second(
    sign_in: SignIn,
) -> None:
    hugo = sign_in("hugo.marchi", "/my", javascript=False)
    hugo.goto("/forms/tasse")
    fill_in(hugo)
    number = send_request(hugo)

    hugo.go_back()
    fill_in(hugo)
    assert send_request(hugo) == number

    hugo.go_back()
    fill_in(hugo, subject="Un'altra rata")
    assert send_request(hugo) != number


def test_a_note_and_a_reply_are_one_each(sign_in: SignIn, scene: Scene) -> None:
    number = scene.request("giulia.neri", "Da rispondere")
    scene.do("anna.ferri", number, "take")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}", javascript=False)

    for action, title in (("note", "Nota interna"), ("reply", "Rispondi al richiedente")):
        for _ in range(2):
            unfold(anna, title)
            anna.locator(f"#{action}-body").fill("Una volta sola")
            anna.locator(f"#way-{action} button[type=submit]").click()
            expect(anna.locator("#articles")).to_contain_text("Una volta sola")
            anna.go_back()
        anna.goto(f"/manage/tickets/{number}")

    assert bodies(scene, number, "note") == ["Una volta sola"]
    assert bodies(scene, number, "answer") == ["Una volta sola"]


def test_the_requesters_words_are_one_reply_and_a_second_yes_to_a_second_question_is_another(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Da chiedere")
    scene.do("anna.ferri", number, "take")
    scene.do("anna.ferri", number, "ask", body="La prima?")
    giulia = sign_in("giulia.neri", f"/my/{number}", javascript=False)

    def say_yes() -> None:
        giulia.goto(f"/my/{number}")
        giulia.locator("#reply-body").fill("Sì")
        giulia.get_by_role("button", name="Invia").click()
        expect(giulia).to_have_url(re.compile(r"\?done="))

    say_yes()
    say_yes()
    assert bodies(scene, number, "reply") == ["Sì"]
    scene.do("anna.ferri", number, "ask", body="E la seconda?")
    say_yes()
    assert bodies(scene, number, "reply") == ["Sì", "Sì"]
