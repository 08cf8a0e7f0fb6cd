"""One of something is said in the singular."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from services.portal.context import PortalContext
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

ONE = make_number(1)


def words_of(page: Element, kind: str, **which: str) -> dict[str, str]:
    return page.one(kind, **which).attributes


@pytest.mark.parametrize(
    ("language", "too_long", "room", "more"),
    [
        (
            "it",
            "{over} carattere di troppo: possono essere al massimo {limit}.",
            "{length} carattere su {limit}",
            "e un altro",
        ),
        (
            "en",
            "{over} character too many: there is room for {limit}.",
            "{length} of {limit} character",
            "and 1 more",
        ),
    ],
)
async def test_scripts_are_given_the_singular(
    language: str, too_long: str, room: str, more: str, reader: Reader, project: Project
) -> None:
    await project([make_created(1)])

    page = see((await reader("anna.ferri").get(f"/manage/tickets/{ONE}?lang={language}")).text)

    body = words_of(page, "body")
    assert (body["data-too-long-one"], body["data-room-one"]) == (too_long, room)
    assert words_of(page, "div", id="live-refresh")["data-more-one"] == more


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [((1,), "Done for 1 of 1 ticket"), ((1, 2), "Done for 2 of 2 tickets")],
)
async def test_an_action_on_one_ticket_of_a_list_is_of_one_ticket(
    numbers: tuple[int, ...], sentence: str, reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda _: make_created(1)
    form = {"command_id": "key", "back": "/manage/queues/studenti", "action": "take"}

    picked = {f"ticket-{make_number(n)}": "true" for n in numbers}
    answer = await reader("anna.ferri").post("/manage/bulk?lang=en", data={**form, **picked})

    assert f"{sentence}<" in answer.text


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (1, "en", "until 1 day after"),
        (1, "it", "fino a 1 giorno dopo"),
        (30, "it", "fino a 30 giorni dopo"),
    ],
)
async def test_a_link_that_works_for_one_day_is_said_to_work_for_one_day(
    days: int, language: str, words: str, reader: Reader, app: FastAPI, portal: PortalContext
) -> None:
    app.state.portal = replace(portal, guests=replace(portal.guests, days=days))

    answer = await reader(None).get(f"/requests/nonsense?lang={language}")

    assert words in answer.text
