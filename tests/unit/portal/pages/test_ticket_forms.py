"""What operators do to a ticket from its page: each form, each refusal, and what happens to what
was typed.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from shared.contracts.commands.base import Command
from shared.contracts.commands.merging import Merge, SetLink, Undo, Unlink
from shared.contracts.commands.tickets import (
    AddNote,
    Ask,
    Assign,
    Bounce,
    Close,
    DecideStep,
    Escalate,
    Forward,
    Move,
    Postpone,
    Release,
    Reopen,
    Reply,
    SetPriority,
    SetResponsible,
    Take,
    Unwatch,
    Watch,
    Withdraw,
)
from shared.contracts.events.base import Event
from shared.core.errors import (
    BusUnreachable,
    CannotUndo,
    HeldBySomebodyElse,
    ImpossibleValue,
    KeyReused,
    NoAnswer,
    NotThere,
    StateForbids,
)
from shared.core.ids import derived_id
from tests.factories.owned_ticket import form_for, key_in, make_open, offered
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import OPEN_ACTIONS, make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
IN_ROME = datetime(2026, 12, 1, 9, 30, tzinfo=ZoneInfo("Europe/Rome"))
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}


@pytest.mark.parametrize(
    ("action", "typed", "command"),
    [
        ("take", {}, Take(**ANNA_ASKS)),
        ("release", {}, Release(**ANNA_ASKS)),
        (
            "assign",
            {"operator": "bruno.galli", "reason": ""},
            Assign(**ANNA_ASKS, operator="bruno.galli"),
        ),
        (
            "assign",
            {"operator": "bruno.galli", "reason": " Ferie "},
            Assign(**ANNA_ASKS, operator="bruno.galli", reason="Ferie"),
        ),
        (
            "responsible",
            {"operator": "luisa.villa"},
            SetResponsible(**ANNA_ASKS, operator="luisa.villa"),
        ),
        (
            "move",
            {"queue": "studenti/tasse", "reason": ""},
            Move(**ANNA_ASKS, queue="studenti/tasse"),
        ),
        ("escalate", {"reason": "Difficile"}, Escalate(**ANNA_ASKS, reason="Difficile")),
        ("postpone", {"until": "2026-12-01T09:30"}, Postpone(**ANNA_ASKS, until=IN_ROME)),
        ("priority", {"priority": "5"}, SetPriority(**ANNA_ASKS, priority=5)),
        ("reply", {"body": "Prima\r\nSeconda\r\n"}, Reply(**ANNA_ASKS, body="Prima\nSeconda")),
        ("ask", {"body": "Quale rata?"}, Ask(**ANNA_ASKS, body="Quale rata?")),
        ("note", {"body": "Nota"}, AddNote(**ANNA_ASKS, body="Nota")),
        (
            "close",
            {"outcome": "unsuccessful", "answer": "No"},
            Close(**ANNA_ASKS, outcome="unsuccessful", answer="No"),
        ),
        ("reopen", {"reason": "Sbagliato"}, Reopen(**ANNA_ASKS, reason="Sbagliato")),
        ("bounce", {"reason": "Manca l'anno"}, Bounce(**ANNA_ASKS, reason="Manca l'anno")),
        ("withdraw", {}, Withdraw(**ANNA_ASKS)),
        (
            "decide",
            {"step": "tasse", "decision": "continue"},
            DecideStep(**ANNA_ASKS, step="tasse", decision="continue"),
        ),
        (
            "forward",
            {"to": "ente@example.org", "body": "Per voi"},
            Forward(**ANNA_ASKS, to="ente@example.org", body="Per voi"),
        ),
        ("merge", {"into": f" {make_number(2)} "}, Merge(**ANNA_ASKS, into=make_number(2))),
        (
            "merge",
            {"into": f"Re: [Ticket#{make_number(2)}] La seconda rata"},
            Merge(**ANNA_ASKS, into=make_number(2)),
        ),
        (
            "links",
            {"to": f"#{make_number(2)}", "kind": "related"},
            SetLink(**ANNA_ASKS, to=make_number(2), kind="related"),
        ),
        ("unlink", {"to": f"Ticket#{make_number(2)}"}, Unlink(**ANNA_ASKS, to=make_number(2))),
        (
            "links",
            {"to": f"\u200e{make_number(2)}\u200b", "kind": "related"},
            SetLink(**ANNA_ASKS, to=make_number(2), kind="related"),
        ),
        ("watch", {}, Watch(**ANNA_ASKS)),
        ("unwatch", {}, Unwatch(**ANNA_ASKS)),
        ("undo", {"version": "3"}, Undo(**ANNA_ASKS, version=3)),
    ],
)
async def test_each_form_asks_tickets_once_and_leads_back_to_the_page(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    action: str,
    typed: dict[str, str],
    command: Command,
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: make_open(version=3)
    anna = reader("anna.ferri")

    answers = [
        await anna.post(f"{PAGE}/{action}", data={"command_id": "0192-key", **typed})
        for _ in range(2)
    ]

    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [
        (303, f"{PAGE}?done={action}")
    ] * 2
    assert tickets.asked == [(command, derived_id("command", "anna.ferri", "0192-key"))] * 2


async def test_after_an_action_the_page_shows_its_result_at_once(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, queue="studenti")])
    tickets.answers = lambda _: make_open()
    anna = reader("anna.ferri")

    answer = await anna.post(f"{PAGE}/take", data={"command_id": "a"}, follow_redirects=True)

    page = see(answer.text)
    assert "Hai preso in carico il ticket." in page.one("main").text
    assert "AF Anna Ferri (tu)" in page.one("div", id="ticket-head").text
    assert "reply" in offered(page)


async def test_a_ticket_that_a_form_names_is_written_down_when_it_is_refused(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: ImpossibleValue("to", "unknown_ticket", make_number(9))

    with capture_logs() as logs:
        answer = await reader("anna.ferri").post(
            f"{PAGE}/links", data={"command_id": "a", "to": make_number(9), "kind": "related"}
        )

    assert answer.status_code == 422
    (refused,) = [entry for entry in logs if entry["event"].startswith("security.")]
    assert (refused["event"], refused["identity"], refused["ticket"]) == (
        "security.ticket.not_found",
        "anna.ferri",
        make_number(9),
    )


async def test_a_time_that_is_none_is_named_and_stays_in_its_field(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])

    answer = await reader("anna.ferri").post(
        f"{PAGE}/postpone", data={"command_id": "a", "until": "domani"}
    )

    page = see(answer.text)
    assert (answer.status_code, tickets.asked) == (422, [])
    field = form_for(page, "postpone").one("input", name="until")
    assert (field.attributes["value"], field.attributes["aria-invalid"]) == ("domani", "true")


async def test_who_sends_a_ticket_out_of_his_sight_is_told_so_on_the_dashboard(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: make_open(version=3, queue="studenti/tasse", owner=None)
    anna = reader("anna.ferri")

    moved = {"command_id": "a", "queue": "studenti/tasse"}
    answer = await anna.post(f"{PAGE}/move", data=moved)
    to_script = await anna.post(f"{PAGE}/move", data=moved, headers={"HX-Request": "true"})
    page = see((await anna.get(answer.headers["location"])).text)

    away = f"/manage?done=move:{NUMBER}&undo=3"
    assert (answer.status_code, answer.headers["location"]) == (303, away)
    assert (to_script.status_code, to_script.headers["HX-Redirect"]) == (204, away)
    assert f"{NUMBER} · Il ticket è passato all'altra coda." in page.one("main").text
    undo = page.one("form", action=f"{PAGE}/undo")
    assert [undo.one("input", name=name).attributes["value"] for name in ("version", "back")] == [
        "3",
        "/manage",
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "done=take:{n}&undo=3",
        "done=move:{n}",
        "done=move:{n}&undo=x",
        "done=move:zero&undo=3",
        "undo=3",
    ],
)
async def test_an_address_that_names_no_move_offers_nothing_to_take_back(
    reader: Reader, asked: str
) -> None:
    page = see((await reader("anna.ferri").get(f"/manage?{asked.format(n=NUMBER)}")).text)

    assert not [
        form for form in page.all("form") if form.attributes.get("action", "").endswith("/undo")
    ]


async def test_what_cannot_be_taken_back_any_more_is_told_on_the_dashboard(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(version=3, queue="studenti/tasse", owner=None)])
    tickets.answers = lambda _: CannotUndo(3, "overtaken")

    answer = await reader("anna.ferri").post(
        f"{PAGE}/undo", data={"command_id": "a", "version": "3", "back": "/manage"}
    )

    assert answer.status_code == 409
    assert (
        "Non si può più annullare" in see(answer.text).one("div", role="alert", data_focus="").text
    )


async def test_a_refusal_names_the_winner_and_keeps_what_was_typed(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: HeldBySomebodyElse(owner="bruno.galli")

    answer = await reader("anna.ferri").post(
        f"{PAGE}/ask", data={"command_id": "a", "body": "Due righe\r\n& <b>"}
    )

    page = see(answer.text)
    assert answer.status_code == 409
    assert (
        page.one("div", role="alert", data_focus="").text
        == "Ora non è possibile Il ticket è già in carico a Bruno Galli."
    )
    assert "".join(form_for(page, "ask").one("textarea").parts) == "\nDue righe\n& <b>"
    assert "open" in page.one("details", id="way-ask").attributes
    assert "open" not in page.one("details", id="way-reply").attributes
    assert key_in(page, "ask") != "a"


@pytest.mark.parametrize("error", [NoAnswer("late"), BusUnreachable("down")])
async def test_while_it_is_not_known_what_happened_the_same_form_can_be_sent_again(
    reader: Reader, project: Project, tickets: FakeTickets, error: Exception
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: error

    answer = await reader("anna.ferri").post(
        f"{PAGE}/close", data={"command_id": "a", "outcome": "unsuccessful", "answer": "Fatto"}
    )

    page = see(answer.text)
    assert answer.status_code == 503
    assert key_in(page, "close") == "a"
    assert key_in(page, "reply") != "a"
    assert form_for(page, "close").one("textarea").text == "Fatto"
    assert "checked" in form_for(page, "close").one("input", value="unsuccessful").attributes


async def test_a_form_changed_and_sent_again_is_told_to_look_first(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: KeyReused()

    answer = await reader("anna.ferri").post(
        f"{PAGE}/reply", data={"command_id": "a", "body": "Altro testo"}
    )

    page = see(answer.text)
    assert answer.status_code == 409
    assert "Da questo modulo è già stato inviato qualcosa." in page.one("main").text
    assert form_for(page, "reply").one("textarea").text == "Altro testo"
    assert key_in(page, "reply") != "a"


@pytest.mark.parametrize(
    ("action", "typed", "sentence"),
    [
        ("reply", {"body": " \r\n "}, "Campo obbligatorio."),
        ("note", {}, "Campo obbligatorio."),
        (
            "reply",
            {"body": "x" * 20_001},
            "Il testo ha 20.001 caratteri: possono essere al massimo 20.000.",
        ),
        ("close", {"outcome": "sideways", "answer": "Fatto"}, "successful, unsuccessful"),
        ("reopen", {"reason": ""}, "Campo obbligatorio."),
        ("reply", {"body": "x", "command_id": "due parole"}, "255"),
        ("links", {"to": "1", "kind": "cousin"}, "related, duplicate"),
        ("undo", {"version": "ieri"}, "numero intero"),
        ("decide", {"step": "tasse", "decision": "maybe"}, "continue, stop"),
        ("merge", {"into": ""}, "Campo obbligatorio."),
    ],
)
async def test_what_cannot_be_sent_is_told_and_nothing_is_asked(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    action: str,
    typed: dict[str, str],
    sentence: str,
) -> None:
    actions = OPEN_ACTIONS | {"reopen": "right:rw"}
    await project([make_open(actions=actions)])

    answer = await reader("anna.ferri").post(f"{PAGE}/{action}", data={"command_id": "a", **typed})

    assert answer.status_code == 422
    assert sentence in see(answer.text).one("main").text
    assert tickets.asked == []


@pytest.mark.parametrize(
    ("identity", "path"),
    [
        ("anna.ferri", f"{PAGE}/explode"),
        ("anna.ferri", f"{PAGE}/my-reply"),
        ("anna.ferri", "/manage/tickets/bulk/take"),
        ("anna.ferri", "/manage/tickets/' or 1=1/take"),
    ],
)
async def test_what_does_not_exist_cannot_be_asked_for(
    reader: Reader, project: Project, tickets: FakeTickets, identity: str, path: str
) -> None:
    await project([make_open()])

    answer = await reader(identity).post(path, data={"command_id": "a"})

    assert answer.status_code == 404
    assert tickets.asked == []


async def test_a_ticket_out_of_sight_answers_like_one_that_is_not_there(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(queue="ict")])
    tickets.answers = lambda _: NotThere()
    anna = reader("anna.ferri")

    answers = [
        await anna.get(PAGE),
        await anna.get(f"/manage/tickets/{make_number(9)}"),
        await anna.post(f"{PAGE}/take", data={}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({see(answer.text).one("main").text for answer in answers}) == 1


async def test_a_state_that_forbids_is_named_on_the_page(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    ended: Event = make_open(state="closed_successful", actions={"note": "right:note"})
    await project([ended])
    tickets.answers = lambda _: StateForbids(state="closed_successful", trigger="reply")

    answer = await reader("anna.ferri").post(
        f"{PAGE}/reply", data={"command_id": "a", "body": "Ancora"}
    )

    assert answer.status_code == 409
    assert "chiuso con successo" in see(answer.text).one("div", role="alert", data_focus="").text


async def test_a_child_tells_its_operator_that_his_words_reach_the_office_that_asks(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    held: dict[str, Any] = {
        "queue": "studenti",
        "parent": make_number(2),
        "parent_id": derived_id("ticket", 2),
    }
    await project([make_open(**held)])
    tickets.answers = lambda _: make_open(version=3, **held)
    anna = reader("anna.ferri")

    page = see((await anna.get(PAGE)).text)
    answer = await anna.post(f"{PAGE}/ask", data={"command_id": "a", "body": "Quale rata?"})
    after = see((await anna.get(answer.headers["location"])).text)

    assert (
        page.one("details", id="way-ask").one("summary").text
        == "Fai una domanda all'ufficio richiedente"
    )
    assert "richiedente" not in page.one("section", id="act").text.replace(
        "ufficio richiedente", ""
    )
    assert (
        "La domanda è stata inviata all'ufficio richiedente; questo ticket attende la risposta."
        in after.one("main").text
    )


async def test_another_site_cannot_act_for_who_is_signed_in(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])

    answer = await reader("anna.ferri").post(
        f"{PAGE}/take", data={"command_id": "a"}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert tickets.asked == []
