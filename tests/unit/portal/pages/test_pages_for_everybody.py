"""The first page, choosing who to be, and leaving."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from services.portal.context import PortalContext
from shared.web.auth import SESSION_COOKIE
from tests.fakes.seen_page import see
from tests.unit.portal.pages.conftest import TOKENS, Reader


async def test_the_first_page_offers_help_the_own_requests_and_to_operators_their_work(
    reader: Reader,
) -> None:
    of_operator, of_student = [
        see((await reader(who).get("/")).text) for who in ("anna.ferri", "giulia.neri")
    ]

    assert [title.text for title in of_operator.all("h2")] == [
        "Chiedi assistenza",
        "Le mie richieste",
        "Gestione richieste",
    ]
    assert [title.text for title in of_student.all("h2")] == [
        "Chiedi assistenza",
        "Le mie richieste",
    ]
    assert "Gestione richieste" not in of_student.text


async def test_the_same_page_is_in_english_for_who_prefers_it_or_asks_for_it(
    reader: Reader,
) -> None:
    preferred = see((await reader("anna.ferri", language="en").get("/")).text)
    asked = see((await reader("anna.ferri", language="it").get("/?lang=en")).text)

    for page in (preferred, asked):
        assert page.one("html").attributes["lang"] == "en"
        assert [title.text for title in page.all("h2")] == [
            "Ask for help",
            "My requests",
            "Manage requests",
        ]


async def test_the_switch_leads_to_the_same_list_in_the_other_language(reader: Reader) -> None:
    page = see((await reader("anna.ferri").get("/manage/queues/studenti?state=new")).text)

    assert page.one("a", hreflang="en").attributes["href"] == "?state=new&lang=en"


async def test_everybody_of_the_desk_can_be_chosen_with_what_they_are(reader: Reader) -> None:
    page = see((await reader(None).get("/login?next=/manage")).text)

    chosen = {
        button.attributes["value"]: button.text for button in page.all("button", name="identity")
    }
    assert len(chosen) == 13
    assert chosen["giulia.neri"] == "GN Giulia Neri : Studente, giulia.neri@studenti.example.edu"
    assert chosen["dario.riva"] == "DR Dario Riva : Lavora per: tasse · Vede: urp"
    assert chosen["luisa.villa"] == "LV Luisa Villa : Supervisore: lavora su tutte le code"
    assert page.one("input", name="next").attributes["value"] == "/manage"


async def test_choosing_somebody_signs_in_and_leads_on(reader: Reader) -> None:
    client = reader(None)

    answer = await client.post(
        "/login", data={"identity": "anna.ferri", "next": "/manage/queues/studenti?state=new"}
    )

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/manage/queues/studenti?state=new",
    )
    signed_in = TOKENS.read(client.cookies[SESSION_COOKIE])
    assert signed_in is not None
    assert (signed_in.identity, signed_in.name) == ("anna.ferri", "Anna Ferri")


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "manage",
    ],
)
async def test_after_signing_in_nobody_is_led_to_another_site(reader: Reader, wanted: str) -> None:
    answer = await reader(None).post("/login", data={"identity": "anna.ferri", "next": wanted})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("chosen", ["nobody.here", ""])
async def test_somebody_the_desk_does_not_know_is_not_signed_in(
    reader: Reader, chosen: str
) -> None:
    answer = await reader(None).post("/login", data={"identity": chosen})

    assert answer.status_code == 422
    assert SESSION_COOKIE not in answer.cookies
    assert f"L'identità «{chosen}» non esiste." in see(answer.text).one("main").text


async def test_another_site_cannot_sign_anybody_in(reader: Reader) -> None:
    answer = await reader(None).post(
        "/login", data={"identity": "anna.ferri"}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert SESSION_COOKIE not in answer.cookies


async def test_where_people_sign_in_through_their_university_nobody_can_be_chosen(
    app: FastAPI, portal: PortalContext, reader: Reader
) -> None:
    app.state.portal = replace(portal, is_demo=False)

    shown = await reader(None).get("/login")
    chosen = await reader(None).post("/login", data={"identity": "anna.ferri"})

    assert (shown.status_code, chosen.status_code) == (403, 403)
    assert SESSION_COOKIE not in chosen.cookies


async def test_leaving_forgets_who_was_there(reader: Reader) -> None:
    client = reader("anna.ferri")

    answer = await client.post("/logout")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert f'{SESSION_COOKIE}=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "path",
    ["/manage", "/manage/queues/studenti?state=new", "/manage/tickets/2026092810000010", "/my"],
)
async def test_who_is_not_signed_in_is_asked_who_they_are_first(reader: Reader, path: str) -> None:
    answer = await reader(None).get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=" + path.replace("/", "%2F").replace(
        "?", "%3F"
    ).replace("=", "%3D")


async def test_an_unknown_address_is_told_as_a_page_that_knows_the_university(
    reader: Reader,
) -> None:
    client = reader("anna.ferri")
    await client.get("/manage")

    answer = await client.get("/nothing/here")

    page = see(answer.text)
    assert answer.status_code == 404
    assert page.one("h1").text == "Non trovato"
    assert "Università di Esempio" in page.one("header").text
    assert "Gestione richieste" in page.one("header").text
