"""One ticket for operators: what it shows, what it offers, and what happens to what was typed."""

from typing import Any

import pytest

from shared.commands.base import Command
from shared.commands.tickets import AddNote, Ask, Assign, Close, Release, Reopen, Reply, SetResponsible, Take
from shared.errors import BusUnreachable, HeldBySomebodyElse, KeyReused, NoAnswer, NotThere, StateForbids
from shared.events.base import Event
from shared.events.notify import DeliveryFailed
from shared.events.people import Actor, Context
from shared.events.tickets import Routing, TicketAnswered, TicketEvent, TicketNoted, TicketTaken
from shared.ids import derived_id
from tests.fakes.portal_desk import make_person
from tests.fakes.portal_events import (
    ANNA,
    NEW_ACTIONS,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_delivery,
    make_life,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}
HOSTILE = '<script>alert(1)</script> "quoted" & <b>bold</b> javascript:alert(2) https://example.edu/?a=1&b=2'


def make_open(version: int = 2, **changes: Any) -> TicketTaken:
    held: dict[str, Any] = {
        "state": "open",
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "actions": OPEN_ACTIONS,
        "queue": "studenti",
    }
    change: Any = {"owner": (None, "anna.ferri"), "state": ("new", "open")}
    return TicketTaken(ticket=make_state(1, version=version, **(held | changes)), actor=ANNA, changes=change, first_time=True)


def offered(page: Element) -> list[str]:
    """Return what the page offers to do, by the last part of its forms' addresses."""
    return [form.attributes["action"].rpartition("/")[2] for form in page.one("main").all("form", method="post")]


def form_for(page: Element, action: str) -> Element:
    return next(form for form in page.one("main").all("form", method="post") if form.attributes["action"].endswith(f"/{action}"))


def key_in(page: Element, action: str) -> str:
    return form_for(page, action).one("input", name="command_id").attributes["value"]


async def test_the_page_tells_the_whole_ticket(reader: Reader, project: Project) -> None:
    facts: dict[str, Any] = {
        "queue": "studenti",
        "priority": 4,
        "routing": Routing(rule="Tasse", reason="modulo tasse"),
        "context": Context(origin="online-services", page="https://servizi.example.edu/tasse", reference="rata 2"),
        "fields": {"subject": "Tassa sbagliata", "description": "x", "matricola": "123456", "importo": 1234.5, "urgente": True},
    }
    await project([make_created(1, **facts), make_open(**facts)])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert page.one("title").text == f"{NUMBER} Tassa sbagliata · Richieste e assistenza"
    assert page.one("h1").text == "Tassa sbagliata"
    shown = {term.text: meaning.text for term, meaning in zip(page.one("main").all("dt"), page.one("main").all("dd"), strict=True)}
    assert shown["Stato"] == "aperto"
    assert shown["Operatore"] == "AF Anna Ferri (tu)"
    assert shown["Responsabile"] == "AF Anna Ferri (tu)"
    assert shown["Coda"] == "Segreterie studenti"
    assert shown["Perché questa coda"] == "Regola «Tasse» modulo tasse"
    assert shown["Priorità"] == "alta"
    assert shown["Aperto"] == "28 set 2026, 10:01"
    assert shown["Provenienza"] == "Servizi online di Ateneo https://servizi.example.edu/tasse rata 2"
    assert shown["matricola"] == "123456"
    assert shown["importo"] == "1.234,5"
    assert shown["urgente"] == "sì"
    assert "giulia.neri@studenti.example.edu" in page.one("main").text
    assert [step.text for step in page.one("nav", class_="breadcrumb-container sp-breadcrumb").all("li")] == [
        "Richieste e assistenza",
        "/ Gestione richieste",
        "/ Segreterie studenti",
        f"/ {NUMBER}",
    ]


