"""One action on all tickets that match the filters of a list: asked first, for exactly those that
matched then.
"""

import pytest

from shared.contracts.commands.tickets import Postpone, TicketCommand
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader
from tests.unit.portal.pages.test_bulk_page import done, results_of

LIST = "/manage/queues/studenti?state=new&sort=created_at"
ALL = {
    "command_id": "key",
    "back": LIST,
    "all-matching": "true",
    "operator": "",
    "responsible": "",
    "until": "",
    "body": "",
}


def confirmed(page: Element) -> dict[str, str]:
    """Return what the form sends by which somebody says yes."""
    return {
        field.attributes["name"]: field.attributes["value"]
        for field in page.one("main").one("form").all("input")
    }


def numbers_asked(tickets: FakeTickets) -> list[str]:
    return sorted(
        command.number for command, _ in tickets.asked if isinstance(command, TicketCommand)
    )


async def test_a_list_that_goes_on_offers_all_that_match(reader: Reader, project: Project) -> None:
    await project([make_created(counter) for counter in range(1, 28)])
    anna = reader("anna.ferri")

    long, short = [
        see((await anna.get(path)).text) for path in (LIST, f"{LIST}&q={make_number(1)}")
    ]

    assert (
        long.one("form", id="bulk").one("input", name="all-matching").attributes["value"] == "true"
    )
    assert short.all("input", name="all-matching") == []


async def test_it_is_asked_first_and_nothing_is_done_before(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(counter) for counter in range(1, 31)])
    tickets.answers = done
    anna = reader("anna.ferri")

    page = see(
        (
            await anna.post(
                "/manage/bulk", data={**ALL, "action": "postpone", "until": "2026-12-24T09:30"}
            )
        ).text
    )

    assert page.one("h1").text == "Posticipa: 30 ticket"
    assert "24 dic 2026, 09:30" in page.one("dl").text
    assert tickets.asked == []
    # What comes meanwhile is not among them.
    await project([make_created(31)])
    answer = await anna.post("/manage/bulk", data=confirmed(page))
    assert numbers_asked(tickets) == [make_number(counter) for counter in range(1, 31)]
    assert {
        command.until.isoformat() for command, _ in tickets.asked if isinstance(command, Postpone)
    } == {"2026-12-24T09:30:00+01:00"}
    assert len(results_of(see(answer.text))) == 30


async def test_only_what_matches_and_is_seen_is_meant(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project(
        [
            make_created(1),
            make_created(2, queue="ict", subject="Smarrita"),
            make_created(3, subject="Smarrita"),
        ]
    )
    anna = reader("anna.ferri")

    every = f"/manage/tickets?q=smarrita&cursor={'x' * 8}"
    page = see(
        (
            await anna.post(
                "/manage/bulk",
                data={**ALL, "back": every, "action": "take", f"ticket-{make_number(1)}": "true"},
            )
        ).text
    )

    assert confirmed(page)["numbers"] == make_number(3)


@pytest.mark.parametrize(
    ("count", "action", "sentence"),
    [
        (0, "take", "Nessun ticket corrisponde più ai filtri."),
        (501, "take", "I ticket che corrispondono sono più di 500"),
        (2, "note", "Campo obbligatorio."),
        (2, "postpone", "Campo obbligatorio."),
    ],
)
async def test_what_cannot_be_done_is_said_before_it_is_asked(
    reader: Reader, project: Project, tickets: FakeTickets, count: int, action: str, sentence: str
) -> None:
    await project([make_created(counter) for counter in range(1, count + 1)])

    answer = await reader("anna.ferri").post("/manage/bulk", data={**ALL, "action": action})

    assert answer.status_code == 422
    assert sentence in see(answer.text).one("div", role="alert", data_focus="").text
    assert tickets.asked == []


async def test_all_rows_of_a_page_are_picked_by_one_box_without_a_script(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(counter) for counter in range(1, 4)])
    tickets.answers = done
    anna = reader("anna.ferri")
    box = see((await anna.get(LIST)).text).one("input", id="rows-list")

    data = {
        "command_id": "key",
        "back": LIST,
        "action": "take",
        f"ticket-{make_number(2)}": "true",
        "rows-list": box.attributes["value"],
    }
    await anna.post("/manage/bulk", data=data)

    assert numbers_asked(tickets) == [make_number(counter) for counter in range(1, 4)]


async def test_only_operators_are_asked(reader: Reader, tickets: FakeTickets) -> None:
    answer = await reader("giulia.neri").post("/manage/bulk", data={**ALL, "action": "take"})

    assert (answer.status_code, tickets.asked) == (403, [])
