"""One action on many tickets of a list."""

import asyncio
from typing import Any

import pytest

from services.portal.pages.labels import BULK
from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import (
    AddNote,
    Assign,
    Close,
    Move,
    Postpone,
    Release,
    SetPriority,
    SetResponsible,
    Take,
    TicketCommand,
    Unwatch,
    Watch,
)
from shared.core.errors import HeldBySomebodyElse, NoAnswer, NotThere
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import OPEN_ACTIONS, make_created, make_number, make_state
from tests.fakes.portal_tickets import Answer, FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

Typed = dict[str, str]

LIST = "/manage/queues/studenti?state=new"
ONE, TWO, THREE = (make_number(counter) for counter in (1, 2, 3))
PICKED = {f"ticket-{ONE}": "true", f"ticket-{TWO}": "true"}


def number_of(command: Command) -> str:
    assert isinstance(command, TicketCommand)
    return command.number


def done(command: Command) -> Answer:
    """Do what is asked: the ticket is Anna's."""
    counter = int(number_of(command)[10:15])
    held: dict[str, Any] = {
        "state": "open",
        "owner": "anna.ferri",
        "actions": OPEN_ACTIONS,
        "version": 2,
    }
    event = make_created(counter)
    return event.model_copy(update={"ticket": make_state(counter, **held)})


def results_of(page: Element) -> list[str]:
    return [result.text for result in page.one("ul", id="bulk-results").all("li")]


async def test_every_row_has_a_box_of_the_one_form_and_nothing_is_picked(
    reader: Reader, project: Project
) -> None:
    everything = dict.fromkeys(BULK, "right:ro")
    await project(
        [
            make_created(1, actions=everything),
            make_created(2, actions=everything, watchers=("anna.ferri",)),
        ]
    )
    anna = reader("anna.ferri")

    for path in (LIST, "/manage"):
        page = see((await anna.get(path)).text)
        lists = [
            page.one("input", id=f"rows-{table.attributes['id']}") for table in page.all("table")
        ]
        assert [set(box.attributes["value"].split()) for box in lists] == [{ONE, TWO}]
        boxes = page.one("tbody").all("input", type="checkbox", form="bulk")
        assert {box.attributes["name"] for box in boxes} == set(PICKED)
        assert [box for box in boxes if "checked" in box.attributes] == []
        form = page.one("form", id="bulk")
        assert (form.attributes["action"], form.attributes["method"]) == ("/manage/bulk", "post")
        assert form.one("input", name="back").attributes["value"] == path
        buttons = form.all("button", type="submit")
        assert (
            "disabled" in buttons[0].attributes,
            [button.attributes.get("value") for button in buttons[1:]],
        ) == (
            True,
            [
                "take",
                "release",
                "resume",
                "watch",
                "unwatch",
                "assign",
                "responsible",
                "move",
                "priority",
                "postpone",
                "note",
                "close",
            ],
        )


@pytest.mark.parametrize(
    ("action", "typed", "kind", "facts"),
    [
        ("take", {}, Take, {}),
        ("release", {}, Release, {}),
        ("watch", {}, Watch, {}),
        ("unwatch", {}, Unwatch, {}),
        (
            "responsible",
            {"operator": "anna.ferri", "responsible": "luisa.villa"},
            SetResponsible,
            {"operator": "luisa.villa"},
        ),
        (
            "postpone",
            {"until": "2026-12-24T09:30"},
            Postpone,
            {"until": "2026-12-24T09:30:00+01:00"},
        ),
        ("assign", {"operator": "bruno.galli"}, Assign, {"operator": "bruno.galli"}),
        ("move", {"queue": "studenti/tasse"}, Move, {"queue": "studenti/tasse"}),
        ("priority", {"priority": "5"}, SetPriority, {"priority": 5}),
        ("note", {"body": "Due\r\nrighe"}, AddNote, {"body": "Due\nrighe"}),
        (
            "close",
            {"outcome": "successful", "answer": "Fatto"},
            Close,
            {"outcome": "successful", "answer": "Fatto"},
        ),
    ],
)
async def test_each_picked_ticket_is_asked_for_once_under_a_key_of_its_own(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    action: str,
    typed: dict[str, str],
    kind: type[TicketCommand],
    facts: dict[str, Any],
) -> None:
    await project([make_created(1), make_created(2), make_created(3)])
    tickets.answers = done
    anna = reader("anna.ferri")

    form = {
        "command_id": "key",
        "back": LIST,
        "operator": "",
        "queue": "",
        "priority": "",
        "body": "",
        "answer": "",
        **PICKED,
    }
    answers = [
        await anna.post("/manage/bulk", data={**form, "action": action, **typed}) for _ in range(2)
    ]

    once = {
        (
            kind(caller=make_person("anna.ferri"), number=number, **facts).model_dump_json(),
            derived_id("command", "anna.ferri", f"key:{number}"),
        )
        for number in (ONE, TWO)
    }
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {
        (command.model_dump_json(), command_id) for command, command_id in tickets.asked
    } == once
    assert len(tickets.asked) == 4
    assert "Operazione riuscita per 2 ticket su 2" in see(answers[0].text).one("main").text


