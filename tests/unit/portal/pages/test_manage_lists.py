"""The dashboard, the queues and the search: who sees what, and how a ticket is taken from a
list.
"""

from typing import Any

import pytest

from shared.contracts.commands.tickets import Take
from shared.contracts.events.tickets import TicketTaken
from shared.contracts.people import Actor
from shared.core.errors import HeldBySomebodyElse, NoAnswer
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import ANNA, OPEN_ACTIONS, make_created, make_number, make_state
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

BRUNO = Actor(identity="bruno.galli", name="Bruno Galli")


def make_taken(counter: int, by: Actor, **changes: Any) -> TicketTaken:
    held: dict[str, Any] = {
        "state": "open",
        "owner": by.identity,
        "responsible": by.identity,
        "actions": OPEN_ACTIONS,
        "version": 2,
    }
    return TicketTaken(ticket=make_state(counter, **held, **changes), actor=by, first_time=True)


def rows_of(page: Element, table: str) -> list[str]:
    """Return the number of each ticket of a table, as shown."""
    return [
        row.one("span", class_="sp-number").text
        for row in page.one("table", id=table).one("tbody").all("tr")
    ]


async def test_the_dashboard_shows_what_is_new_and_what_is_mine(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, queue="studenti"), make_taken(2, ANNA), make_taken(3, BRUNO)])

    page = see((await reader("anna.ferri").get("/manage")).text)

    assert page.one("title").text == "Cruscotto · Richieste e assistenza"
    assert rows_of(page, "list-new") == [make_number(1)]
    assert rows_of(page, "list-mine") == [make_number(2)]
    tiles = [tile.text for tile in page.one("ul", id="tiles").all("li")]
    assert tiles == [
        "1 nuovi, da prendere",
        "0 senza operatore",
        "1 miei, aperti",
        "0 miei, in attesa",
    ]


async def test_an_empty_dashboard_says_what_will_come(reader: Reader) -> None:
    page = see((await reader("anna.ferri").get("/manage")).text)

    assert "Nessun nuovo ticket Le nuove richieste compaiono qui da sole." in page.one("main").text
    assert "Non hai ticket aperti" in page.one("main").text


async def test_the_tree_counts_what_is_still_to_work_with_the_queues_below(
    reader: Reader, project: Project
) -> None:
    await project(
        [
            make_created(1, queue="ict"),
            make_created(2, queue="ict/rete/wifi"),
            make_created(3, queue="studenti"),
        ]
    )

    page = see((await reader("luisa.villa").get("/manage")).text)

    counts = {
        link.attributes["href"]: link.all("span", aria_hidden="true")[0].text
        for link in page.one("nav", id="queues").all("a")
    }
    assert counts["/manage/queues/ict"] == "2"
    assert counts["/manage/queues/ict/rete"] == "1"
    assert counts["/manage/queues/ict/rete/wifi"] == "1"
    assert counts["/manage/queues/biblioteche"] == "0"
    assert len(counts) == 10


async def test_tickets_and_queues_of_other_groups_are_not_there(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, queue="ict"), make_created(2, queue="studenti", subject="Mio")])
    anna = reader("anna.ferri")

    dashboard = see((await anna.get("/manage")).text)
    everything = see((await anna.get("/manage/tickets?state=all")).text)
    queue = await anna.get("/manage/queues/ict")
    unknown = await anna.get("/manage/queues/no/such/queue")

    assert [link.attributes["href"] for link in dashboard.one("nav", id="queues").all("a")] == [
        "/manage/queues/studenti"
    ]
    assert rows_of(everything, "list") == [make_number(2)]
    assert (queue.status_code, unknown.status_code) == (404, 404)
    assert see(queue.text).one("main").text == see(unknown.text).one("main").text


async def test_the_pages_for_operators_tell_others_where_their_requests_are(reader: Reader) -> None:
    answers = [
        await reader("giulia.neri").get(path)
        for path in ("/manage", "/manage/queues/studenti", "/manage/tickets")
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "Le tue richieste sono in «Le mie richieste»." in see(answers[0].text).one("main").text


async def test_a_queue_shows_at_a_glance_who_holds_each_ticket(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, queue="studenti"), make_taken(2, ANNA), make_taken(3, BRUNO)])

    page = see((await reader("anna.ferri").get("/manage/queues/studenti?sort=created_at")).text)

    holders = [row.one("td", class_="sp-cell-holder").text for row in page.one("tbody").all("tr")]
    assert holders == [f"Prendi in carico {make_number(1)}", "AF Anna Ferri (tu)", "BG Bruno Galli"]


async def test_who_may_only_look_is_offered_nothing_to_take(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, queue="studenti")])

    page = see((await reader("ivo.santi").get("/manage/queues/studenti")).text)

    assert rows_of(page, "list") == [make_number(1)]
    assert page.one("main").all("button", data_shortcut="take") == []


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", [2, 1]),
        ("state=new", [1]),
        ("state=begun", [2]),
        ("state=all", [3, 2, 1]),
        ("state=closed_successful", [3]),
        ("owner=me", [2]),
        ("owner=none", [1]),
        ("owner=bruno.galli&state=all", [3]),
        ("sort=created_at", [1, 2]),
        ("q=chiuso", [3]),
        ("q=chiuso&state=active", []),
    ],
)
async def test_a_list_can_be_narrowed_and_sorted(
    reader: Reader, project: Project, query: str, shown: list[int]
) -> None:
    ended = {
        "state": "closed_successful",
        "owner": "bruno.galli",
        "subject": "Già chiuso",
        "actions": {},
    }
    await project(
        [
            make_created(1, queue="studenti"),
            make_taken(2, ANNA),
            make_created(3, queue="studenti", **ended),
        ]
    )

    page = see((await reader("anna.ferri").get(f"/manage/queues/studenti?{query}")).text)

    assert (rows_of(page, "list") if shown else page.all("table")) == [
        make_number(counter) for counter in shown
    ]


