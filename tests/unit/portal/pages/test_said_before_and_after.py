"""What the page of a ticket says before something is done to it, and what it offers right after."""

import pytest

from shared.contracts.commands.merging import Merge
from tests.factories.owned_ticket import form_for, make_open
from tests.factories.portal_events import MORNING, OPEN_ACTIONS, make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER, OTHER = make_number(1), make_number(2)
PAGE = f"/manage/tickets/{NUMBER}"
MERGE = {"command_id": "a", "into": f"[Ticket#{OTHER}] La seconda rata"}


async def test_before_two_tickets_become_one_the_page_shows_which_is_kept(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project(
        [
            make_open(actions={**OPEN_ACTIONS, "merge": "right:rw"}),
            make_created(2, queue="studenti", subject="La seconda rata"),
        ]
    )

    answer = await reader("anna.ferri").post(f"{PAGE}/merge", data=MERGE)

    form = form_for(see(answer.text), "merge")
    assert (answer.status_code, tickets.asked) == (200, [])
    assert f"{OTHER} La seconda rata" in form.text
    assert {
        name: form.one("input", name=name).attributes["value"]
        for name in ("command_id", "into", "confirmed")
    } == {
        **MERGE,
        "confirmed": OTHER,
    }


@pytest.mark.parametrize("confirmed", [{"confirmed": OTHER}])
async def test_who_has_seen_which_is_kept_merges(
    reader: Reader, project: Project, tickets: FakeTickets, confirmed: dict[str, str]
) -> None:
    await project(
        [
            make_open(actions={**OPEN_ACTIONS, "merge": "right:rw"}),
            make_created(2, queue="studenti"),
        ]
    )
    tickets.answers = lambda _: make_open()

    answer = await reader("anna.ferri").post(f"{PAGE}/merge", data=MERGE | confirmed)

    assert answer.headers["location"] == f"{PAGE}?done=merge"
    assert [command.into for command, _ in tickets.asked if isinstance(command, Merge)] == [OTHER]


async def test_what_cannot_be_merged_is_refused_and_not_asked_about(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(actions={"note": "right:note"}), make_created(2, queue="studenti")])
    tickets.answers = lambda _: make_open()

    await reader("anna.ferri").post(f"{PAGE}/merge", data=MERGE)

    assert len(tickets.asked) == 1


async def test_a_postponed_ticket_says_until_when(reader: Reader, project: Project) -> None:
    await project([make_open(state="postponed", postponed_until=MORNING.replace(year=2027))])

    page = see((await reader("anna.ferri").get(f"{PAGE}?done=postpone")).text)

    assert "Il ticket è posticipato fino al 28 set 2027" in page.one("main").text
