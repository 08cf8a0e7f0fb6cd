"""A ticket in Anna's hands and the forms on its page, for the tests of the portal's pages."""

from typing import Any

from shared.contracts.events.tickets import TicketTaken
from tests.factories.portal_events import ANNA, OPEN_ACTIONS, make_state
from tests.fakes.seen_page import Element


def make_open(version: int = 2, **changes: Any) -> TicketTaken:
    """Return the event by which Anna took ticket 1; `changes` replaces facts of the ticket."""
    held: dict[str, Any] = {
        "state": "open",
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "actions": OPEN_ACTIONS,
        "queue": "studenti",
    }
    change: Any = {"owner": (None, "anna.ferri"), "state": ("new", "open")}
    return TicketTaken(
        ticket=make_state(1, version=version, **(held | changes)),
        actor=ANNA,
        changes=change,
        first_time=True,
    )


def offered(page: Element) -> list[str]:
    """Return what the page offers to do, by the last part of its forms' addresses."""
    return [
        form.attributes["action"].rpartition("/")[2]
        for form in page.one("main").all("form", method="post")
    ]


def form_for(page: Element, action: str) -> Element:
    """Return the form that does `action`."""
    return next(
        form
        for form in page.one("main").all("form", method="post")
        if form.attributes["action"].endswith(f"/{action}")
    )


def key_in(page: Element, action: str) -> str:
    """Return the command id in the form of `action`."""
    return form_for(page, action).one("input", name="command_id").attributes["value"]
