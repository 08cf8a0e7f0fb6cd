"""The page that describes the API tries its calls out, with nothing from other machines and under
the same security policy.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, SignIn

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(180)


def test_a_call_is_tried_as_whoever_is_signed_in(sign_in: SignIn) -> None:
    page = sign_in("anna.ferri", "/api/docs")
    complaints: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: complaints.extend(complaint_in(message)))
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))

    page.get_by_role("button", name="Prova le chiamate").click()
    call = unfolded(page, "get_me")
    call.get_by_role("button", name="Execute").click()

    answer = call.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer).to_contain_text("anna.ferri")
    assert complaints == []
    assert asked == {urlsplit(page.url).netloc}


def test_the_forms_have_the_same(sign_in: SignIn) -> None:
    page = sign_in("anna.ferri", "/api/forms/docs")

    page.get_by_role("button", name="Prova le chiamate").click()
    call = unfolded(page, "list_forms")
    call.get_by_role("button", name="Execute").click()

    expect(call.locator(".live-responses-table")).to_contain_text("iscrizioni")


def test_on_a_dark_screen_the_calls_can_be_read(sign_in: SignIn) -> None:
    page = sign_in("anna.ferri", "/api/docs")
    page.emulate_media(color_scheme="dark")

    page.get_by_role("button", name="Prova le chiamate").click()

    summary = page.locator("[id$='-get_me'] .opblock-summary-description")
    expect(summary).to_have_css("color", "rgb(228, 230, 230)")


def test_without_scripts_nothing_is_promised(sign_in: SignIn) -> None:
    page = sign_in("anna.ferri", "/api/docs", javascript=False)

    expect(page.get_by_role("button", name="Prova le chiamate")).to_have_count(0)


def unfolded(page: Page, operation: str) -> Locator:
    call = page.locator(f"[id$='-{operation}']")
    call.locator(".opblock-summary-control").click()
    return call


def complaint_in(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type in ("error", "warning") else []
