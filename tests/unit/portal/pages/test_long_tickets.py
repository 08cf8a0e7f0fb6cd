"""A ticket in which very much was written is shown a part at a time; each part has its address,
which works without a script.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import Article
from shared.contracts.events.tickets import TicketNoted, TicketRequesterReplied, TicketShared
from shared.contracts.guest_links import guest_token, link_to
from shared.contracts.people import Actor, Requester
from shared.core.ids import derived_id
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import GUESTS, Project
from tests.unit.portal.pages.conftest import Reader

MANAGE, MINE = f"/manage/tickets/{make_number(1)}", f"/my/{make_number(1)}"
GIULIA = Actor(identity="giulia.neri", name="Giulia Neri")
GUEST = Requester(name="Piero Rossi", email="piero.rossi@example.org", assurance="confirmed")
_OF_A_GUEST = link_to(GUESTS.secret, derived_id("ticket", 1), GUEST.email)
LINK = f"/requests/{guest_token(GUESTS.secret, _OF_A_GUEST)}"


def written(count: int, *, kind: str = "reply", length: int = 0) -> tuple[Article, ...]:
    return tuple(
        make_article(
            kind,
            body=f"parola{n:03}".ljust(length, "x"),
            author=GIULIA,
            at=MORNING + timedelta(minutes=2, seconds=n),
        )
        for n in range(count)
    )


def long_ticket(count: int, *, length: int = 0, **facts: Any) -> list[Event]:
    articles = written(count, length=length)
    return [
        make_created(1, **facts),
        TicketRequesterReplied(
            ticket=make_state(1, version=2, **facts), actor=GIULIA, articles=articles
        ),
    ]


def words_in(page: str) -> list[int]:
    return [int(found) for found in re.findall(r"parola(\d{3})", page)]


def links_in(page: str, label: str) -> Sequence[str]:
    return [link.attributes["href"] for link in see(page).all("a") if link.text.strip() == label]


def actions_in(page: str) -> list[str]:
    return [form.attributes.get("action", "") for form in see(page).one("main").all("form")]


@pytest.mark.parametrize(
    ("who", "path"), [("anna.ferri", MANAGE), ("giulia.neri", MINE), (None, LINK)]
)
async def test_a_page_shows_the_newest_fifty_messages_and_leads_to_all_earlier_ones(
    reader: Reader, project: Project, who: str | None, path: str
) -> None:
    await project(long_ticket(120, requester=GUEST) if who is None else long_ticket(120))
    browser = reader(who, language="en")

    first = (await browser.get(path)).text
    (to_second,) = links_in(first, "Show earlier messages")
    second = (await browser.get(to_second.partition("#")[0])).text
    (to_third,) = links_in(second, "Show earlier messages")
    third = (await browser.get(to_third.partition("#")[0])).text

    assert [words_in(first), words_in(second), words_in(third)] == [
        list(range(70, 120)),
        list(range(20, 70)),
        list(range(20)),
    ]
    assert "Messages 72 to 121 of 121." in first, "the request itself is the first"
    assert links_in(third, "Show earlier messages") == []
    assert links_in(first, "Show the newest messages") == []
    assert links_in(third, "Show the newest messages") == [f"{path}#articles-title"]
    assert actions_in(third) == actions_in(first) != [], "one can act from every part"


async def test_a_page_holds_only_so_much_text_however_few_messages_have_it(
    reader: Reader, project: Project
) -> None:
    await project(long_ticket(40, length=20_000))

    page = (await reader("giulia.neri", language="en").get(MINE)).text

    assert words_in(page) == list(range(30, 40))
    assert len(page) < 300_000
    assert "Messages 32 to 41 of 41." in page


async def test_a_short_ticket_says_nothing_of_parts(reader: Reader, project: Project) -> None:
    await project(long_ticket(49))

    page = (await reader("anna.ferri", language="en").get(MANAGE)).text

    assert words_in(page) == list(range(49))
    assert see(page).all("p", id="articles-part") == []


async def test_notes_neither_show_nor_count_for_the_requester(
    reader: Reader, project: Project
) -> None:
    notes = tuple(
        make_article("note", body=f"nota {n}", at=MORNING + timedelta(hours=1, seconds=n))
        for n in range(60)
    )
    await project(
        [*long_ticket(60), TicketNoted(ticket=make_state(1, version=3), actor=ANNA, articles=notes)]
    )

    page = (await reader("giulia.neri", language="en").get(MINE)).text

    assert words_in(page) == list(range(10, 60))
    assert "Messages 12 to 61 of 61." in page


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=00000000-0000-0000-0000-000000000000",
        "changes_before=x",
        "changes_before=" + "9" * 30,
    ],
)
async def test_a_part_that_is_none_is_the_newest(
    reader: Reader, project: Project, query: str
) -> None:
    await project(long_ticket(60))

    answer = await reader("anna.ferri").get(f"{MANAGE}?{query}")

    assert (answer.status_code, words_in(answer.text)) == (200, list(range(10, 60)))


async def test_an_article_of_another_ticket_is_no_place_in_this_one(
    reader: Reader, project: Project
) -> None:
    other = make_article("request", counter=2, body="")
    await project([*long_ticket(60), make_created(2)])

    page = (await reader("anna.ferri").get(f"{MANAGE}?before={other.id}")).text

    assert words_in(page) == list(range(10, 60))


async def test_the_api_gives_the_whole_ticket(reader: Reader, project: Project) -> None:
    await project(long_ticket(120))
    headers = {"Accept": "application/json"}

    operators = (
        await reader("anna.ferri").get(f"/api/tickets/{make_number(1)}", headers=headers)
    ).json()
    own = (
        await reader("giulia.neri").get(f"/api/my/requests/{make_number(1)}", headers=headers)
    ).json()

    assert (len(operators["articles"]), len(own["articles"])) == (121, 121)
    assert {"part", "earlier"}.isdisjoint(operators)


async def test_a_long_history_is_shown_a_part_at_a_time(reader: Reader, project: Project) -> None:
    shared = [
        TicketShared(
            ticket=make_state(1, version=version), actor=GIULIA, reason=f"perché{version:03}"
        )
        for version in range(2, 122)
    ]
    await project([make_created(1), *shared])
    anna = reader("anna.ferri", language="en")

    first = (await anna.get(MANAGE)).text
    (to_second,) = links_in(first, "Show 71 earlier changes")
    second = (await anna.get(to_second.partition("#")[0])).text

    assert [int(found) for found in re.findall(r"perché(\d{3})", first)] == list(range(72, 122))
    assert [int(found) for found in re.findall(r"perché(\d{3})", second)] == list(range(22, 72))
    assert "open" in see(second).one("details", id="history").attributes
    assert links_in(second, "Show the newest changes") == [f"{MANAGE}#history"]
