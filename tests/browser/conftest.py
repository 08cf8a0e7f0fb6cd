"""A whole Sportello and a real browser.

`SPORTELLO_TEST_URL` names an installation that runs already (with demo identities and the example
desk); else one is started here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.scene import Scene
from tests.fixtures.settings import CALLERS_ENVIRONMENT
from tests.installation.start import embedded

# Chromium as Debian ships it; what it would tell or fetch on its own is switched off.
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PATIENCE_MS = 30_000

SignIn = Callable[..., Page]
Check = Callable[[Page], None]


@pytest.fixture(scope="module")
def installation(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a running Sportello."""
    given = pytestconfig.stash[CALLERS_ENVIRONMENT].get("SPORTELLO_TEST_URL")
    if given:
        yield given.rstrip("/")
        return
    with embedded(name="browser") as running:
        yield running.portals[0]


@pytest.fixture(scope="module")
def scene(installation: str) -> Iterator[Scene]:
    """Tickets for the pages, made through the API."""
    with Scene(installation) as made:
        yield made


@pytest.fixture(scope="module")
def chromium_browser(chromium: Path) -> Iterator[Browser]:
    """A browser.

    It ends with the module: while it lives, its event loop runs in this thread and no coroutine
    test could.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def sign_in(installation: str, chromium_browser: Browser) -> Iterator[SignIn]:
    """Open a browser in which an identity has been chosen at the login page, at `path`."""
    contexts = []

    def open_page(identity: str, path: str, *, javascript: bool = True, width: int = 1280) -> Page:
        context = chromium_browser.new_context(
            base_url=installation,
            locale="it-IT",
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"/login?next={path}")
        page.locator(f"button[value='{identity}']").click()
        page.wait_for_url(f"**{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def check_accessible() -> Check:
    """Check a page with axe, everything unfolded: no known barrier."""
    axe = Axe()

    def check(page: Page) -> None:
        page.evaluate(
            "document.querySelectorAll('details:not([name])').forEach(each => { each.open = true })"
        )
        found = axe.run(page, options={"runOnly": list(RULES)}).response
        assert found["violations"] == [], (
            f"{page.url}: {[(one['id'], one['nodes'][0]['html']) for one in found['violations']]}"
        )
        assert len(found["passes"]) > 10

    return check


@pytest.fixture(scope="session")
def check_fits() -> Check:
    """Check that a page needs no sideways scrolling."""

    def check(page: Page) -> None:
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, f"{page.url} is {too_wide} pixels wider than the window"

    return check
