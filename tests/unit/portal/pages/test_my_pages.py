"""What a requester sees of the own requests, and may do."""

from typing import Any

import pytest

from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import RequesterReply, RequesterWithdraw
from shared.contracts.desk import Policies
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import (
    TicketEvent,
    TicketQuestionAsked,
    TicketRequesterReplied,
    TicketWithdrawn,
)
from shared.core.errors import NoAnswer, StateForbids
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_life,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/my/{NUMBER}"
HUGO = make_person("hugo.marchi")
GIULIA_ASKS: dict[str, Any] = {"caller": make_person("giulia.neri"), "number": NUMBER}


def make_asked(**changes: Any) -> TicketQuestionAsked:
    facts: dict[str, Any] = {
        "state": "waiting_requester",
        "owner": "anna.ferri",
        "actions": OPEN_ACTIONS,
        "version": 2,
    }
    question = make_article("question", body="Quale rata?")
    return TicketQuestionAsked(
        ticket=make_state(1, **(facts | changes)), actor=ANNA, articles=(question,)
    )


def subjects_of(page: Element) -> list[str]:
    return [link.text for link in page.one("main").all("a", class_="sp-row-link")]


async def test_the_list_holds_the_own_requests_only_newest_first(
    reader: Reader, project: Project
) -> None:
    await project(
        [
            make_created(1, subject="Prima"),
            make_created(2, subject="Di Hugo", requester=HUGO),
            make_created(3, subject="Terza"),
        ]
    )

    page = see((await reader("giulia.neri").get("/my")).text)

    assert page.one("title").text == "Le mie richieste · Richieste e assistenza"
    assert subjects_of(page) == ["Terza", "Prima"]
    first = page.one("li", id=f"request-{make_number(3)}")
    assert "Segreterie studenti" in first.text
    assert "Nuova" in first.text


async def test_operators_have_requests_of_their_own(reader: Reader, project: Project) -> None:
    await project(
        [
            make_created(1, subject="Di Giulia"),
            make_created(2, subject="Di Anna", requester=make_person("anna.ferri")),
        ]
    )

    page = see((await reader("anna.ferri").get("/my")).text)

    assert subjects_of(page) == ["Di Anna"]


async def test_who_has_no_requests_is_told_how_to_make_one(reader: Reader) -> None:
    page = see((await reader("giulia.neri").get("/my")).text)

    assert "Non hai ancora richieste" in page.one("main").text
    assert "/forms" in [link.attributes["href"] for link in page.one("main").all("a")]


async def test_a_requester_finds_own_requests_by_words_and_goes_on_with_them(
    reader: Reader, project: Project
) -> None:
    await project(make_created(i, subject=f"Borsa {i}" if i % 2 else "Altro") for i in range(1, 56))

    page = see((await reader("giulia.neri").get("/my?q=Bors%C3%A0")).text)
    (onward,) = [link.attributes["href"] for link in page.all("a", rel="next")]
    rest = see((await reader("giulia.neri").get(onward)).text)

    assert page.one("input", id="search").attributes["value"] == "Borsà"
    assert subjects_of(page) + subjects_of(rest) == [f"Borsa {i}" for i in range(55, 0, -2)]


async def test_a_search_without_result_says_so_and_leads_back(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1)])

    page = see((await reader("giulia.neri").get("/my?q=dromedario")).text)

    assert "Nessuna tua richiesta contiene queste parole" in page.one("main").text
    assert [link.text for link in page.one("main").all("a", href="/my")] == [
        "Vedi tutte le richieste"
    ]
    assert page.one("input", id="search").attributes["value"] == "dromedario"


async def test_a_long_list_goes_on_where_it_ended(reader: Reader, project: Project) -> None:
    await project(
        [make_created(counter, subject=f"Richiesta {counter}") for counter in range(1, 28)]
    )
    giulia = reader("giulia.neri")

    first = see((await giulia.get("/my")).text)
    second = see((await giulia.get(first.one("a", rel="next").attributes["href"])).text)

    assert subjects_of(first) == [f"Richiesta {counter}" for counter in range(27, 2, -1)]
    assert subjects_of(second) == ["Richiesta 2", "Richiesta 1"]


