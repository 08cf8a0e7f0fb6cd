"""A requester's reply against news: what the office wrote meanwhile is shown, and they are asked
once.
"""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.events.tickets import TicketQuestionAsked, TicketRequesterReplied, TicketTaken
from shared.core.errors import ChangedSince
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader
from tests.unit.portal.pages.test_guest_pages import CONFIRMED, link_to

LATER = MORNING + timedelta(minutes=9)
QUESTION = "Quale rata?"
PEOPLE = {"giulia": make_person("giulia.neri"), "a guest": CONFIRMED}


def page_of(person: str) -> str:
    return f"/my/{make_number(1)}" if person == "giulia" else link_to()


def browser_of(person: str, reader: Reader) -> httpx.AsyncClient:
    return reader("giulia.neri" if person == "giulia" else None)


def facts(person: str, version: int, **changes: Any) -> dict[str, Any]:
    held = {
        "state": "open",
        "owner": "anna.ferri",
        "actions": OPEN_ACTIONS,
        "requester": PEOPLE[person],
    }
    return {**held, "version": version, "updated_at": LATER, **changes}


def asked(person: str) -> TicketQuestionAsked:
    question = make_article("question", at=LATER, author=ANNA, body=QUESTION)
    return TicketQuestionAsked(
        ticket=make_state(1, **facts(person, 2)), actor=ANNA, articles=(question,)
    )


def replied(person: str, version: int) -> TicketRequesterReplied:
    return TicketRequesterReplied(ticket=make_state(1, **facts(person, version)))


async def reply(
    browser: httpx.AsyncClient, page: str, *, version: int = 1, key: str = "one"
) -> httpx.Response:
    return await browser.post(
        f"{page}/reply",
        data={"body": "La mia vecchia idea", "command_id": key, "expected_version": str(version)},
    )


def form_in(page: Element, address: str) -> Element:
    return page.one("form", action=f"{address}/reply")


@pytest.mark.parametrize("person", PEOPLE)
async def test_what_the_office_wrote_meanwhile_is_shown_above_the_text_and_it_is_asked_once(
    reader: Reader, project: Project, tickets: FakeTickets, person: str
) -> None:
    browser, page = browser_of(person, reader), page_of(person)
    await project([make_created(1, requester=PEOPLE[person])])
    before = form_in(see((await browser.get(page)).text), page).one(
        "input", name="expected_version"
    )
    await project([asked(person)])
    tickets.answers = lambda _: ChangedSince(2)

    answer = await reply(browser, page)

    form = form_in(see(answer.text), page)
    told = form.one("div", role="status")
    assert (before.attributes["value"], answer.status_code, len(tickets.asked)) == ("1", 409, 1)
    assert getattr(tickets.commands[0], "expected_version", None) == 1
    assert QUESTION in told.text
    assert "Anna" not in told.text
    assert "Invia comunque" in told.text
    assert form.one("textarea").text.strip() == "La mia vecchia idea"
    assert form.one("input", name="expected_version").attributes["value"] == "2"
    assert "l'ufficio ti ha scritto" in see(answer.text).one("main").text

    tickets.answers = lambda _: replied(person, 3)
    sent = await reply(
        browser, page, version=2, key=form.one("input", name="command_id").attributes["value"]
    )
    assert sent.status_code == 303


@pytest.mark.parametrize("person", PEOPLE)
async def test_what_is_no_word_of_the_office_holds_nobody_up(
    reader: Reader, project: Project, tickets: FakeTickets, person: str
) -> None:
    browser, page = browser_of(person, reader), page_of(person)
    taken = TicketTaken(ticket=make_state(1, **facts(person, 2)), actor=ANNA, first_time=True)
    await project([make_created(1, requester=PEOPLE[person]), taken])

    def answer(command: Any) -> Any:
        return ChangedSince(2) if command.expected_version == 1 else replied(person, 3)

    tickets.answers = answer

    answers = [await reply(browser, page) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [getattr(command, "expected_version", None) for command in tickets.commands] == [
        1,
        2,
        1,
        2,
    ]
    assert len({command_id for _, command_id in tickets.asked}) == 2


async def test_what_is_still_on_its_way_to_the_page_is_asked_about(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: ChangedSince(2)

    answer = await reply(reader("giulia.neri"), page_of("giulia"))

    form = form_in(see(answer.text), page_of("giulia"))
    assert (answer.status_code, len(tickets.asked)) == (409, 1)
    assert form.one("input", name="expected_version").attributes["value"] == "2"
