"""Asking another office: the form of a new child, the page of a child for who opened it, and
sending it again.
"""

from typing import Any

import pytest

from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import Bounce, OpenChild, Reply, Resend, Withdraw
from shared.contracts.events.ticket_state import AboutChild
from shared.core.errors import ImpossibleValue, StateForbids
from shared.core.ids import derived_id
from tests.factories.family_pages import (
    CHILD,
    CHILD_ACTIONS,
    DARIO,
    PARENT,
    RETURNED_ACTIONS,
    make_about_child,
    make_child,
    make_parent,
)
from tests.factories.owned_ticket import form_for, make_open, offered
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import OPEN_ACTIONS, make_article
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import ApplyDesk, Reader

PAGE, CHILD_PAGE = f"/manage/tickets/{PARENT}", f"/manage/tickets/{CHILD}"
FORM = f"{PAGE}/children/new"
OPENER: dict[str, Any] = {"actions": OPEN_ACTIONS | {"open_child": "owner"}}
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": PARENT}
ANSWERS = {
    "subject": "Tassa sbagliata",
    "matricola": "123456",
    "anno": "2026/2027",
    "importo": 12.5,
}


@pytest.fixture(autouse=True)
async def tasse_needs_matricola(apply_desk: ApplyDesk) -> None:
    desk = make_example_desk()
    queue = desk.queues["studenti/tasse"].model_copy(update={"needs": ("matricola",)})
    closed = desk.queues["aule"].model_copy(update={"closed": True})
    await apply_desk(
        make_example_desk(queues={**desk.queues, "studenti/tasse": queue, "aule": closed})
    )


def values_in(form: Element) -> dict[str, str]:
    """Return what a browser with scripts would send as the form stands, without boxes that are not
    ticked.
    """
    return {
        field.attributes["name"]: field.attributes.get("value", "")
        for field in form.all("input")
        if field.attributes.get("type") not in ("checkbox", "radio")
        or "checked" in field.attributes
        if not field.is_within("noscript")
    }


async def test_another_office_is_chosen_by_queue_or_by_request_type(
    reader: Reader, project: Project
) -> None:
    await project([make_open(**OPENER)])

    form = see((await reader("anna.ferri").get(PAGE)).text).one("form", action=FORM)

    groups = {
        group.attributes["label"]: [option.attributes["value"] for option in group.all("option")]
        for group in form.all("optgroup")
    }
    assert groups == {
        "Secondo livello": [
            "queue:studenti/carriere",
            "queue:studenti/tasse",
            "queue:ict/identita",
            "queue:ict/rete",
            "queue:ict/rete/wifi",
        ],
        "Primo livello": ["queue:ict", "queue:biblioteche", "queue:internazionale"],
        "Per tipo di richiesta": ["type:tasse"],
    }


async def test_the_data_that_a_queue_needs_are_asked_and_the_others_can_be_passed_on(
    reader: Reader, project: Project
) -> None:
    await project([make_open(**OPENER, fields=ANSWERS)])

    page = see((await reader("anna.ferri").get(f"{FORM}?to=queue:studenti/tasse")).text)

    assert page.one("h1").text == "Chiedi: Ufficio tasse e borse"
    form = form_for(page, "children")
    assert form.one("input", name="subject").attributes["value"] == "Tassa sbagliata"
    needed = form.one("input", name="answer-matricola")
    assert (needed.attributes["value"], "required" in needed.attributes) == ("123456", True)
    passed = {
        box.attributes["name"]: "checked" in box.attributes
        for box in form.all("input", type="checkbox")
    }
    assert passed == {"pass-anno": False, "pass-importo": False}


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (
            {"to": "queue:studenti/tasse", "answer-matricola": "123456", "pass-importo": "true"},
            {"queue": "studenti/tasse", "fields": {"matricola": "123456", "importo": 12.5}},
        ),
        ({"to": "queue:studenti/carriere"}, {"queue": "studenti/carriere"}),
        (
            {"to": "type:tasse", "pass-anno": "true"},
            {"request_type": "tasse", "fields": {"anno": "2026/2027"}},
        ),
    ],
)
async def test_the_form_asks_tickets_and_leads_back_to_the_ticket_that_waits(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    typed: dict[str, str],
    command: dict[str, Any],
) -> None:
    await project([make_open(**OPENER, fields=ANSWERS)])
    tickets.answers = lambda _: make_child()

    words = {"command_id": "key", "subject": " Verifica ", "body": "Verificate\r\nla rata"}
    answer = await reader("anna.ferri").post(f"{PAGE}/children", data={**words, **typed})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=children")
    asked = OpenChild(**ANNA_ASKS, subject="Verifica", body="Verificate\nla rata", **command)
    assert tickets.asked == [(asked, derived_id("command", "anna.ferri", "key"))]