async def test_a_request_tells_what_was_written_but_no_notes_and_no_operators(
    reader: Reader, project: Project
) -> None:
    await project(make_life(1))

    page = see((await reader("giulia.neri").get(PAGE)).text)

    articles = page.one("section", id="articles").all("article")
    assert [article.one("h3").text for article in articles] == [
        "La tua richiesta",
        "Risposta",
        "Risposta",
    ]
    assert ["Segreterie studenti" in article.text for article in articles] == [False, True, True]
    assert "Anna Ferri" not in page.one("main").text
    assert "Testo: note" not in page.one("main").text
    assert "E-mail inviata" not in page.one("main").text


async def test_the_own_page_of_a_request_is_nobody_elses(reader: Reader, project: Project) -> None:
    await project([make_created(1)])

    others = await reader("hugo.marchi").get(PAGE)
    operator = await reader("anna.ferri").get(PAGE)
    absent = await reader("hugo.marchi").get(f"/my/{make_number(9)}")

    assert (others.status_code, operator.status_code, absent.status_code) == (404, 404, 404)
    assert see(others.text).one("main").text == see(absent.text).one("main").text


@pytest.mark.parametrize(
    ("changes", "steps", "explanation"),
    [
        ({}, ["(Ricevuta)", "In lavorazione", "Conclusa"], "nessuno se ne sta ancora occupando"),
        (
            {"state": "open"},
            ["Ricevuta", "(In lavorazione)", "Conclusa"],
            "si sta occupando della tua richiesta",
        ),
        (
            {"state": "waiting_requester"},
            ["Ricevuta", "In lavorazione", "(Serve la tua risposta)", "Conclusa"],
            "L'ufficio ti ha fatto una domanda",
        ),
        (
            {"state": "closed_successful"},
            ["Ricevuta", "In lavorazione", "(Chiusa con successo)"],
            "La tua richiesta è chiusa",
        ),
        (
            {"state": "closed_unsuccessful"},
            ["Ricevuta", "In lavorazione", "(Chiusa senza successo)"],
            "non è stato possibile",
        ),
        ({"state": "withdrawn"}, ["Ricevuta", "(Ritirata)"], "Hai ritirato questa richiesta."),
    ],
)
async def test_the_page_says_where_the_request_stands(
    reader: Reader, project: Project, changes: dict[str, Any], steps: list[str], explanation: str
) -> None:
    await project([make_created(1, **changes)])

    where = see((await reader("giulia.neri").get(PAGE)).text).one("section", id="where")

    shown = [
        (step.text.removesuffix(" (fatto)"), step.attributes.get("aria-current"))
        for step in where.all("li")
    ]
    assert [f"({name})" if current else name for name, current in shown] == steps
    assert explanation in where.text


async def test_a_question_asks_for_the_answer_in_the_list_and_on_the_page(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1), make_asked()])
    giulia = reader("giulia.neri")

    in_list, page = see((await giulia.get("/my")).text), see((await giulia.get(PAGE)).text)

    assert "in attesa della tua risposta" in in_list.one("main").text
    assert "L'ufficio attende la tua risposta." in in_list.one("main").text
    assert page.one("label", for_="reply-body").text == "La tua risposta all'ufficio"


@pytest.mark.parametrize(
    ("event", "offered"),
    [
        (make_created(1), ["reply", "withdraw"]),
        (make_asked(), ["reply"]),
        (make_asked(state="withdrawn", actions={"note": "right:note"}), []),
    ],
)
async def test_the_page_offers_what_the_requester_may_do(
    reader: Reader, project: Project, event: TicketEvent, offered: list[str]
) -> None:
    await project([event])

    page = see((await reader("giulia.neri").get(PAGE)).text)

    assert [form.attributes["action"] for form in page.one("main").all("form")] == [
        f"{PAGE}/{action}" for action in offered
    ]