async def test_every_article_says_what_it_is_who_wrote_it_when_and_who_sees_it(reader: Reader, project: Project) -> None:
    await project(make_life(1))

    page = see((await reader("anna.ferri").get(PAGE)).text)

    articles = page.one("section", id="articles").all("article")
    assert [article.one("h3").text for article in articles] == [
        "Richiesta",
        "Nota interna",
        "Risposta al richiedente",
        "Risposta al richiedente",
    ]
    assert [article.one("time").attributes["datetime"] for article in articles] == [
        "2026-09-28T08:01:00+00:00",
        "2026-09-28T08:01:40+00:00",
        "2026-09-28T08:01:50+00:00",
        "2026-09-28T08:02:00+00:00",
    ]
    assert ["Solo per gli operatori" in article.text for article in articles] == [False, True, False, False]
    assert ["Mail inviata di nuovo" in article.text for article in articles] == [False, False, True, False]
    assert "Giulia Neri" in articles[0].text
    assert "Anna Ferri" in articles[1].text


async def test_a_mail_that_could_not_be_delivered_is_told_on_its_article_with_the_reason(reader: Reader, project: Project) -> None:
    answer = make_article("answer")
    await project([make_created(1, queue="studenti"), TicketAnswered(ticket=make_open().ticket, actor=ANNA, articles=(answer,))])
    sent = make_delivery(1, article_id=answer.id)
    await project([DeliveryFailed(**{**sent.model_dump(), "state": "failed", "reason": "550 no such mailbox"})])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert "Mail non consegnata: 550 no such mailbox" in page.one("section", id="articles").all("article")[1].text


async def test_the_history_tells_each_change_in_words(reader: Reader, project: Project) -> None:
    await project([make_created(1, queue="studenti"), make_open()])

    italian, english = [see((await reader("anna.ferri", language=language).get(PAGE)).text) for language in ("it", "en")]

    assert [entry.text for entry in italian.one("ol", class_="sp-history-list").children] == [
        "28 set 2026, 10:01 Aperto · Giulia Neri",
        "28 set 2026, 10:01 Preso in carico · Anna Ferri Operatore: — → diventa Anna Ferri Stato: nuovo → diventa aperto",
    ]
    assert "Taken · Anna Ferri Held by: — → becomes Anna Ferri State: new → becomes open" in english.one("main").text


async def test_hostile_texts_stay_texts(reader: Reader, project: Project) -> None:
    hostile: dict[str, Any] = {
        "subject": HOSTILE,
        "fields": {"subject": HOSTILE, "description": HOSTILE, "matricola": HOSTILE},
        "queue": "studenti",
    }
    note = make_article("note", body=HOSTILE, author=Actor(identity="anna.ferri", name=HOSTILE))
    await project(
        [make_created(1, **hostile), TicketNoted(ticket=make_open(**hostile).ticket, actor=ANNA, reason=HOSTILE, articles=(note,))]
    )

    for identity, path in (("anna.ferri", PAGE), ("anna.ferri", "/manage"), ("giulia.neri", "/my"), ("giulia.neri", f"/my/{NUMBER}")):
        page = see((await reader(identity).get(path)).text)

        assert [script for script in page.all("script") if not script.attributes.get("src", "").startswith("/static/")] == []
        assert page.all("b") == []
        assert [link for link in page.all("a") if link.attributes["href"].startswith("javascript")] == []
        assert "<script>alert(1)</script>" in page.one("main").text


@pytest.mark.parametrize(
    ("identity", "event", "may"),
    [
        ("anna.ferri", make_created(1, queue="studenti", actions=NEW_ACTIONS), ["take", "note"]),
        ("ivo.santi", make_created(1, queue="studenti", actions=NEW_ACTIONS), ["note"]),
        ("dario.riva", make_created(1, queue="studenti", actions=NEW_ACTIONS), []),
        ("anna.ferri", make_open(), ["reply", "ask", "note", "close", "release", "assign", "responsible"]),
        ("anna.ferri", make_open(state="closed_successful", actions={"reopen": "right:rw", "note": "right:note"}), ["note", "reopen"]),
    ],
)
async def test_the_page_offers_what_may_be_done_now(
    reader: Reader, project: Project, identity: str, event: TicketEvent, may: list[str]
) -> None:
    await project([event])

    page = see((await reader(identity).get(PAGE)).text)

    if event.ticket.state == "new" and identity == "anna.ferri":
        may = [*may, "assign", "responsible"]
    assert offered(page) == may


