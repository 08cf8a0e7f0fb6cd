"""What is typed is not lost in a real browser: not by a reload, an ended session, the other
language or going back.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import send_request, unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

TEXT = "Gentile Giulia,\n  la rata è pagata."
FORM = "/forms/tasse?origin=faq&reference=FAQ+12"
BACK_AGAIN = "Abbiamo ritrovato quello che avevi scritto."


@pytest.fixture(scope="module")
def ticket(installation: str) -> Iterator[str]:
    """A ticket that Anna works."""
    with Scene(installation) as scene:
        number = scene.request("giulia.neri", "Una rata")
        scene.do("anna.ferri", number, "take")
        yield number


@pytest.fixture
def guest(installation: str, chromium_browser: Browser) -> Iterator[Page]:
    """The browser of somebody who is not signed in."""
    context = chromium_browser.new_context(base_url=installation, locale="it-IT")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


@pytest.fixture
def plain_guest(installation: str, chromium_browser: Browser) -> Iterator[Page]:
    """The same without JavaScript."""
    context = chromium_browser.new_context(
        base_url=installation, locale="it-IT", java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def fill_in(page: Page) -> None:
    page.locator("#field-name").fill("Ada Rossi")
    page.locator("#field-email").fill("ada.rossi@example.org")
    page.locator("#field-subject").fill("Rata")
    page.locator("#field-description").fill(TEXT)
    page.locator("#field-matricola").fill("1234567")
    page.locator("#field-anno").fill("2026/2027")


def expect_filled_in(page: Page) -> None:
    expect(page.locator("#field-name")).to_have_value("Ada Rossi")
    expect(page.locator("#field-description")).to_have_value(TEXT)
    expect(page.locator("#field-matricola")).to_have_value("1234567")


def test_a_reply_survives_a_reload_an_ended_session_and_the_sign_in(
    sign_in: SignIn, ticket: str, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").fill(TEXT)

    # A reload brings it back.
    anna.reload()
    expect(anna.locator("#reply-body")).to_be_visible()
    expect(anna.locator("#reply-body")).to_have_value(TEXT)
    expect(anna.locator("#act")).to_contain_text(BACK_AGAIN)
    check_accessible(anna)

    # The session ends; sending says so, and the text stays.
    anna.context.clear_cookies()
    anna.locator("#way-reply button[type=submit]").click()
    expect(anna.locator("#trouble a")).to_have_attribute(
        "href", f"/login?next=%2Fmanage%2Ftickets%2F{ticket}"
    )
    expect(anna.locator("#reply-body")).to_have_value(TEXT)

    # After signing in Anna is where she was, with her text; sent, it is offered no more.
    anna.goto(f"/login?next=/manage/tickets/{ticket}")
    anna.locator("button[value='anna.ferri']").click()
    anna.wait_for_url(f"**/manage/tickets/{ticket}")
    expect(anna.locator("#reply-body")).to_have_value(TEXT)
    anna.locator("#way-reply button[type=submit]").click()
    expect(anna.locator("#articles")).to_contain_text("la rata è pagata.")
    anna.reload()
    expect(anna.locator("#reply-body")).to_have_value("")
    expect(anna.locator("#act")).not_to_contain_text(BACK_AGAIN)


def test_each_folded_form_says_that_it_holds_a_draft(
    sign_in: SignIn, ticket: str, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Sposta in un'altra coda")
    anna.locator("#move-reason").fill("Non è nostra")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").fill("Cara Giulia")
    unfold(anna, "Nota interna")
    anna.locator("#note-body").fill("Una nota")
    signs = {
        way: anna.locator(f"#way-{way} .sp-draft-sign") for way in ("move", "reply", "note", "ask")
    }

    for _ in range(2):
        expect(signs["move"]).to_have_text("bozza")
        expect(signs["move"]).to_be_visible()
        expect(signs["reply"]).to_be_visible()
        expect(signs["note"]).to_be_hidden()
        expect(anna.locator("#note-body")).to_be_visible()
        expect(signs["ask"]).to_have_count(0)
        check_accessible(anna)
        anna.reload()

    unfold(anna, "Rispondi al richiedente")
    expect(signs["note"]).to_be_visible()
    anna.locator("#way-reply").get_by_role("button", name="Scarta").click()
    unfold(anna, "Nota interna")
    expect(signs["reply"]).to_have_count(0)
    anna.locator("#note-body").press("Control+Enter")
    expect(anna.locator("#main [role=status][data-focus]")).to_be_visible()
    expect(signs["note"]).to_have_count(0)
    expect(anna.locator("#move-reason")).to_have_value("Non è nostra")
    expect(anna.locator("#move-reason")).to_be_visible()


def test_a_draft_is_discarded_by_a_button_and_by_signing_out(sign_in: SignIn, ticket: str) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Nota interna")
    anna.locator("#note-body").fill("Da scartare")
    anna.reload()

    anna.get_by_role("button", name="Scarta").click()
    expect(anna.locator("#note-body")).to_have_value("")
    anna.locator("#note-body").fill("Da dimenticare")
    kept = anna.evaluate(
        "Object.keys(localStorage).filter(name => name.startsWith('sportello.draft'))"
    )
    anna.locator("form[action='/logout'] button").click()
    anna.wait_for_url("**/")

    assert kept == [f"sportello.draft|anna.ferri|/manage/tickets/{ticket}/note"]
    assert (
        anna.evaluate(
            "Object.keys(localStorage).filter(name => name.startsWith('sportello.draft'))"
        )
        == []
    )


def test_without_javascript_the_page_that_refuses_sends_the_text_again(
    sign_in: SignIn, ticket: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}", javascript=False)
    unfold(anna, "Nota interna")
    anna.locator("#note-body").fill(TEXT)
    session = anna.context.cookies()
    anna.context.clear_cookies()

    anna.locator("#way-note button[type=submit]").click()
    box = anna.locator("#not-sent")
    expect(box.locator("textarea")).to_have_value(TEXT)
    # Signed in in another window.
    anna.context.add_cookies([{**one} for one in session])  # type: ignore[typeddict-item]
    box.get_by_role("button", name="Invia di nuovo").click()

    expect(anna.locator("#articles")).to_contain_text("la rata è pagata.")


def test_without_javascript_the_language_switch_takes_a_half_typed_reply_along(
    sign_in: SignIn, ticket: str
) -> None:
    giulia = sign_in("giulia.neri", f"/my/{ticket}", javascript=False)
    giulia.locator("#reply-body").fill(TEXT)

    giulia.get_by_role("link", name="English").click()

    expect(giulia.get_by_label("Write to the office")).to_have_value(TEXT)
    giulia.get_by_role("link", name="Italiano").click()
    giulia.get_by_role("button", name="Invia").click()
    expect(giulia.locator("#articles")).to_contain_text("la rata è pagata.")


def test_without_javascript_a_pasted_book_comes_back_in_its_form(
    sign_in: SignIn, ticket: str
) -> None:
    book = "È perché. " * 60_000
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}", javascript=False)
    unfold(anna, "Nota interna")
    anna.locator("#note-body").evaluate("(area, text) => { area.value = text }", book)

    anna.locator("#way-note button[type=submit]").click()

    expect(anna.locator("#note-body-error")).to_contain_text("possono essere al massimo 20.000.")
    assert anna.locator("#note-body").input_value() == book


def test_language_reload_and_back_keep_a_form_and_make_one_request_of_it(
    guest: Page, check_accessible: Check
) -> None:
    guest.goto(FORM)
    fill_in(guest)

    guest.locator("a[hreflang=en]").click()
    expect(guest.get_by_role("button", name="Send the request")).to_be_visible()
    expect_filled_in(guest)
    check_accessible(guest)
    guest.reload()
    expect_filled_in(guest)
    assert guest.locator("input[name=origin]").get_attribute("value") == "faq"
    guest.locator("a[hreflang=it]").click()
    number = send_request(guest)

    guest.go_back()
    expect_filled_in(guest)
    assert send_request(guest) == number


def test_reload_and_back_keep_what_was_corrected_after_a_refusal(
    guest: Page, check_accessible: Check
) -> None:
    guest.goto(FORM)
    fill_in(guest)
    guest.locator("#field-matricola").fill("12")
    guest.get_by_role("button", name="Invia la richiesta").click()
    expect(guest.locator("#field-matricola-error")).to_be_visible()
    assert guest.url.endswith("/forms/tasse?origin=faq&reference=FAQ+12")

    guest.locator("#field-matricola").fill("1234567")
    guest.reload()
    expect_filled_in(guest)
    assert guest.locator("input[name=reference]").get_attribute("value") == "FAQ 12"
    check_accessible(guest)
    number = send_request(guest)

    guest.go_back()
    expect_filled_in(guest)
    assert send_request(guest) == number


def test_back_finds_what_was_corrected_by_who_is_signed_in(sign_in: SignIn) -> None:
    hugo = sign_in("hugo.marchi", "/my")
    hugo.goto(FORM)
    for name, value in (
        ("subject", "Rata"),
        ("description", TEXT),
        ("matricola", "12"),
        ("anno", "2026/2027"),
    ):
        hugo.locator(f"#field-{name}").fill(value)
    hugo.get_by_role("button", name="Invia la richiesta").click()
    hugo.locator("#field-matricola").fill("1234567")
    number = send_request(hugo)

    hugo.go_back()
    expect(hugo.locator("#field-matricola")).to_have_value("1234567")
    expect(hugo.locator("#field-description")).to_have_value(TEXT)
    assert send_request(hugo) == number


def test_without_javascript_back_finds_what_was_corrected(plain_guest: Page) -> None:
    plain_guest.goto(FORM)
    fill_in(plain_guest)
    plain_guest.locator("#field-matricola").fill("12")
    plain_guest.get_by_role("button", name="Invia la richiesta").click()
    plain_guest.locator("#field-matricola").fill("1234567")
    number = send_request(plain_guest)

    plain_guest.go_back()
    expect_filled_in(plain_guest)
    assert send_request(plain_guest) == number


def test_back_finds_the_form_of_who_is_signed_in_too(sign_in: SignIn) -> None:
    hugo = sign_in("hugo.marchi", "/my")
    hugo.goto(FORM)
    for name, value in (
        ("subject", "Rata"),
        ("description", TEXT),
        ("matricola", "1234567"),
        ("anno", "2026/2027"),
    ):
        hugo.locator(f"#field-{name}").fill(value)
    number = send_request(hugo)

    hugo.go_back()
    expect(hugo.locator("#field-description")).to_have_value(TEXT)
    assert send_request(hugo) == number
    hugo.goto(FORM)
    expect(hugo.locator("#field-description")).to_have_value("")


def test_without_javascript_too(plain_guest: Page) -> None:
    plain_guest.goto(FORM)
    fill_in(plain_guest)

    plain_guest.locator("#in-other-language").click()
    expect(plain_guest.get_by_role("button", name="Send the request")).to_be_visible()
    expect_filled_in(plain_guest)
    plain_guest.locator("#in-other-language").click()
    plain_guest.goto(FORM)
    fill_in(plain_guest)
    number = send_request(plain_guest)

    plain_guest.go_back()
    expect_filled_in(plain_guest)
    assert send_request(plain_guest) == number


def test_what_is_too_long_is_said_and_nothing_is_cut(guest: Page) -> None:
    guest.goto(FORM)
    matricola = guest.locator("#field-matricola")

    matricola.press_sequentially("123456789")

    expect(matricola).to_have_value("123456789")
    expect(guest.locator("#field-matricola-count")).to_have_text(
        "2 caratteri di troppo: possono essere al massimo 7."
    )
    expect(guest.locator("#said")).to_have_text(
        "2 caratteri di troppo: possono essere al massimo 7."
    )
    matricola.fill("12345678")
    expect(guest.locator("#field-matricola-count")).to_have_text(
        "1 carattere di troppo: possono essere al massimo 7."
    )
    matricola.fill("12345")
    expect(guest.locator("#field-matricola-count")).to_have_text("5 caratteri su 7")


def test_a_draft_whose_form_is_gone_can_be_copied(
    sign_in: SignIn, installation: str, check_accessible: Check
) -> None:
    with Scene(installation) as scene:
        number = scene.request("giulia.neri", "Un'altra rata")
        scene.do("anna.ferri", number, "take")
        anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
        unfold(anna, "Rispondi al richiedente")
        anna.locator("#reply-body").fill(TEXT)
        scene.do("luisa.villa", number, "assign", operator="luisa.villa", reason="Ferie")
        scene.do("luisa.villa", number, "close", outcome="successful", answer="Fatto")

    # The page lets her write on; opened again, it has no form for a reply and shows what she wrote.
    expect(anna.locator("#draft-notice")).to_be_visible()
    expect(anna.locator("#reply-body")).to_have_value(TEXT)
    anna.reload()

    expect(anna.locator("#reply-body")).to_have_count(0)
    expect(anna.locator("#lost-drafts textarea")).to_have_value(TEXT)
    check_accessible(anna)
    anna.locator("#lost-drafts button").click()
    anna.reload()
    expect(anna.locator("#lost-drafts")).to_have_count(0)
