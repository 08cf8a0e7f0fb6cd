"""What a page left open learns of the tickets that its list no longer has."""

from tests.factories.portal_events import ANNA, make_created, make_number
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader
from tests.unit.portal.pages.test_manage_lists import BRUNO, make_taken, rows_of

LIST = "/manage/queues/studenti?state=new&sort=created_at"


def left_in(page: Element) -> dict[str, list[str]]:
    """Return the lists for which each ticket of the hidden table is still meant, by its number."""
    hidden = page.one("main").all("table", hidden="")
    rows = hidden[0].all("tr") if hidden else []
    return {row.attributes["data-number"]: row.attributes["data-still-in"].split() for row in rows}


def shown(*counters: int) -> str:
    return "shown=" + ",".join(make_number(counter) for counter in counters)


async def test_a_ticket_that_was_taken_is_named_with_who_has_it(
    reader: Reader, project: Project
) -> None:
    await project(
        [make_created(1), make_taken(2, BRUNO), make_taken(3, ANNA), make_created(4, queue="ict")]
    )
    anna = reader("anna.ferri")

    page = see((await anna.get(f"{LIST}&{shown(1, 2, 3, 4, 5)},nonsense")).text)

    assert rows_of(page, "list") == [make_number(1)]
    assert left_in(page) == {make_number(2): [], make_number(3): []}
    taken = [row.attributes.get("data-taken") for row in page.all("table", hidden="")[0].all("tr")]
    assert taken == ["preso in carico da Bruno Galli", None]
    assert [row.attributes["data-owner"] for row in page.all("table", hidden="")[0].all("tr")] == [
        "other",
        "me",
    ]
    assert left_in(see((await anna.get(LIST)).text)) == {}


async def test_a_ticket_for_which_the_page_has_no_room_is_still_in_its_list(
    reader: Reader, project: Project
) -> None:
    await project([make_created(counter) for counter in range(1, 27)])

    page = see((await reader("anna.ferri").get(f"{LIST}&{shown(1, 26)}")).text)

    assert left_in(page) == {make_number(26): ["list"]}


async def test_the_dashboard_says_it_for_each_of_its_lists(
    reader: Reader, project: Project
) -> None:
    await project([*(make_created(counter) for counter in range(1, 12)), make_taken(20, BRUNO)])

    page = see((await reader("anna.ferri").get(f"/manage?{shown(1, 11, 20)}")).text)

    assert left_in(page) == {make_number(11): ["list-new"], make_number(20): []}


async def test_the_names_of_shown_tickets_are_in_no_address_of_the_page(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1)])

    text = (await reader("anna.ferri").get(f"{LIST}&{shown(1, 2)}")).text

    assert "shown=" not in see(text).one("main").one("div", id="live-refresh").attributes["hx-get"]
    assert see(text).one("form", id="bulk").one("input", name="back").attributes["value"] == LIST