async def test_a_ticket_goes_to_who_may_work_its_queue_and_the_responsible_to_who_may_see_it(reader: Reader, project: Project) -> None:
    await project([make_open()])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    to_assign = [option.attributes["value"] for option in form_for(page, "assign").all("option")]
    to_be_responsible = [option.attributes["value"] for option in form_for(page, "responsible").all("option")]
    assert to_assign == ["", "bruno.galli", "luisa.villa"]
    assert to_be_responsible == ["", "bruno.galli", "dario.riva", "ivo.santi", "luisa.villa"]


@pytest.mark.parametrize(
    ("action", "typed", "command"),
    [
        ("take", {}, Take(**ANNA_ASKS)),
        ("release", {}, Release(**ANNA_ASKS)),
        ("assign", {"operator": "bruno.galli", "reason": ""}, Assign(**ANNA_ASKS, operator="bruno.galli")),
        ("assign", {"operator": "bruno.galli", "reason": " Ferie "}, Assign(**ANNA_ASKS, operator="bruno.galli", reason="Ferie")),
        ("responsible", {"operator": "luisa.villa"}, SetResponsible(**ANNA_ASKS, operator="luisa.villa")),
        ("reply", {"body": "Prima\r\nSeconda\r\n"}, Reply(**ANNA_ASKS, body="Prima\nSeconda")),
        ("ask", {"body": "Quale rata?"}, Ask(**ANNA_ASKS, body="Quale rata?")),
        ("note", {"body": "Nota"}, AddNote(**ANNA_ASKS, body="Nota")),
        ("close", {"outcome": "unsuccessful", "answer": "No"}, Close(**ANNA_ASKS, outcome="unsuccessful", answer="No")),
        ("reopen", {"reason": "Sbagliato"}, Reopen(**ANNA_ASKS, reason="Sbagliato")),
    ],
)
async def test_each_form_asks_tickets_once_and_leads_back_to_the_page(
    reader: Reader, project: Project, tickets: FakeTickets, action: str, typed: dict[str, str], command: Command
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: make_open(version=3)
    anna = reader("anna.ferri")

    answers = [await anna.post(f"{PAGE}/{action}", data={"command_id": "0192-key", **typed}) for _ in range(2)]

    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, f"{PAGE}?done={action}")] * 2
    assert tickets.asked == [(command, derived_id("command", "anna.ferri", "0192-key"))] * 2