async def test_each_ticket_is_told_on_its_own_and_what_was_not_done_stays_picked(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2), make_created(3)])
    refusals: dict[str, Exception] = {
        TWO: HeldBySomebodyElse(owner="bruno.galli"),
        THREE: NotThere(),
    }
    tickets.answers = lambda command: refusals.get(number_of(command)) or done(command)

    picked = {**PICKED, f"ticket-{THREE}": "true", "ticket-nonsense": "true"}
    answer = await reader("anna.ferri").post(
        "/manage/bulk", data={"command_id": "key", "action": "take", "back": LIST, **picked}
    )

    page = see(answer.text)
    assert answer.status_code == 200
    assert results_of(page) == [
        f"{ONE} Hai preso in carico il ticket.",
        f"{TWO} Il ticket è già in carico a Bruno Galli.",
        f"{THREE} Qui non c'è nulla, oppure non hai il permesso di vederlo.",
        "nonsense Qui non c'è nulla, oppure non hai il permesso di vederlo.",
    ]
    assert [
        sign.attributes["aria-label"] for sign in page.one("ul", id="bulk-results").all("svg")
    ] == ["Fatto", *["Non fatto"] * 3]
    boxes = page.one("tbody").all("input", type="checkbox")
    assert [box.attributes["name"] for box in boxes if "checked" in box.attributes] == [
        f"ticket-{THREE}",
        f"ticket-{TWO}",
    ]
    assert page.one("form", id="bulk").one("input", name="command_id").attributes["value"] != "key"


async def test_while_one_answer_is_missing_the_same_form_can_be_sent_again(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda command: (
        NoAnswer("late") if number_of(command) == TWO else done(command)
    )

    typed = {"command_id": "key", "action": "note", "back": "/manage", "body": "Nota", **PICKED}
    page = see((await reader("anna.ferri").post("/manage/bulk", data=typed)).text)

    form = page.one("form", id="bulk")
    assert "non sappiamo se l'operazione è riuscita" in results_of(page)[1]
    assert form.one("input", name="command_id").attributes["value"] == "key"
    assert form.one("textarea", name="body").text == "Nota"


@pytest.mark.parametrize(
    ("picked", "sentence"),
    [
        ({}, "Scegli almeno un ticket."),
        ({f"ticket-{n}": "true" for n in range(501)}, "Al massimo 500 ticket alla volta."),
    ],
)
async def test_no_ticket_and_too_many_are_refused_in_words(
    reader: Reader, project: Project, tickets: FakeTickets, picked: dict[str, str], sentence: str
) -> None:
    await project([make_created(1)])

    answer = await reader("anna.ferri").post(
        "/manage/bulk", data={"command_id": "a", "action": "take", "back": LIST, **picked}
    )

    assert (answer.status_code, tickets.asked) == (422, [])
    assert sentence in see(answer.text).one("div", role="alert", data_focus="").text


async def test_what_a_field_lacks_is_told_for_each_ticket(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])

    answer = await reader("anna.ferri").post(
        "/manage/bulk", data={"command_id": "a", "action": "note", "back": LIST, **PICKED}
    )

    assert results_of(see(answer.text)) == [
        f"{number} Campo obbligatorio." for number in (ONE, TWO)
    ]
    assert tickets.asked == []


@pytest.mark.parametrize("action", ["", "explode", "my-reply", "children", "undo"])
async def test_only_what_the_form_offers_can_be_done_to_many(
    reader: Reader, project: Project, tickets: FakeTickets, action: str
) -> None:
    await project([make_created(1), make_created(2)])

    answer = await reader("anna.ferri").post(
        "/manage/bulk", data={"command_id": "a", "action": action, "back": LIST, **PICKED}
    )

    assert (answer.status_code, tickets.asked) == (404, [])


async def test_only_operators_act_on_lists(reader: Reader, tickets: FakeTickets) -> None:
    answer = await reader("giulia.neri").post(
        "/manage/bulk", data={"command_id": "a", "action": "take", **PICKED}
    )

    assert (answer.status_code, tickets.asked) == (403, [])


async def test_the_address_of_the_form_leads_to_the_lists(reader: Reader) -> None:
    answer = await reader("anna.ferri").get("/manage/bulk?lang=en")

    assert (answer.status_code, answer.headers["location"]) == (303, "/manage/tickets?lang=en")


async def test_a_few_tickets_are_asked_for_at_a_time(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(counter) for counter in range(1, 21)])
    running, most = 0, 0
    ask = tickets.ask

    async def slow(*args: Any, **facts: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return await ask(*args, **facts)

    tickets.answers = done
    tickets.ask = slow  # type: ignore[method-assign] # counts who is asked at once
    picked = {f"ticket-{make_number(counter)}": "true" for counter in range(1, 21)}
    answer = await reader("anna.ferri").post(
        "/manage/bulk", data={"command_id": "a", "action": "take", "back": LIST, **picked}
    )

    assert "Operazione riuscita per 20 ticket su 20" in see(answer.text).one("main").text
    assert 1 < most <= 8
