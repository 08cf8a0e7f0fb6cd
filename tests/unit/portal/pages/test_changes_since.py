"""A reply against news: what came while somebody wrote is shown, and it is asked once."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.events.tickets import TicketNoted
from shared.contracts.people import Actor
from shared.core.errors import ChangedSince
from tests.factories.portal_events import (
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.factories.portal_families import CHILD, make_family
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
BRUNO = Actor(identity="bruno.galli", name="Bruno Galli")
LATER = MORNING + timedelta(minutes=9)
HELD: dict[str, Any] = {
    "state": "open",
    "owner": "anna.ferri",
    "actions": OPEN_ACTIONS | {"forward": "right:rw"},
}
NEWS = {
    "version": 3,
    "event": "tickets.ticket.noted.v1",
    "actor": BRUNO.model_dump(),
    "at": LATER.isoformat(),
}


def noted() -> TicketNoted:
    note = make_article("note", at=LATER, author=BRUNO, body="Non rispondere: ha già telefonato.")
    return TicketNoted(
        ticket=make_state(1, version=3, updated_at=LATER, **HELD), actor=BRUNO, articles=(note,)
    )


@pytest.mark.parametrize("action", ["reply", "ask", "note", "forward", "close"])
async def test_a_form_carries_the_version_that_was_read(
    action: str, reader: Reader, project: Project
) -> None:
    await project([make_created(1, version=2, **HELD)])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert (
        page.one("form", action=f"{PAGE}/{action}")
        .one("input", name="expected_version")
        .attributes["value"]
        == "2"
    )


async def test_news_is_shown_above_the_typed_text_and_the_form_carries_the_new_version(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, version=2, **HELD), noted()])
    tickets.answers = lambda _: ChangedSince(3, (NEWS,))
    form = {"body": "Ecco la risposta.", "command_id": "one", "expected_version": "2"}

    answer = await reader("anna.ferri").post(f"{PAGE}/reply", data=form)

    page = see(answer.text)
    assert answer.status_code == 409
    assert getattr(tickets.commands[0], "expected_version", None) == 2
    sent = page.one("form", action=f"{PAGE}/reply")
    asked = sent.one("div", role="status")
    assert "Bruno Galli" in asked.text
    assert "Non rispondere: ha già telefonato." in asked.text
    assert "Invia comunque" in asked.text
    assert sent.one("textarea").text.strip() == "Ecco la risposta."
    assert sent.one("input", name="expected_version").attributes["value"] == "3"
    assert sent.one("input", name="command_id").attributes["value"] != "one"


async def test_it_is_asked_once_even_while_the_news_is_on_its_way_to_the_page(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, version=2, **HELD)])
    tickets.answers = lambda _: ChangedSince(3, (NEWS,))

    answer = await reader("anna.ferri").post(
        f"{PAGE}/note", data={"body": "Visto.", "command_id": "one", "expected_version": "2"}
    )

    sent = see(answer.text).one("form", action=f"{PAGE}/note")
    assert "Bruno Galli" in sent.one("div", role="status").text
    assert sent.one("input", name="expected_version").attributes["value"] == "3"


async def test_another_form_of_the_page_shows_no_news(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, version=2, **HELD)])
    tickets.answers = lambda _: ChangedSince(3, (NEWS,))

    answer = await reader("anna.ferri").post(
        f"{PAGE}/note", data={"body": "Visto.", "command_id": "one", "expected_version": "2"}
    )

    assert see(answer.text).one("form", action=f"{PAGE}/reply").all("div", role="status") == []


async def test_the_owner_of_a_parent_sends_the_version_of_the_child_that_was_read(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project(make_family())
    tickets.answers = lambda _: ChangedSince(
        3, (NEWS | {"event": "tickets.ticket.question-asked.v1"},)
    )
    anna, page = reader("anna.ferri"), f"/manage/tickets/{CHILD}"

    before = see((await anna.get(page)).text).one("form", action=f"{page}/reply")
    after = await anna.post(
        f"{page}/reply", data={"body": "Ecco.", "command_id": "one", "expected_version": "1"}
    )

    assert before.one("input", name="expected_version").attributes["value"] == "1"
    sent = see(after.text).one("form", action=f"{page}/reply")
    assert "Bruno Galli" in sent.one("div", role="status").text
    assert sent.one("textarea").text.strip() == "Ecco."