async def test_after_an_action_the_page_shows_its_result_at_once(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    await project([make_created(1, queue="studenti")])
    tickets.answers = lambda _: make_open()
    anna = reader("anna.ferri")

    answer = await anna.post(f"{PAGE}/take", data={"command_id": "a"}, follow_redirects=True)

    page = see(answer.text)
    assert "Hai preso in carico il ticket." in page.one("main").text
    assert "AF Anna Ferri (tu)" in page.one("div", id="ticket-head").text
    assert "reply" in offered(page)


async def test_a_refusal_names_the_winner_and_keeps_what_was_typed(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    await project([make_open()])
    tickets.answers = lambda _: HeldBySomebodyElse(owner="bruno.galli")

    answer = await reader("anna.ferri").post(f"{PAGE}/ask", data={"command_id": "a", "body": "Due righe\r\n& <b>"})

    page = see(answer.text)
    assert answer.status_code == 409
    assert page.one("div", role="alert", data_focus="").text == "Ora non è possibile Il ticket è già in carico a Bruno Galli."
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

    answer = await reader("anna.ferri").post(f"{PAGE}/close", data={"command_id": "a", "outcome": "unsuccessful", "answer": "Fatto"})

    page = see(answer.text)
    assert answer.status_code == 503
    assert key_in(page, "close") == "a"
    assert key_in(page, "reply") != "a"
    assert form_for(page, "close").one("textarea").text == "Fatto"
    assert "checked" in form_for(page, "close").one("input", value="unsuccessful").attributes


async def test_a_form_changed_and_sent_again_is_told_to_look_first(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    await project([make_open()])
    tickets.answers = lambda _: KeyReused()

    answer = await reader("anna.ferri").post(f"{PAGE}/reply", data={"command_id": "a", "body": "Altro testo"})

    page = see(answer.text)
    assert answer.status_code == 409
    assert "Da questo modulo è già stato inviato qualcosa." in page.one("main").text
    assert form_for(page, "reply").one("textarea").text == "Altro testo"
    assert key_in(page, "reply") != "a"


@pytest.mark.parametrize(
    ("action", "typed", "sentence"),
    [
        ("reply", {"body": " \r\n "}, "Questo dato è necessario."),
        ("note", {}, "Questo dato è necessario."),
        ("reply", {"body": "x" * 20_001}, "Al massimo 20000 caratteri."),
        ("close", {"outcome": "sideways", "answer": "Fatto"}, "successful, unsuccessful"),
        ("reopen", {"reason": ""}, "Questo dato è necessario."),
        ("reply", {"body": "x", "command_id": "due parole"}, "255"),
    ],
)
async def test_what_cannot_be_sent_is_told_and_nothing_is_asked(
    reader: Reader, project: Project, tickets: FakeTickets, action: str, typed: dict[str, str], sentence: str
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


async def test_a_ticket_out_of_sight_answers_like_one_that_is_not_there(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    await project([make_open(queue="ict")])
    tickets.answers = lambda _: NotThere()
    anna = reader("anna.ferri")

    answers = [await anna.get(PAGE), await anna.get(f"/manage/tickets/{make_number(9)}"), await anna.post(f"{PAGE}/take", data={})]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({see(answer.text).one("main").text for answer in answers}) == 1


async def test_a_state_that_forbids_is_named_on_the_page(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    ended: Event = make_open(state="closed_successful", actions={"note": "right:note"})
    await project([ended])
    tickets.answers = lambda _: StateForbids(state="closed_successful", trigger="reply")

    answer = await reader("anna.ferri").post(f"{PAGE}/reply", data={"command_id": "a", "body": "Ancora"})

    assert answer.status_code == 409
    assert "chiuso con successo" in see(answer.text).one("div", role="alert", data_focus="").text


async def test_another_site_cannot_act_for_who_is_signed_in(reader: Reader, project: Project, tickets: FakeTickets) -> None:
    await project([make_open()])

    answer = await reader("anna.ferri").post(f"{PAGE}/take", data={"command_id": "a"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert tickets.asked == []


async def test_live_updates_name_only_parts_that_the_page_has(reader: Reader, project: Project) -> None:
    await project([make_open()])
    pages = [
        see((await reader(identity).get(path)).text)
        for identity, path in (
            ("anna.ferri", "/manage"),
            ("anna.ferri", "/manage/queues/studenti"),
            ("anna.ferri", PAGE),
            ("giulia.neri", "/my"),
            ("giulia.neri", f"/my/{NUMBER}"),
        )
    ]

    for page in pages:
        regions = page.one("div", id="live-refresh").attributes["hx-select-oob"].split(",")
        ids = [element.attributes["id"] for element in page.within() if "id" in element.attributes]
        assert len(ids) == len(set(ids))
        assert {region.removesuffix(":outerMorph").removeprefix("#") for region in regions} <= set(ids)
    assert [page.one("div", id="live").attributes["hx-sse:connect"] for page in pages] == [
        "/live",
        "/live",
        f"/live?ticket={NUMBER}",
        "/live",
        f"/live?request={NUMBER}",
    ]
