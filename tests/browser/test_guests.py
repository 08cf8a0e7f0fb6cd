"""Somebody without an account asks for help and follows the request, in a real browser, with and
without JavaScript.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Check
from tests.browser.people import send_form
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

Visit = Callable[..., Page]
_LINK = re.compile(r"/requests/[A-Za-z0-9_.-]{66}")


@pytest.fixture
def visit(installation: str, chromium_browser: Browser) -> Iterator[Visit]:
    """Open a browser in which nobody has signed in."""
    contexts = []

    def open_page(path: str, *, javascript: bool = True, width: int = 1280) -> Page:
        context = chromium_browser.new_context(
            base_url=installation,
            locale="it-IT",
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def newest_mail_to(page: Page, address: str, number: str) -> Page:
    """Open the newest mail about a ticket, in the page of all mails."""
    row = page.locator("tr").filter(has_text=address).filter(has_text=number)
    for _ in range(60):
        page.goto("/demo/mail")
        if row.count():
            break
        page.wait_for_timeout(500)
    row.first.get_by_role("link").click()
    return page


def link_in(page: Page) -> str:
    """Return the link to a request in the mail that `page` shows."""
    found = _LINK.search(page.locator(".sp-article-body").inner_text())
    assert found is not None
    return found[0]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_guest_goes_from_the_form_to_an_answer_and_never_meets_the_login(
    visit: Visit, check_accessible: Check, check_fits: Check, scene: Scene, javascript: bool
) -> None:
    address = f"piero.{'con' if javascript else 'senza'}@example.org"
    guest = visit("/forms/tasse", javascript=javascript, width=360)
    check = check_accessible if javascript else lambda _page: None
    expect(guest.get_by_role("link", name="Leggi l'informativa sulla privacy")).to_have_attribute(
        "href", re.compile("^https://")
    )
    guest.get_by_label("Nome e cognome").fill("Piero Rossi")
    guest.get_by_label("Indirizzo e-mail").fill(address)
    number = send_form(guest, "Rata di mia figlia")

    # The page after it repeats the address and the answers.
    expect(guest.locator("#sent")).to_contain_text(address)
    expect(guest.locator("#answers")).to_contain_text("123456")
    check(guest)
    check_fits(guest)

    # The mail has none of the guest's words, and the link.
    mail = newest_mail_to(visit("/demo/mail"), address, number)
    expect(mail.locator("main")).not_to_contain_text("Rata di mia figlia")
    link = link_in(mail)
    guest.goto(link)
    expect(guest.locator("h1")).to_contain_text("Rata di mia figlia")
    expect(guest.locator("#answers")).to_contain_text("123456")
    check(guest)
    check_fits(guest)

    # An operator asks something; the guest answers here.
    scene.do("anna.ferri", number, "take")
    scene.do("anna.ferri", number, "ask", body="Quale anno?")
    guest.goto(link)
    expect(guest.locator("#articles")).to_contain_text("Quale anno?")
    guest.get_by_label("La tua risposta all'ufficio").fill("Il secondo")
    guest.get_by_role("button", name="Invia", exact=True).click()
    expect(guest.locator("#articles")).to_contain_text("Il secondo")
    check(guest)
    guest.get_by_role("link", name="English").click()
    expect(guest.locator("h1")).to_contain_text("Rata di mia figlia")
    expect(guest.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_a_link_that_opens_nothing_leads_to_another_one(
    visit: Visit, check_accessible: Check, check_fits: Check
) -> None:
    guest = visit(f"/requests/{'x' * 66}", width=360)
    expect(guest.locator("h1")).to_have_text("Questo link non apre nessuna richiesta")
    check_accessible(guest)
    check_fits(guest)

    guest.get_by_label("Numero di ticket").fill("2026113010000758")
    guest.get_by_role("button", name="Mandami il link").click()
    expect(guest.get_by_label("Indirizzo e-mail")).to_have_attribute("aria-invalid", "true")
    check_accessible(guest)

    guest.get_by_label("Indirizzo e-mail").fill("piero@example.org")
    guest.get_by_role("button", name="Mandami il link").click()
    expect(guest.locator("h1")).to_have_text("Controlla la posta")
    check_accessible(guest)
    check_fits(guest)
