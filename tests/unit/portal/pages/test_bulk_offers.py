"""Many tickets are offered only what the viewer may do to one of them at least."""

from typing import Any

import pytest

from services.portal.pages.choices import BULK_RIGHTS
from services.portal.pages.labels import BULK
from shared.core.errors import MissingRight
from tests.factories.portal_events import NEW_ACTIONS, OPEN_ACTIONS, make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

LIST = "/manage/queues/studenti"
WATCHING = {"watch": "right:ro", "unwatch": "right:ro"}
NEW = NEW_ACTIONS | WATCHING
OPEN = OPEN_ACTIONS | WATCHING
ANNAS: dict[str, Any] = {"state": "open", "owner": "anna.ferri", "actions": OPEN}


def offered_in(page: Element) -> set[str]:
    """Return the actions that the form for many tickets offers."""
    return {
        button.attributes["value"]
        for button in page.all("button", name="action")
        if button.attributes["value"] in BULK
    }


@pytest.mark.parametrize("path", [LIST, "/manage/tickets?state=all", "/manage"])
async def test_an_operator_who_only_reads_is_offered_only_to_watch(
    path: str, reader: Reader, project: Project
) -> None:
    await project([make_created(1, actions=NEW), make_created(2, actions=NEW)])

    offered = offered_in(see((await reader("dario.riva").get(path)).text))

    assert offered == {"watch"}


@pytest.mark.parametrize(
    ("who", "facts", "offered"),
    [
        ("ivo.santi", {"actions": NEW}, {"watch", "note"}),
        ("anna.ferri", {"actions": NEW}, {"take", "assign", "responsible", "note", "watch"}),
        (
            "anna.ferri",
            ANNAS,
            {
                "release",
                "assign",
                "responsible",
                "move",
                "priority",
                "postpone",
                "note",
                "close",
                "watch",
            },
        ),
        (
            "bruno.galli",
            ANNAS,
            {"release", "assign", "responsible", "move", "priority", "note", "watch"},
        ),
        ("bruno.galli", ANNAS | {"watchers": ("bruno.galli",), "actions": WATCHING}, {"unwatch"}),
        ("bruno.galli", ANNAS | {"state": "closed_successful", "actions": {}}, set()),
    ],
)
async def test_a_list_offers_what_can_be_done_to_its_tickets(
    who: str, facts: dict[str, Any], offered: set[str], reader: Reader, project: Project
) -> None:
    await project([make_created(1, **facts)])

    page = see((await reader(who).get(f"{LIST}?state=all")).text)

    assert offered_in(page) == offered


async def test_a_list_that_goes_on_offers_what_the_rights_allow_on_its_other_pages(
    reader: Reader, project: Project
) -> None:
    await project([make_created(counter, actions=NEW) for counter in range(1, 31)])

    of_anna, of_dario = [
        offered_in(see((await reader(who).get(LIST)).text)) for who in ("anna.ferri", "dario.riva")
    ]

    assert of_anna == set(BULK)
    assert of_dario == {"watch", "unwatch"}


async def test_many_tickets_are_moved_into_another_queue_than_the_only_one_that_is_listed(
    reader: Reader, project: Project
) -> None:
    await project(
        [make_created(1, **ANNAS), make_created(2, **(ANNAS | {"queue": "studenti/tasse"}))]
    )
    luisa = reader("luisa.villa")

    lists = [
        see((await luisa.get(f"/manage/queues/{queue}?state=all")).text)
        for queue in ("studenti", "studenti/tasse")
    ]

    offered = [
        {option.attributes["value"] for option in page.one("select", id="bulk-queue").all("option")}
        for page in lists
    ]
    assert "studenti" in offered[0]
    assert offered[0] - offered[1] == {"studenti/tasse"}


async def test_what_was_typed_stays_although_nothing_of_it_can_be_done_now(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, actions=NEW)])
    tickets.answers = lambda _: MissingRight("note")
    form = {
        "action": "note",
        "back": LIST,
        "body": "Visto insieme.",
        f"ticket-{make_number(1)}": "true",
        "command_id": "a",
    }

    answer = await reader("dario.riva").post("/manage/bulk", data=form)

    page = see(answer.text)
    assert offered_in(page) == {"watch", "note"}
    assert "Visto insieme." in page.one("textarea", id="bulk-body").text


def test_every_action_on_many_tickets_has_the_right_that_it_needs() -> None:
    assert BULK_RIGHTS.keys() == BULK.keys()