async def test_an_unknown_state_is_refused_in_words(reader: Reader) -> None:
    answer = await reader("anna.ferri").get("/manage/queues/studenti?state=sideways")

    assert answer.status_code == 422
    assert "sideways" not in see(answer.text).one("main").text


async def test_a_long_list_goes_on_where_it_ended(reader: Reader, project: Project) -> None:
    await project([make_created(counter, queue="studenti") for counter in range(1, 31)])
    anna = reader("anna.ferri")

    first = see((await anna.get("/manage/queues/studenti?state=new&sort=created_at")).text)
    second = see((await anna.get(first.one("a", rel="next").attributes["href"])).text)

    assert rows_of(first, "list") == [make_number(counter) for counter in range(1, 26)]
    assert rows_of(second, "list") == [make_number(counter) for counter in range(26, 31)]
    assert second.all("a", rel="next") == []
    assert (
        second.one("select", name="state").one("option", selected="").attributes["value"] == "new"
    )


async def test_searching_for_a_number_leads_to_the_ticket(reader: Reader, project: Project) -> None:
    await project([make_created(1, queue="studenti"), make_created(2, queue="ict")])
    anna = reader("anna.ferri")

    mine, others = [
        await anna.get(f"/manage/tickets?q={make_number(counter)}") for counter in (1, 2)
    ]

    assert (mine.status_code, mine.headers["location"]) == (
        303,
        f"/manage/tickets/{make_number(1)}",
    )
    assert others.status_code == 200
    assert "Nessun ticket corrisponde a questi filtri" in see(others.text).one("main").text


async def test_tickets_without_a_queue_are_told_to_supervisors_only(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, queue=None, hop_id=None)])

    supervisor, operator = [
        see((await reader(who).get("/manage")).text) for who in ("luisa.villa", "anna.ferri")
    ]

    assert "1 ticket è ancora senza coda" in supervisor.one("main").text
    assert "senza coda" not in operator.one("main").text


async def test_a_ticket_taken_in_a_list_leads_back_to_that_list(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, queue="studenti")])
    tickets.answers = lambda _: make_taken(1, ANNA)
    anna = reader("anna.ferri")
    form = see((await anna.get("/manage/queues/studenti?state=new")).text).one("tbody").one("form")
    fields = {
        field.attributes["name"]: field.attributes["value"]
        for field in form.all("input")
        if not field.is_within("noscript")
    }

    answer = await anna.post(form.attributes["action"], data=fields)
    after = see((await anna.get(answer.headers["location"])).text)

    assert fields["back"] == "/manage/queues/studenti?state=new"
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/manage/queues/studenti?state=new&done=take:{make_number(1)}",
    )
    assert tickets.asked == [
        (
            Take(caller=make_person("anna.ferri"), number=make_number(1)),
            derived_id("command", "anna.ferri", fields["command_id"]),
        )
    ]
    assert (
        after.all("div", role="status")[0].text
        == f"{make_number(1)} · Hai preso in carico il ticket."
    )


async def test_losing_the_race_for_a_ticket_is_told_on_the_same_list(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, queue="studenti"), make_taken(2, ANNA)])
    tickets.answers = lambda _: HeldBySomebodyElse(owner="bruno.galli")

    answer = await reader("anna.ferri").post(
        f"/manage/tickets/{make_number(1)}/take",
        data={"command_id": "a", "back": "/manage/queues/studenti?owner=me"},
    )

    page = see(answer.text)
    assert answer.status_code == 409
    assert "Il ticket è già in carico a Bruno Galli." in page.one("main").text
    assert rows_of(page, "list") == [make_number(2)]


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/manage",
        "//evil.example/manage",
        "/my",
        "/manage/queues/\nLocation: x",
        "javascript:x",
    ],
)
async def test_an_action_never_leads_back_to_anything_but_our_lists(
    reader: Reader, project: Project, tickets: FakeTickets, back: str
) -> None:
    await project([make_created(1, queue="studenti")])
    tickets.answers = lambda _: make_taken(1, ANNA)

    answer = await reader("anna.ferri").post(
        f"/manage/tickets/{make_number(1)}/take", data={"command_id": "a", "back": back}
    )

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/manage/tickets/{make_number(1)}?done=take",
    )


async def test_no_answer_from_tickets_is_told_as_not_known_on_the_list(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, queue="studenti")])
    tickets.answers = lambda _: NoAnswer("late")

    answer = await reader("anna.ferri").post(
        f"/manage/tickets/{make_number(1)}/take", data={"command_id": "a", "back": "/manage"}
    )

    assert answer.status_code == 503
    assert "non sappiamo se l'operazione è riuscita" in see(answer.text).one("main").text
