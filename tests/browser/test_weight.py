"""What a page costs to load: bytes over the wire and requests, which are the same on every
machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import SignIn
from tests.browser.scene import Scene

FIRST_LOAD_BYTES = 150_000
LATER_PAGE_BYTES = 20_000
QUEUE = "/manage/queues/studenti"
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum)));
})"""
pytestmark = pytest.mark.timeout(180)


class Wire:
    """What was sent to the browser of `page`, and how many bytes came.

    An answer of 304 says that nothing is new: a stream that opens before the page has loaded asks
    for it, and nothing is sent twice.
    """

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._came)

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"]["status"] != HTTPStatus.NOT_MODIFIED:
            self.sent.append(event["response"]["url"])

    def _came(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def forget(self) -> None:
        self.sent.clear()
        self.bytes = 0

    def sent_twice(self) -> list[str]:
        return [url for url, count in Counter(self.sent).items() if count > 1]


def unchanged(path: str) -> Callable[[Response], bool]:
    """Return what knows the answer that the page at `path` is still the same."""
    return lambda answer: urlsplit(answer.url).path == path and answer.status == 304


@pytest.mark.parametrize(
    ("identity", "path"),
    [("giulia.neri", "/"), ("giulia.neri", "/forms/tasse"), ("anna.ferri", QUEUE)],
)
def test_a_first_page_is_light_a_later_one_very_and_nothing_moves(
    sign_in: SignIn, scene: Scene, identity: str, path: str
) -> None:
    number = scene.request("giulia.neri", "Una richiesta che sta nella coda")
    # The receipt is the last that comes by itself: a page that is loaded before it is rightly
    # fetched again.
    on_ticket = sign_in("anna.ferri", f"/manage/tickets/{number}")
    expect(on_ticket.locator("#articles").get_by_text("E-mail inviata")).to_have_count(1)
    elsewhere = sign_in(identity, path)
    assert elsewhere.context.browser is not None
    fresh = elsewhere.context.browser.new_context(
        base_url=elsewhere.url, storage_state=elsewhere.context.storage_state(), locale="it-IT"
    )
    page = fresh.new_page()
    wire = Wire(page)

    page.goto(path)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_load_state("load")
    first, twice = wire.bytes, wire.sent_twice()
    moved = page.evaluate(SHIFT)
    wire.forget()
    page.goto(path)
    page.wait_for_load_state("load")
    later = wire.bytes
    fresh.close()

    assert 0 < first < FIRST_LOAD_BYTES
    assert 0 < later < LATER_PAGE_BYTES
    assert twice == []
    assert moved < 0.05


def test_the_page_is_not_sent_again_when_the_stream_opens_nor_while_it_is_the_same(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Una richiesta che resta come è")
    scene.do("anna.ferri", number, "take")
    page = sign_in("anna.ferri", f"/manage/tickets/{number}")
    # Nothing comes by itself after the receipt and the taking charge.
    expect(page.locator("#articles").get_by_text("E-mail inviata")).to_have_count(2)
    for path in (QUEUE, f"/manage/tickets/{number}"):
        is_the_same = unchanged(path)
        with page.expect_response(is_the_same):
            page.goto(path)
        with page.expect_response(is_the_same):
            page.locator("#live-refresh").dispatch_event("show")

    with page.expect_response(
        lambda answer: f"/manage/tickets/{number}" in answer.url and answer.status == 200
    ):
        scene.do("anna.ferri", number, "note", body="Ora è cambiata")
    page.get_by_text("Ora è cambiata").wait_for()
