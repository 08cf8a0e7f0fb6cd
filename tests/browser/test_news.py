"""A reply against news, in a real browser: what came is shown above the text, it is asked once, and
then it is sent.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

TEXT = "Gentile Giulia,\nla rata risulta pagata."
WARNING = "Non rispondere: ha già telefonato."


@pytest.fixture(scope="module")
def scene(installation: str) -> Iterator[Scene]:
    with Scene(installation) as scene:
        yield scene


def test_what_came_while_somebody_wrote_is_shown_and_the_text_is_sent_all_the_same(
    sign_in: SignIn, scene: Scene, check_accessible: Check
) -> None:
    ticket = scene.request("giulia.neri", "Una rata")
    scene.do("anna.ferri", ticket, "take")
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").fill(TEXT)

    # The live update shows the note; the form still carries the version that Anna had read.
    scene.do("bruno.galli", ticket, "note", body=WARNING)
    expect(anna.locator("#articles")).to_contain_text(WARNING)
    anna.get_by_role("button", name="Invia la risposta").click()

    news = anna.locator("#way-reply .alert")
    expect(news).to_contain_text("Bruno Galli")
    expect(news).to_contain_text(WARNING)
    expect(anna.locator("#reply-body")).to_have_value(TEXT)
    check_accessible(anna)

    news.get_by_role("button", name="Invia comunque").click()

    expect(anna.locator("#articles")).to_contain_text("la rata risulta pagata.")
    expect(anna.locator("#way-reply .alert")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_requester_sees_the_question_that_came_before_the_old_text_counts_as_its_answer(
    sign_in: SignIn, scene: Scene, check_accessible: Check, javascript: bool
) -> None:
    ticket = scene.request("giulia.neri", "Una rata")
    scene.do("anna.ferri", ticket, "take")
    giulia = sign_in("giulia.neri", f"/my/{ticket}", javascript=javascript)
    giulia.locator("#reply-body").fill("Ci sono novità?")

    scene.do("anna.ferri", ticket, "ask", body="Quale rata?")
    giulia.get_by_role("button", name="Invia", exact=True).click()

    news = giulia.locator("#reply-form .alert")
    expect(news).to_contain_text("Quale rata?")
    expect(giulia.locator("#reply-body")).to_have_value("Ci sono novità?")
    assert scene.call("anna.ferri", "GET", f"/api/tickets/{ticket}")["state"] == "waiting_requester"
    if javascript:
        check_accessible(giulia)

    giulia.locator("#reply-body").fill("La seconda.")
    news.get_by_role("button", name="Invia comunque").click()

    expect(giulia.locator("#articles")).to_contain_text("La seconda.")
    assert scene.call("anna.ferri", "GET", f"/api/tickets/{ticket}")["state"] == "open"
