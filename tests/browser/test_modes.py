"""Dark screens, forced colours, paper and a window of half the width are as good as the light
page.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
QUEUE = "/manage/queues/studenti"
BORDER = "getComputedStyle(document.getElementById('trouble')).borderLeftColor"
pytestmark = pytest.mark.timeout(180)


def show_trouble(page: Page, *, focused: bool) -> None:
    page.keyboard.press("Tab")
    page.evaluate(
        f"box => {{ box.hidden = false; {'box.focus();' if focused else ''} }}",
        page.locator("#trouble").element_handle(),
    )


def test_dark_pages_have_no_barrier_either(
    sign_in: SignIn, scene: Scene, check_accessible: Check
) -> None:
    number = scene.request("giulia.neri", "Una richiesta al buio")
    scene.do("anna.ferri", number, "take")
    scene.do("anna.ferri", number, "note", body="Solo per noi")
    anna = sign_in("anna.ferri", QUEUE)
    giulia = sign_in("giulia.neri", "/forms/tasse")
    for page, paths in (
        (anna, ("/manage", QUEUE, f"/manage/tickets/{number}", "/api/docs")),
        (giulia, ("/", "/forms/tasse", f"/my/{number}")),
    ):
        page.emulate_media(color_scheme="dark")
        for path in paths:
            page.goto(path)
            check_accessible(page)
            assert (
                page.evaluate("getComputedStyle(document.body).backgroundColor")
                == "rgb(16, 24, 31)"
            )


def test_paper_has_the_request_with_all_its_texts_and_nothing_to_press(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Una richiesta su carta")
    scene.do("anna.ferri", number, "take")
    giulia = sign_in("giulia.neri", f"/my/{number}")
    expect(giulia.get_by_text("abbiamo ricevuto la tua richiesta")).to_be_hidden()

    giulia.emulate_media(media="print")

    expect(giulia.get_by_role("heading", name="Una richiesta su carta")).to_be_visible()
    expect(giulia.get_by_text("abbiamo ricevuto la tua richiesta")).to_be_visible()
    for hidden in (
        giulia.get_by_role("navigation"),
        giulia.get_by_role("button"),
        giulia.locator("form"),
        giulia.locator("#footer"),
    ):
        assert [each for each in hidden.all() if each.is_visible()] == []


def test_a_message_keeps_its_colour_while_it_has_the_focus(sign_in: SignIn) -> None:
    page = sign_in("giulia.neri", "/my")
    show_trouble(page, focused=False)
    before = page.evaluate(BORDER)

    show_trouble(page, focused=True)

    expect(page.locator("#trouble")).to_be_focused()
    assert page.evaluate(BORDER) == before != "rgb(0, 0, 0)"


def test_forced_colours_say_by_lines_what_is_lit(sign_in: SignIn) -> None:
    page = sign_in("giulia.neri", "/my")
    page.emulate_media(forced_colors="active")

    lines = page.locator(".sp-nav a").evaluate_all(
        "each => each.map(one => getComputedStyle(one).borderBottomColor)"
    )

    lit = page.locator(".sp-nav a").evaluate_all(
        "each => each.map(one => one.hasAttribute('aria-current'))"
    )
    assert len({line for line, is_lit in zip(lines, lit, strict=True) if not is_lit}) == 1
    assert len(set(lines)) == 2


def test_the_apis_fit_a_phone(sign_in: SignIn, check_fits: Check) -> None:
    page = sign_in("anna.ferri", "/manage", width=390)
    for path in ("/api/docs", "/api/forms/docs"):
        for language in ("it", "en"):
            page.goto(f"{path}?lang={language}")
            check_fits(page)


@pytest.mark.parametrize("path", ["/forms/tasse", QUEUE, "/manage"])
def test_a_page_at_twice_its_size_needs_no_sideways_scrolling(
    sign_in: SignIn, check_fits: Check, path: str
) -> None:
    check_fits(sign_in("anna.ferri", path, width=640))
