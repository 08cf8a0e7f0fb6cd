"""Every form of every page can be sent with the browser's own checks, and those that ask for a page
lead to one.
"""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.browser.scene import Scene

pytestmark = pytest.mark.timeout(300)

STARTS = (
    "/",
    "/forms",
    "/forms?on-behalf=yes",
    "/my",
    "/manage",
    "/manage/tickets",
    "/manage/notices",
    "/login",
)

# Fills in what the form insists on, as somebody would who reads it: the first real choice, a text
# of the wanted kind. Returns what cannot be filled in: a control that is shown to nobody, or a list
# without any choice.
FILL_IN = """form => {
  for (let at = form; at; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  for (const inner of form.querySelectorAll("details")) inner.open = true;
  const later = new Date(Date.now() + 864e5).toISOString().slice(0, 16);
  const typed = {email: "chi@example.org", "datetime-local": later, number: "1"};
  const impossible = [];
  for (const control of form.elements) {
    if (!control.willValidate || control.checkValidity()) continue;
    if (!control.checkVisibility()) impossible.push(`${control.name}: hidden`);
    if (control instanceof HTMLSelectElement)
      control.value = [...control.options].find(one => one.value && !one.disabled)?.value ?? "";
    else if (control.type === "radio" || control.type === "checkbox") control.checked = true;
    else {
      const fits = one => new RegExp(`^(?:${control.pattern})$`).test(one);
      control.value = ["2026/2027", "123456"].find(fits) ?? "123456";
    }
    if (typed[control.type]) control.value = typed[control.type];
    if (!control.checkValidity()) impossible.push(`${control.name}: ${control.validationMessage}`);
  }
  return impossible;
}"""

# Asks the browser to send the form and stops it at the last moment: what is done to tickets is not
# the question here.
WOULD_BE_SENT = """form => {
  let sent = false;
  const stop = event => { sent = true; event.preventDefault(); event.stopImmediatePropagation(); };
  window.addEventListener("submit", stop, {capture: true, once: true});
  form.requestSubmit(form.querySelector("button:not([disabled])"));
  window.removeEventListener("submit", stop, {capture: true});
  return sent;
}"""


@pytest.fixture(scope="module")
def tickets(scene: Scene) -> list[str]:
    """A new ticket, one that Anna works, one that is closed."""
    new, open_, closed = (
        scene.request("giulia.neri", subject) for subject in ("Nuova", "In lavorazione", "Conclusa")
    )
    for number in (open_, closed):
        scene.do("anna.ferri", number, "take")
    scene.do("anna.ferri", closed, "close", outcome="successful", answer="Fatto.")
    return [new, open_, closed]


def shape_of(address: str) -> str:
    """Return what stands for all addresses of one kind of page."""
    parts = urlsplit(address)
    names = "&".join(
        sorted(name for name in parts.query.split("&") if name.startswith("on-behalf"))
    )
    path = re.sub(r"^/manage/queues/.*", "/manage/queues/Q", re.sub(r"\d{16,}", "N", parts.path))
    return f"{path}?{names}"


def send_every_form(page: Page) -> list[str]:
    """Send each form of the page that is open, and come back; return what is wrong."""
    address, wrong = page.url, []
    for position in range(page.locator("form").count()):
        form = page.locator("form").nth(position)
        name = (
            f"{urlsplit(address).path} "
            f"{form.get_attribute('action') or form.get_attribute('method')}"
        )
        if form.get_attribute("role") == "search" and not form.evaluate(
            "form => form.checkValidity()"
        ):
            wrong.append(f"{name}: cannot be sent as it stands")
        wrong += [f"{name}: {what}" for what in form.evaluate(FILL_IN)]
        if form.get_attribute("method") == "get" and not wrong:
            with page.expect_navigation(wait_until="commit"):
                form.evaluate("form => form.requestSubmit()")
            page.goto(address)
        elif form.get_attribute("method") != "dialog" and not form.evaluate(WOULD_BE_SENT):
            wrong.append(f"{name}: the browser does not send it")
    return wrong


@pytest.mark.parametrize("identity", ["luisa.villa", "anna.ferri", "giulia.neri", None])
def test_every_form_of_every_page_can_be_sent(
    sign_in: SignIn,
    installation: str,
    chromium_browser: Browser,
    tickets: list[str],
    identity: str | None,
) -> None:
    if identity is None:
        page = chromium_browser.new_context(base_url=installation, locale="it-IT").new_page()
        page.set_default_timeout(PATIENCE_MS)
    else:
        page = sign_in(identity, "/")
    waiting = [
        *STARTS,
        *(f"{place}/{number}" for place in ("/manage/tickets", "/my") for number in tickets),
    ]
    met = {shape_of(start) for start in waiting}
    forms, wrong = 0, []
    while waiting:
        page.goto(waiting.pop(0))
        for link in page.eval_on_selector_all("a[href]", "links => links.map(each => each.href)"):
            path = link.removeprefix(installation)
            if (
                path.startswith("/")
                and not path.startswith(("/api", "/static"))
                and shape_of(path) not in met
            ):
                met.add(shape_of(path))
                waiting.append(path)
        forms += page.locator("form").count()
        wrong += send_every_form(page)

    assert wrong == []
    assert forms > 10
    page.context.close()
