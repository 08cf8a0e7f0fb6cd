"""The way back from a ticket to the list it was opened from, and the order that is remembered."""

from typing import get_args

import pytest

from shared.contracts.events.ticket_state import State
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader
from tests.unit.portal.pages.test_bulk_page import done
from tests.unit.portal.pages.test_manage_lists import rows_of

LIST = "/manage/queues/studenti"
FILTERED = f"{LIST}?q=tassa&state=new&owner=none&sort=created_at"
TICKET = f"/manage/tickets/{make_number(1)}"


def steps_of(page: Element) -> list[str]:
    """Return the addresses of the path above a page, without the first, which is the start page."""
    return [link.attributes["href"] for link in page.one("nav", aria_label="Percorso").all("a")][1:]


@pytest.mark.parametrize("address", [FILTERED, "/manage/tickets?state=all", "/manage", LIST])
async def test_a_ticket_leads_back_to_the_list_it_was_opened_from(
    reader: Reader, project: Project, address: str
) -> None:
    await project([make_created(1)])
    anna = reader("anna.ferri")

    await anna.get(address)
    page = see((await anna.get(TICKET)).text)

    assert page.one("p", class_="sp-back").one("a").attributes["href"] == address
    assert steps_of(page) == ["/manage", address if address != "/manage" else LIST]


async def test_the_way_back_is_that_of_this_window_and_stays_after_an_action(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = done
    anna = reader("anna.ferri")
    await anna.get(FILTERED)

    other = {"referer": "http://portal.test/manage/tickets?state=ended&done=take:1&lang=it"}
    from_another_window = see((await anna.get(TICKET, headers=other)).text)
    acted = await anna.post(f"{TICKET}/take", data={"command_id": "a"})
    after = see(
        (
            await anna.get(
                acted.headers["location"], headers={"referer": f"http://portal.test{TICKET}"}
            )
        ).text
    )

    assert steps_of(from_another_window) == ["/manage", "/manage/tickets?state=ended"]
    assert steps_of(after) == ["/manage", FILTERED]


async def test_the_way_back_leads_nowhere_else_and_is_its_readers_own(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1)])
    anna, bruno = reader("anna.ferri"), reader("bruno.galli")
    await anna.get(FILTERED)
    bruno.cookies.set("sportello_list", anna.cookies["sportello_list"])
    foreign = {"referer": "http://evil.example/manage/tickets?state=all"}

    pages = [
        see((await reader_.get(TICKET, headers=headers)).text)
        for reader_, headers in ((bruno, {}), (reader("luisa.villa"), foreign))
    ]

    assert [steps_of(page) for page in pages] == [["/manage", LIST]] * 2
    assert [page.all("p", class_="sp-back") for page in pages] == [[], []]


async def test_what_a_page_asks_for_by_itself_is_not_where_its_reader_is(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1)])
    anna = reader("anna.ferri")
    await anna.get(FILTERED)
    await anna.get("/manage", headers={"hx-request": "true"})

    assert steps_of(see((await anna.get(TICKET)).text)) == ["/manage", FILTERED]
    answer = await anna.post("/logout", headers={"origin": "http://portal.test"})
    assert answer.status_code == 303
    assert "sportello_list" not in anna.cookies


async def test_the_order_chosen_is_remembered_for_every_list_of_that_person(
    reader: Reader, project: Project
) -> None:
    await project([make_created(counter) for counter in range(1, 31)])
    anna = reader("anna.ferri")

    before = see((await anna.get(LIST)).text)
    await anna.get(f"{LIST}?q=&sort=created_at")
    remembered = see((await anna.get("/manage/tickets?state=new")).text)
    await anna.get("/manage/tickets?state=new&sort=-priority&keep=no")
    still = see((await anna.get(LIST)).text)

    assert rows_of(before, "list")[0] == make_number(30)
    assert rows_of(remembered, "list")[0] == make_number(1)
    assert (
        remembered.one("select", name="sort").one("option", selected="").attributes["value"]
        == "created_at"
    )
    assert rows_of(
        see((await anna.get(remembered.one("a", rel="next").attributes["href"])).text), "list"
    )[0] == make_number(26)
    assert rows_of(still, "list")[0] == make_number(1)


@pytest.mark.parametrize("state", get_args(State))
async def test_every_state_can_be_asked_for_and_its_form_can_be_sent_again(
    reader: Reader, state: str
) -> None:
    page = see((await reader("anna.ferri").get(f"{LIST}?state={state}")).text)

    assert page.one("select", name="state").one("option", selected="").attributes["value"] == state
    assert page.one("select", name="state").all("option", value="") == []


@pytest.mark.parametrize(
    ("query", "chosen", "also", "shown"),
    [
        ("state=new&also=withdrawn", "new", ["withdrawn"], [2, 1]),
        ("state=withdrawn,new", "new", ["withdrawn"], [2, 1]),
        ("state=new&also=new", "new", [], [1]),
        ("state=ended", "ended", [], [3, 2]),
        (
            "state=withdrawn&also=closed_successful&also=closed_unsuccessful&also=merged",
            "ended",
            [],
            [3, 2],
        ),
        (
            "state=active&also=withdrawn&also=closed_successful"
            "&also=closed_unsuccessful&also=merged",
            "all",
            [],
            [3, 2, 1],
        ),
    ],
)
async def test_several_states_can_be_asked_for_together(
    reader: Reader, project: Project, query: str, chosen: str, also: list[str], shown: list[int]
) -> None:
    ended = [
        make_created(2, state="withdrawn", actions={}),
        make_created(3, state="closed_successful", actions={}),
    ]
    await project([make_created(1), *ended])

    page = see((await reader("anna.ferri").get(f"{LIST}?{query}")).text)

    assert rows_of(page, "list") == [make_number(counter) for counter in shown]
    assert page.one("select", name="state").one("option", selected="").attributes["value"] == chosen
    assert [
        box.attributes["value"]
        for box in page.all("input", name="also")
        if "checked" in box.attributes
    ] == also


async def test_a_request_leads_back_to_the_page_of_requests_it_was_opened_from(
    reader: Reader, project: Project
) -> None:
    await project([make_created(counter) for counter in range(1, 31)])
    giulia = reader("giulia.neri")
    second = see((await giulia.get("/my")).text).one("a", rel="next").attributes["href"]
    await giulia.get(second)

    assert steps_of(see((await giulia.get(f"/my/{make_number(1)}")).text)) == [second]
