"""What was sent is no draft any more, in whichever way it was sent."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

WAYS = ("Control+Enter", "Tab Enter", "click")


@pytest.fixture
def mine(scene: Scene) -> str:
    """A ticket that Anna works."""
    number = scene.request("giulia.neri", "Da rispondere")
    scene.do("anna.ferri", number, "take")
    return number


def drafts_in(page: Page) -> list[str]:
    kept: list[str] = page.evaluate(
        "Object.keys(localStorage).filter(name => name.startsWith('sportello.draft'))"
    )
    return kept


def send(page: Page, text: str, way: str) -> None:
    """Type `text` into the field that has the focus and send its form."""
    page.keyboard.type(text)
    if way == "click":
        page.locator("form:has(:focus) button[type=submit]").last.click()
    else:
        for key in way.split():
            page.keyboard.press(key)


def expect_answered(page: Page) -> None:
    """Wait for the answer to what was sent: its text may come earlier, by a live update."""
    expect(page.locator("#main [role=status][data-focus]")).to_be_visible()


@pytest.mark.parametrize("way", WAYS)
def test_a_note_that_was_sent_is_offered_nowhere(sign_in: SignIn, mine: str, way: str) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    anna.keyboard.press("n")
    text = f"Nota con {way}"

    send(anna, text, way)

    expect_answered(anna)
    expect(anna.locator("#articles")).to_contain_text(text)
    assert drafts_in(anna) == []
    expect(anna.locator("#lost-drafts")).to_have_count(0)
    anna.reload()
    expect(anna.locator("#note-body")).to_have_value("")
    anna.goto("/manage")
    expect(anna.locator("#lost-drafts")).to_have_count(0)


@pytest.mark.parametrize("way", WAYS)
def test_a_question_and_its_answer_that_were_sent_are_offered_nowhere(
    sign_in: SignIn, scene: Scene, way: str
) -> None:
    number = scene.request("giulia.neri", f"Con {way}")
    scene.do("anna.ferri", number, "take")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
    anna.keyboard.press("a")
    send(anna, "Quale rata?", way)
    expect_answered(anna)
    expect(anna.locator("#articles")).to_contain_text("Quale rata?")

    giulia = sign_in("giulia.neri", f"/my/{number}")
    giulia.locator("#reply-body").focus()
    send(giulia, "La seconda.", way)
    expect_answered(giulia)
    expect(giulia.locator("#articles")).to_contain_text("La seconda.")

    for page in (anna, giulia):
        assert drafts_in(page) == []
        page.reload()
        expect(page.locator("#lost-drafts")).to_have_count(0)
        assert page.locator("textarea").evaluate_all("all => all.every(one => one.value === '')")


def test_enter_in_a_field_of_one_line_sends_once_and_for_all(
    sign_in: SignIn, scene: Scene, mine: str
) -> None:
    other = scene.request("giulia.neri", "Da collegare")
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    unfold(anna, "Collega a un altro ticket")
    anna.locator("#links-to").fill(other)

    anna.locator("#links-to").press("Enter")

    expect_answered(anna)
    expect(anna.locator("#facts")).to_contain_text(other)
    assert drafts_in(anna) == []


def test_what_is_typed_while_the_answer_is_awaited_is_kept(
    sign_in: SignIn, scene: Scene, mine: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    held: list[Route] = []
    anna.route(
        re.compile(r"/note$"), lambda route: held.append(route)
    )  # playwright marks the handler: a builtin has no room
    anna.keyboard.press("n")
    send(anna, "Prima", "Control+Enter")
    anna.locator("#note-body").focus()
    anna.keyboard.press("End")
    anna.keyboard.type(" e poi")
    anna.wait_for_timeout(50)

    for route in held:
        route.continue_()

    expect_answered(anna)
    expect(anna.locator("#articles")).to_contain_text("Prima")
    expect(anna.locator("#note-body")).to_have_value("Prima e poi")
    anna.unroute_all()
    anna.locator("#note-body").press("Control+Enter")
    expect(anna.locator("#articles")).to_contain_text("Prima e poi")
    expect(anna.locator("#note-body")).to_have_value("")
    notes = [
        article["body"]
        for article in scene.call("anna.ferri", "GET", f"/api/tickets/{mine}")["articles"]
        if article["kind"] == "note"
    ]
    assert notes[-2:] == ["Prima", "Prima e poi"]
    assert drafts_in(anna) == []


def test_sent_twice_at_once_it_is_one_note_and_no_draft(sign_in: SignIn, scene: Scene) -> None:
    number = scene.request("giulia.neri", "Due volte")
    scene.do("anna.ferri", number, "take")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
    anna.keyboard.press("n")
    anna.keyboard.type("Una volta sola")

    anna.keyboard.press("Control+Enter")
    anna.keyboard.press("Control+Enter")

    expect(anna.locator("#articles")).to_contain_text("Una volta sola")
    expect_answered(anna)
    articles = scene.call("anna.ferri", "GET", f"/api/tickets/{number}")["articles"]
    assert [article["body"] for article in articles if article["kind"] == "note"] == [
        "Una volta sola"
    ]
    assert drafts_in(anna) == []
    expect(anna.locator("#lost-drafts")).to_have_count(0)


def test_what_one_window_sent_the_other_no_longer_offers(sign_in: SignIn, mine: str) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    anna.keyboard.press("n")
    anna.keyboard.type("In due finestre")
    other = anna.context.new_page()
    other.goto(anna.url)
    expect(other.locator("#note-body")).to_have_value("In due finestre")

    anna.keyboard.press("Control+Enter")

    expect(anna.locator("#articles")).to_contain_text("In due finestre")
    expect(other.locator("#articles")).to_contain_text("In due finestre")
    expect(other.locator("#note-body")).to_have_value("")
    assert drafts_in(other) == []


def test_what_was_not_sent_says_for_which_ticket_and_action_it_was_and_leads_there(
    sign_in: SignIn, scene: Scene, mine: str, check_accessible: Check
) -> None:
    other = scene.request("giulia.neri", "Da chiudere")
    scene.do("anna.ferri", other, "take")
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    anna.keyboard.press("n")
    anna.keyboard.type("Una nota")
    anna.goto(f"/manage/tickets/{other}")
    anna.keyboard.press("c")
    anna.keyboard.type("La risposta finale")

    anna.goto("/manage")

    drafts = anna.locator("#lost-drafts .sp-lost")
    expect(drafts.locator(".sp-lost-purpose")).to_have_text(
        [f"Nota interna · Ticket {mine}", f"Chiudi il ticket · Ticket {other}"]
    )
    check_accessible(anna)
    gaps = drafts.evaluate_all(
        """all => all.map(one => {
          const edge = (kind) => one.querySelector(kind).getBoundingClientRect();
          return edge("button").top - edge("textarea").bottom;
        })"""
    )
    assert all(gap >= 8 for gap in gaps)
    drafts.first.get_by_role("button", name="Scarta").click()
    expect(drafts.locator(".sp-lost-purpose")).to_have_text([f"Chiudi il ticket · Ticket {other}"])
    drafts.get_by_role("link", name=other).click()
    expect(anna.locator("#close-answer")).to_have_value("La risposta finale")
