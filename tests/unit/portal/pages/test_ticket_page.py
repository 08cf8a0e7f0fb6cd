"""One ticket for operators: what its page tells and offers."""

from typing import Any

import pytest

from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.events.ticket_state import Routing
from shared.contracts.events.tickets import TicketAnswered, TicketEvent, TicketNoted
from shared.contracts.people import Actor, Context
from tests.factories.owned_ticket import form_for, make_open, offered
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    ANNA,
    NEW_ACTIONS,
    make_article,
    make_created,
    make_delivery,
    make_life,
    make_number,
)
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}
WRITING = ("reply", "ask", "note", "close")
HOSTILE = (
    '<script>alert(1)</script> "quoted" & <b>bold</b> javascript:alert(2) '
    "https://example.edu/?a=1&b=2"
)


async def test_the_page_tells_the_whole_ticket(reader: Reader, project: Project) -> None:
    facts: dict[str, Any] = {
        "queue": "studenti",
        "priority": 4,
        "routing": Routing(rule="Tasse", reason="modulo tasse"),
        "context": Context(
            origin="online-services", page="https://servizi.example.edu/tasse", reference="rata 2"
        ),
        "fields": {
            "subject": "Tassa sbagliata",
            "description": "x",
            "matricola": "123456",
            "importo": 1234.5,
            "urgente": True,
        },
    }
    await project([make_created(1, **facts), make_open(**facts)])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert page.one("title").text == f"{NUMBER} Tassa sbagliata · Richieste e assistenza"
    assert page.one("h1").text == "Tassa sbagliata"
    shown = {
        term.text: meaning.text
        for term, meaning in zip(
            page.one("main").all("dt"), page.one("main").all("dd"), strict=True
        )
    }
    assert shown["Stato"] == "aperto"
    assert shown["Operatore"] == "AF Anna Ferri (tu)"
    assert shown["Responsabile"] == "AF Anna Ferri (tu)"
    assert shown["Coda"] == "Segreterie studenti"
    assert shown["Perché questa coda"] == "Regola «Tasse» modulo tasse"
    assert shown["Priorità"] == "alta"
    assert shown["Creato"] == "28 set 2026, 10:01 ora di Roma"
    assert (
        shown["Provenienza"] == "Servizi online di Ateneo https://servizi.example.edu/tasse rata 2"
    )
    assert shown["matricola"] == "123456"
    assert shown["importo"] == "1.234,5"
    assert shown["urgente"] == "sì"
    assert "giulia.neri@studenti.example.edu" in page.one("main").text
    assert [
        step.text for step in page.one("nav", class_="breadcrumb-container sp-breadcrumb").all("li")
    ] == [
        "Richieste e assistenza /",
        "Gestione richieste /",
        "Segreterie studenti /",
        NUMBER,
    ]


async def test_every_article_says_what_it_is_who_wrote_it_when_and_who_sees_it(
    reader: Reader, project: Project
) -> None:
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
    assert ["Solo per gli operatori" in article.text for article in articles] == [
        False,
        True,
        False,
        False,
    ]
    assert ["E-mail inviata di nuovo" in article.text for article in articles] == [
        False,
        False,
        True,
        False,
    ]
    assert "Giulia Neri" in articles[0].text
    assert "Anna Ferri" in articles[1].text


async def test_a_mail_that_could_not_be_delivered_is_told_on_its_article_with_the_reason(
    reader: Reader, project: Project
) -> None:
    answer = make_article("answer")
    await project(
        [
            make_created(1, queue="studenti"),
            TicketAnswered(ticket=make_open().ticket, actor=ANNA, articles=(answer,)),
        ]
    )
    sent = make_delivery(1, article_id=answer.id)
    await project(
        [
            DeliveryFailed(
                **{**sent.model_dump(), "state": "failed", "reason": "550 no such mailbox"}
            )
        ]
    )

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert (
        "E-mail non consegnata: 550 no such mailbox"
        in page.one("section", id="articles").all("article")[1].text
    )