@pytest.mark.parametrize(
    ("action", "typed", "command", "event"),
    [
        (
            "reply",
            {"body": "La seconda\r\nrata"},
            RequesterReply(**GIULIA_ASKS, body="La seconda\nrata"),
            TicketRequesterReplied(
                ticket=make_state(1, version=3, state="open", updated_at=MORNING)
            ),
        ),
        (
            "withdraw",
            {},
            RequesterWithdraw(**GIULIA_ASKS),
            TicketWithdrawn(ticket=make_state(1, version=3, state="withdrawn", actions={})),
        ),
    ],
)
async def test_a_form_asks_tickets_and_the_page_shows_the_result(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    action: str,
    typed: dict[str, str],
    command: Command,
    event: TicketEvent,
) -> None:
    await project([make_created(1), make_asked()])
    tickets.answers = lambda _: event
    giulia = reader("giulia.neri")

    answer = await giulia.post(f"{PAGE}/{action}", data={"command_id": "key", **typed})
    page = see((await giulia.get(answer.headers["location"])).text)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=my-{action}")
    assert tickets.asked == [(command, derived_id("command", "giulia.neri", "key"))]
    expected = {
        "reply": "Il tuo messaggio è stato inviato all'ufficio.",
        "withdraw": "La richiesta è stata ritirata.",
    }[action]
    assert expected in page.one("main").text


@pytest.mark.parametrize(
    ("error", "status", "same_key"),
    [
        (StateForbids(state="withdrawn", trigger="requester_replies"), 409, False),
        (NoAnswer("late"), 503, True),
    ],
)
async def test_what_was_typed_is_kept_when_it_could_not_be_sent(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    error: Exception,
    status: int,
    same_key: bool,
) -> None:
    await project([make_created(1), make_asked()])
    tickets.answers = lambda _: error

    answer = await reader("giulia.neri").post(
        f"{PAGE}/reply", data={"command_id": "key", "body": "La seconda & <ultima>"}
    )

    form = see(answer.text).one("form", action=f"{PAGE}/reply")
    assert answer.status_code == status
    assert form.one("textarea").text == "La seconda & <ultima>"
    assert (form.one("input", name="command_id").attributes["value"] == "key") is same_key


async def test_an_empty_reply_is_not_sent(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_asked()])

    answer = await reader("giulia.neri").post(
        f"{PAGE}/reply", data={"command_id": "key", "body": "  "}
    )

    page = see(answer.text)
    assert answer.status_code == 422
    assert page.one("textarea", id="reply-body").attributes["aria-invalid"] == "true"
    assert page.one("p", id="reply-body-error").text == "Errore: Campo obbligatorio."
    assert tickets.asked == []


@pytest.mark.parametrize("action", ["take", "close", "my-reply", "reopen"])
async def test_a_requester_has_no_other_actions(
    reader: Reader, project: Project, tickets: FakeTickets, action: str
) -> None:
    await project([make_created(1), make_asked()])

    answer = await reader("giulia.neri").post(
        f"{PAGE}/{action}", data={"command_id": "key", "body": "x"}
    )

    assert answer.status_code == 404
    assert tickets.asked == []


@pytest.mark.parametrize(
    ("request_type", "link", "title"),
    [
        ("tasse", "/forms/tasse", "Tasse"),
        ("una-volta", "/forms", "Scegli un modulo"),
        (None, "/forms", "Scegli un modulo"),
    ],
)
async def test_a_closed_request_that_takes_no_replies_leads_to_a_new_one(
    reader: Reader, project: Project, request_type: str | None, link: str, title: str
) -> None:
    desk = make_example_desk(policies=Policies(reopen="reject"))
    closed = make_state(
        1,
        state="closed_successful",
        request_type=request_type,
        actions={"requester_replies": "requester&policy:reopen"},
    )
    event = make_created(1).model_copy(update={"ticket": closed})
    await project([DeskApplied(version=9, desk=desk, applied_at=MORNING), event])

    page = see((await reader("giulia.neri").get(PAGE)).text)

    shown = [(one.attributes["href"], one.text) for one in page.one("section", id="act").all("a")]
    assert [(href, text) for href, text in shown if href.startswith("/forms")] == [(link, title)]
