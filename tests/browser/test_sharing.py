"""A request that is shared with somebody by name, in a real browser: live, without JavaScript, and
by the keyboard alone.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import send_form, unfold

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

SHARE = "Condividi con qualcuno"


def fill_in(page: Page, name: str, email: str) -> None:
    unfold(page, SHARE)
    page.get_by_label("Nome", exact=True).fill(name)
    page.get_by_label("Indirizzo e-mail").fill(email)
    page.get_by_role("button", name="Condividi", exact=True).click()


def test_a_request_is_shared_in_front_of_who_reads_it_and_that_ends(
    sign_in: SignIn, check_accessible: Check, check_fits: Check
) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse", width=360)
    number = send_form(giulia, "Condivisa con Hugo")
    hugo = sign_in("hugo.marchi", "/my", width=360)
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")

    # Giulia shares it; it appears in front of Hugo, who does nothing.
    giulia.goto(f"/my/{number}")
    fill_in(giulia, "Hugo Marchi", "Hugo.Marchi@example.edu")
    expect(
        giulia.locator("#main")
        .get_by_role("status")
        .filter(has_text="La richiesta è condivisa con questa persona.")
    ).to_be_visible()
    expect(giulia.locator("#shared")).to_contain_text("Hugo.Marchi@example.edu")
    unfold(giulia, SHARE)
    check_accessible(giulia)
    check_fits(giulia)
    row = hugo.locator(f"#request-{number}")
    expect(row).to_contain_text("Condivisa con te da Giulia Neri")
    check_accessible(hugo)
    check_fits(hugo)

    # He reads it and has no form; what Anna does appears in front of him.
    row.get_by_role("link").click()
    hugo.wait_for_url(f"**/my/{number}")
    expect(hugo.locator("#main form")).to_have_count(0)
    check_accessible(hugo)
    check_fits(hugo)
    expect(anna.locator("#shared")).to_contain_text("Hugo Marchi")
    anna.locator("#ticket-head").get_by_role("button", name="Prendi in carico").click()
    expect(hugo.locator("#request-head")).to_contain_text("Aperta", ignore_case=True)
    unfold(anna, SHARE)
    check_accessible(anna)

    # Anna ends it; the page is no longer there for him.
    anna.get_by_role("button", name="Smetti di condividere con Hugo Marchi").click()
    expect(anna.locator("#shared")).to_contain_text("Nessun altro")
    expect(giulia.locator("#shared")).to_contain_text("Nessun altro")
    hugo.reload()
    expect(hugo.locator("h1")).to_have_text("Non trovato")


def test_the_same_without_javascript(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse", javascript=False)
    number = send_form(giulia, "Condivisa senza script")
    giulia.goto(f"/my/{number}")

    fill_in(giulia, "Giulia", "Giulia.Neri@studenti.example.edu")
    expect(giulia.locator("#share-email-error")).to_contain_text(
        "è il richiedente e può già leggerla."
    )
    expect(giulia.get_by_label("Nome", exact=True)).to_have_value("Giulia")
    giulia.get_by_label("Indirizzo e-mail").fill("hugo.marchi@example.edu")
    giulia.get_by_role("button", name="Condividi", exact=True).click()
    expect(giulia.locator("#shared")).to_contain_text("hugo.marchi@example.edu")

    giulia.get_by_role("button", name="Smetti di condividere con Giulia").click()
    expect(giulia.locator("#shared")).to_contain_text("Nessun altro")


def test_an_operator_shares_a_ticket_without_the_mouse(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Condivisa dalla tastiera")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")

    anna.locator("summary").filter(has_text=SHARE).focus()
    anna.keyboard.press("Enter")
    anna.keyboard.press("Tab")
    anna.keyboard.type("Hugo Marchi")
    anna.keyboard.press("Tab")
    anna.keyboard.type("hugo.marchi@example.edu")
    anna.keyboard.press("Enter")

    expect(
        anna.locator("#main")
        .get_by_role("status")
        .filter(has_text="Il ticket è condiviso con questa persona.")
    ).to_be_visible()
    anna.get_by_role("button", name="Smetti di condividere con Hugo Marchi").focus()
    anna.keyboard.press("Enter")
    expect(anna.locator("#shared")).to_contain_text("Nessun altro")