async def test_a_refused_child_is_told_beside_what_was_typed(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(**OPENER, fields=ANSWERS)])
    tickets.answers = lambda _: ImpossibleValue("fields", "needs_data", "matricola")

    typed = {
        "command_id": "a",
        "to": "queue:studenti/tasse",
        "subject": "Verifica",
        "body": "Testo",
        "pass-importo": "true",
    }
    answer = await reader("anna.ferri").post(f"{PAGE}/children", data=typed)

    page = see(answer.text)
    assert answer.status_code == 422
    assert "matricola" in page.one("div", role="alert", data_focus="").text
    form = form_for(page, "children")
    assert form.one("textarea", name="body").text == "Testo"
    sent = values_in(form)
    assert (sent["to"], sent["subject"], sent["answer-matricola"], sent["pass-importo"]) == (
        "queue:studenti/tasse",
        "Verifica",
        "",
        "true",
    )
    assert sent["command_id"] != "a"


@pytest.mark.parametrize("to", ["", "queue:", "queue:no/such", "type:nothing", "studenti/tasse"])
async def test_an_office_that_the_desk_does_not_have_is_not_there(
    reader: Reader, project: Project, tickets: FakeTickets, to: str
) -> None:
    await project([make_open(**OPENER)])
    anna = reader("anna.ferri")

    answers = [
        await anna.get(FORM, params={"to": to}),
        await anna.post(f"{PAGE}/children", data={"to": to, "subject": "a", "body": "b"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert tickets.asked == []


async def test_nobody_asks_another_office_about_a_ticket_out_of_sight(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(**OPENER)])
    carla = reader("carla.monti")

    answers = [
        await carla.get(f"{FORM}?to=queue:ict"),
        await carla.post(f"{PAGE}/children", data={"to": "queue:ict"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert tickets.asked == []


async def test_who_opened_a_child_reads_what_passes_up_and_no_notes(
    reader: Reader, project: Project
) -> None:
    written = (
        make_article("request", counter=2, body="Verificate la rata"),
        make_article("note", counter=2, author=DARIO, body="Da controllare"),
        make_article("question", counter=2, author=DARIO, body="Quale rata?"),
    )
    await project([make_parent(), make_child(articles=written)])

    page = see((await reader("anna.ferri").get(CHILD_PAGE)).text)

    assert page.one("title").text == f"{CHILD} Verifica rata · Richieste e assistenza"
    assert [article.one("h3").text for article in page.all("article")] == [
        "Richiesta dell'ufficio richiedente",
        "Domanda all'ufficio richiedente",
    ]
    assert "Da controllare" not in page.one("body").text
    assert "Ufficio tasse e borse" in page.one("div", id="ticket-head").text
    assert offered(page) == ["reply", "withdraw"]
    assert page.one("section", id="facts").one("a").attributes["href"] == PAGE


@pytest.mark.parametrize("identity", ["bruno.galli", "elena.sala", "giulia.neri"])
async def test_nobody_else_gets_a_child_through_its_parent(
    reader: Reader, project: Project, identity: str
) -> None:
    await project([make_parent(), make_child()])

    answer = await reader(identity).get(CHILD_PAGE)

    assert (answer.status_code, CHILD in see(answer.text).one("main").text) == (
        403 if identity == "giulia.neri" else 404,
        False,
    )


async def test_the_office_of_a_child_is_offered_to_send_it_back(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_parent(), make_child()])
    tickets.answers = lambda _: make_child(version=2, state="returned", actions=RETURNED_ACTIONS)
    dario = reader("dario.riva")

    page = see((await dario.get(CHILD_PAGE)).text)
    answer = await dario.post(
        f"{CHILD_PAGE}/bounce", data={"command_id": "a", "reason": "Manca l'anno"}
    )

    assert offered(page) == ["take", "note", "bounce"]
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CHILD_PAGE}?done=bounce")
    assert tickets.commands == [
        Bounce(caller=make_person("dario.riva"), number=CHILD, reason="Manca l'anno")
    ]


async def test_a_returned_child_is_completed_with_what_the_ticket_knows(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    returned = make_about_child(
        AboutChild(number=CHILD, news="returned", state="returned"),
        "Manca l'anno",
        author=DARIO,
        passes_up=True,
    )
    await project(
        [
            make_parent(fields=ANSWERS),
            make_child(state="returned", actions=RETURNED_ACTIONS, articles=(returned,)),
        ]
    )
    tickets.answers = lambda _: make_child(version=2)
    anna = reader("anna.ferri")

    page = see((await anna.get(CHILD_PAGE)).text)
    form = form_for(page, "resend")
    typed = {**values_in(form), "command_id": "key", "body": "Ecco l'anno", "pass-anno": "true"}
    answer = await anna.post(f"{CHILD_PAGE}/resend", data=typed)

    assert "Restituito" in [heading.text for heading in page.all("h3")]
    assert [box.attributes["name"] for box in form.all("input", type="checkbox")] == [
        "pass-anno",
        "pass-importo",
    ]
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CHILD_PAGE}?done=resend")
    fields = {"matricola": "123456", "anno": "2026/2027"}
    assert tickets.asked == [
        (
            Resend(
                caller=make_person("anna.ferri"), number=CHILD, fields=fields, body="Ecco l'anno"
            ),
            derived_id("command", "anna.ferri", "key"),
        )
    ]


async def test_a_refused_resend_keeps_what_was_typed(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project(
        [make_parent(fields=ANSWERS), make_child(state="returned", actions=RETURNED_ACTIONS)]
    )
    tickets.answers = lambda _: StateForbids(state="new", trigger="resend")

    typed = {
        "command_id": "a",
        "body": "Ecco",
        "answer-matricola": "654321",
        "extra-name": "",
        "pass-anno": "true",
    }
    answer = await reader("anna.ferri").post(f"{CHILD_PAGE}/resend", data=typed)

    page = see(answer.text)
    sent = values_in(form_for(page, "resend"))
    assert answer.status_code == 409
    assert (sent["answer-matricola"], sent["pass-anno"]) == ("654321", "true")
    assert form_for(page, "resend").one("textarea").text == "Ecco"
    assert "open" in page.one("details", id="way-resend").attributes


@pytest.mark.parametrize(
    ("action", "typed", "command"),
    [
        (
            "reply",
            {"body": "La seconda"},
            Reply(caller=make_person("anna.ferri"), number=CHILD, body="La seconda"),
        ),
        ("withdraw", {}, Withdraw(caller=make_person("anna.ferri"), number=CHILD)),
    ],
)
async def test_who_opened_a_child_answers_and_takes_it_back_from_its_page(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    action: str,
    typed: dict[str, str],
    command: Command,
) -> None:
    await project([make_parent(), make_child()])
    tickets.answers = lambda _: make_child(version=2, actions=CHILD_ACTIONS)
    anna = reader("anna.ferri")

    answer = await anna.post(f"{CHILD_PAGE}/{action}", data={"command_id": "a", **typed})
    after = await anna.get(answer.headers["location"])

    done = "child-reply" if action == "reply" else action
    assert (answer.status_code, answer.headers["location"], after.status_code) == (
        303,
        f"{CHILD_PAGE}?done={done}",
        200,
    )
    assert tickets.commands == [command]


async def test_a_child_of_a_parent_held_no_longer_is_out_of_sight(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_parent(), make_child()])
    tickets.answers = lambda _: make_child(version=2, state="withdrawn", actions={})
    anna = reader("anna.ferri")
    await project([make_parent(version=4, owner="bruno.galli")])

    answer = await anna.post(f"{CHILD_PAGE}/withdraw", data={"command_id": "a"})

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/manage?done=withdraw:{CHILD}",
    )
    assert (await anna.get(CHILD_PAGE)).status_code == 404
