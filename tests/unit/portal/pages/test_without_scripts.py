"""Forms from browsers without scripts: Back fetches the page again, so the content says whether it
is the same command.
"""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.commands.base import Command
from shared.contracts.events.tickets import TicketEvent, TicketNoted
from shared.contracts.people import SYSTEM, Actor
from shared.core.errors import HeldBySomebodyElse
from shared.database.database import Database
from tests.factories.mails import StandingClock
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
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
HELD: dict[str, Any] = {"state": "open", "owner": "anna.ferri", "actions": OPEN_ACTIONS}
BRUNO = Actor(identity="bruno.galli", name="Bruno Galli")


def noted(version: int, author: Actor = ANNA) -> TicketNoted:
    at = MORNING + timedelta(minutes=version)
    note = make_article("note", at=at, author=author, body="Visto")
    return TicketNoted(
        ticket=make_state(1, version=version, updated_at=at, **HELD), actor=author, articles=(note,)
    )


@pytest.fixture
async def written(project: Project, tickets: FakeTickets) -> None:
    """A ticket that Anna owns, in which each command writes a note of hers."""
    await project([make_created(1, version=2, **HELD)])
    versions = iter(range(3, 9))

    def answer(_command: Command) -> TicketEvent:
        return noted(next(versions))

    tickets.answers = answer


def ids(tickets: FakeTickets) -> list[int]:
    """Return for each command that was asked which of the different ones it was."""
    known = list(dict.fromkeys(command_id for _, command_id in tickets.asked))
    return [known.index(command_id) for _, command_id in tickets.asked]


async def send(
    browser: httpx.AsyncClient,
    key: str,
    body: str = "Visto",
    *,
    read: str = "2",
    marked: bool = True,
    **headers: str,
) -> httpx.Response:
    mark = {"without-scripts": "yes"} if marked else {}
    form = {"body": body, "command_id": key, "expected_version": read, **mark}
    return await browser.post(f"{PAGE}/note", data=form, headers=headers)


@pytest.mark.usefixtures("written")
async def test_the_same_words_from_a_page_that_was_fetched_again_are_the_same_command(
    reader: Reader, tickets: FakeTickets
) -> None:
    anna = reader("anna.ferri")

    answers = [await send(anna, key) for key in ("one", "two")]

    assert ids(tickets) == [0, 0]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, f"{PAGE}?done=note")
    }


@pytest.mark.usefixtures("written")
async def test_the_same_words_from_a_page_of_a_later_version_are_the_same_command(
    reader: Reader, tickets: FakeTickets
) -> None:
    anna = reader("anna.ferri")

    answers = [await send(anna, key, read=read) for key, read in (("one", "2"), ("two", "3"))]

    (first, _), (second, _) = tickets.asked
    assert second == first
    assert [answer.status_code for answer in answers] == [303, 303]


@pytest.mark.usefixtures("written")
async def test_other_words_or_another_sender_are_another_command(
    reader: Reader, tickets: FakeTickets
) -> None:
    anna, luisa = reader("anna.ferri"), reader("luisa.villa")

    for browser, body in ((anna, "Visto"), (anna, "Visto!"), (luisa, "Visto")):
        assert (await send(browser, "one", body)).status_code == 303

    assert ids(tickets) == [0, 1, 2]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("marked", "headers"),
    [(False, {}), (True, {"HX-Request": "true"})],
    ids=["no mark", "sent by a script"],
)
async def test_with_scripts_the_key_of_the_page_decides(
    reader: Reader, tickets: FakeTickets, marked: bool, headers: dict[str, str]
) -> None:
    anna = reader("anna.ferri")

    for key in ("one", "two", "two"):
        await send(anna, key, marked=marked, **headers)

    assert ids(tickets) == [0, 1, 1]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("actor", "expected"),
    [(BRUNO, [0, 1]), (ANNA, [0, 1]), (SYSTEM, [0, 0])],
    ids=["another", "the same", "system"],
)
async def test_the_same_words_after_a_person_did_something_else_are_a_new_command(
    reader: Reader, project: Project, tickets: FakeTickets, actor: Actor, expected: list[int]
) -> None:
    anna = reader("anna.ferri")
    await send(anna, "one")
    await project([noted(4, actor)])

    await send(anna, "two")

    assert ids(tickets) == expected


async def test_what_was_refused_is_done_when_it_is_sent_again_and_possible(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, version=2, **HELD)])
    anna = reader("anna.ferri")
    tickets.answers = lambda _: HeldBySomebodyElse("bruno.galli")
    refused = await send(anna, "one")
    tickets.answers = lambda _: noted(3)

    done = await send(anna, "two")

    assert (refused.status_code, done.status_code, ids(tickets)) == (409, 303, [0, 1])


@pytest.mark.usefixtures("written")
async def test_after_an_hour_the_same_words_are_a_new_command(
    reader: Reader, tickets: FakeTickets, database: Database
) -> None:
    anna = reader("anna.ferri")

    for minutes in (0, 60, 61, 62):
        database.clock = StandingClock(MORNING + timedelta(minutes=minutes))
        await send(anna, f"key-{minutes}")

    assert ids(tickets) == [0, 0, 1, 1]