async def test_the_history_tells_each_change_in_words(reader: Reader, project: Project) -> None:
    await project([make_created(1, queue="studenti"), make_open()])

    italian, english = [
        see((await reader("anna.ferri", language=language).get(PAGE)).text)
        for language in ("it", "en")
    ]

    assert [entry.text for entry in italian.one("ol", class_="sp-history-list").children] == [
        "28 set 2026, 10:01 ora di Roma Creato · Giulia Neri accesso effettuato",
        (
            "28 set 2026, 10:01 ora di Roma Preso in carico · Anna Ferri Operatore: — → diventa "
            "Anna "
            "Ferri Stato: nuovo → diventa aperto"
        ),
    ]
    assert (
        "Taken · Anna Ferri Owner: — → becomes Anna Ferri Status: new → becomes open"
        in english.one("main").text
    )


async def test_hostile_texts_stay_texts(reader: Reader, project: Project) -> None:
    hostile: dict[str, Any] = {
        "subject": HOSTILE,
        "fields": {"subject": HOSTILE, "description": HOSTILE, "matricola": HOSTILE},
        "queue": "studenti",
    }
    note = make_article("note", body=HOSTILE, author=Actor(identity="anna.ferri", name=HOSTILE))
    await project(
        [
            make_created(1, **hostile),
            TicketNoted(
                ticket=make_open(**hostile).ticket, actor=ANNA, reason=HOSTILE, articles=(note,)
            ),
        ]
    )

    for identity, path in (
        ("anna.ferri", PAGE),
        ("anna.ferri", "/manage"),
        ("giulia.neri", "/my"),
        ("giulia.neri", f"/my/{NUMBER}"),
    ):
        page = see((await reader(identity).get(path)).text)

        assert [
            script
            for script in page.all("script")
            if not script.attributes.get("src", "").startswith("/static/")
        ] == []
        assert page.all("b") == []
        assert [
            link for link in page.all("a") if link.attributes["href"].startswith("javascript")
        ] == []
        assert "<script>alert(1)</script>" in page.one("main").text


@pytest.mark.parametrize(
    ("identity", "event", "may"),
    [
        ("anna.ferri", make_created(1, queue="studenti", actions=NEW_ACTIONS), ["take", "note"]),
        ("ivo.santi", make_created(1, queue="studenti", actions=NEW_ACTIONS), ["note"]),
        ("dario.riva", make_created(1, queue="studenti", actions=NEW_ACTIONS), []),
        (
            "anna.ferri",
            make_open(),
            [
                "reply",
                "ask",
                "note",
                "close",
                "release",
                "assign",
                "responsible",
                "priority",
                "postpone",
                "move",
                "escalate",
            ],
        ),
        (
            "anna.ferri",
            make_open(
                state="closed_successful", actions={"reopen": "right:rw", "note": "right:note"}
            ),
            ["note", "reopen"],
        ),
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


async def test_a_ticket_goes_to_who_may_work_its_queue_and_the_responsible_to_who_may_see_it(
    reader: Reader, project: Project
) -> None:
    await project([make_open()])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    to_assign = [option.attributes["value"] for option in form_for(page, "assign").all("option")]
    to_be_responsible = [
        option.attributes["value"] for option in form_for(page, "responsible").all("option")
    ]
    assert to_assign == ["", "bruno.galli", "luisa.villa"]
    assert to_be_responsible == ["", "bruno.galli", "dario.riva", "ivo.santi", "luisa.villa"]


async def test_a_ticket_can_be_moved_where_one_may_send_it(
    reader: Reader, project: Project
) -> None:
    await project([make_open(priority=4)])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    queues = {
        option.attributes["value"]: option.text for option in form_for(page, "move").all("option")
    }
    assert queues == {
        "": "Scegli",
        "studenti/carriere": "Ufficio carriere",
        "studenti/tasse": "Ufficio tasse e borse",
    }
    (chosen,) = [
        option
        for option in form_for(page, "priority").all("option")
        if "selected" in option.attributes
    ]
    assert chosen.text == "alta"


async def test_live_updates_name_only_parts_that_the_page_has(
    reader: Reader, project: Project
) -> None:
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
        assert {region.removesuffix(":outerMorph").removeprefix("#") for region in regions} <= set(
            ids
        )
    assert [page.one("div", id="live").attributes["hx-sse:connect"] for page in pages] == [
        "/live",
        "/live",
        f"/live?ticket={NUMBER}",
        "/live",
        f"/live?request={NUMBER}",
    ]
