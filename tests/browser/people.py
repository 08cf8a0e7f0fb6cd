"""What people do in front of the pages, step by step."""

import re

from playwright.sync_api import Page


def send_form(page: Page, subject: str) -> str:
    """Fill in the form about fees and return the number of the ticket that came of it."""
    page.get_by_label("Oggetto").fill(subject)
    page.get_by_label("Descrizione").fill("Ho pagato la seconda rata ma risulta ancora da pagare.")
    page.get_by_label("Numero di matricola").fill("123456")
    page.get_by_label("Anno accademico").fill("2026/2027")
    return send_request(page)


def send_request(page: Page) -> str:
    """Agree and send the form that is filled in; return the number of the ticket that came of
    it.
    """
    page.get_by_label("Ho letto l'informativa").check()
    page.get_by_role("button", name="Invia la richiesta").click()
    page.wait_for_url("**/forms/requests/*")
    shown = page.locator("#ticket-number")
    for _ in range(20):
        if shown.count() or not page.locator("a[href^='/forms/requests/']").count():
            break
        page.reload()
    number = shown.inner_text()
    assert re.fullmatch(r"\d{16,}", number)
    return number


def unfold(page: Page, title: str) -> None:
    """Open one of the ways to write."""
    page.locator("summary").filter(has_text=title).click()


def headings_of_articles(page: Page) -> list[str]:
    return page.locator("#articles h3").all_inner_texts()
