"""Whom a ticket is shared with, on the operator's and the requester's page; and what those read
whom it is shared with.
"""

from typing import Any

import pytest

from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import RequesterShare, RequesterUnshare, Share, Unshare
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import ImpossibleValue, MissingRight, NoAnswer
from tests.factories.owned_ticket import form_for, offered
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import OPEN_ACTIONS, make_article, make_created, make_number
from tests.factories.portal_sharing import CARLA, HUGO, SHAREABLE, make_shared, make_unshared
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
OPERATORS, MINE = f"/manage/tickets/{NUMBER}", f"/my/{NUMBER}"
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}
GIULIA_ASKS: dict[str, Any] = {"caller": make_person("giulia.neri"), "number": NUMBER}
TYPED = {"name": "Hugo Marchi", "email": HUGO.email}

FACES = [("anna.ferri", OPERATORS, "Condiviso con"), ("giulia.neri", MINE, "Condivisa con")]


def readers_on(page: Element) -> list[str]:
    """Return what the page says of each person whom the ticket is shared with."""
    return [item.text for item in page.one("div", id="shared").all("li")]


@pytest.mark.parametrize(("identity", "path", "title"), FACES)
async def test_the_page_names_those_it_is_shared_with_and_ends_that_for_each(
    identity: str, path: str, title: str, reader: Reader, project: Project
) -> None:
    await project([make_created(1), make_shared(1, CARLA, HUGO)])

    page = see((await reader(identity).get(path)).text)

    assert page.one("h2", id="shared-title").text == title
    assert readers_on(page) == [
        "Carla Monti carla.monti@example.edu Smetti di condividere con Carla Monti",
        "Hugo Marchi Hugo.Marchi@example.edu Smetti di condividere con Hugo Marchi",
    ]
    ends = page.one("main").all("form", action=f"{path}/unshare")
    assert [form.one("input", name="email").attributes["value"] for form in ends] == [
        CARLA.email,
        HUGO.email,
    ]
    assert len({form.one("input", name="command_id").attributes["value"] for form in ends}) == 2
    assert "share" in offered(page)


@pytest.mark.parametrize(("identity", "path", "title"), FACES)
async def test_where_nobody_else_reads_it_the_page_says_so(
    identity: str, path: str, title: str, reader: Reader, project: Project
) -> None:
    await project([make_created(1, actions=SHAREABLE)])

    shared = see((await reader(identity).get(path)).text).one("div", id="shared")

    assert shared.text.startswith(f"{title} Nessun altro")
    assert [label.text for label in shared.all("label")] == ["Nome", "Indirizzo e-mail"]


async def test_a_child_has_no_such_list(reader: Reader, project: Project) -> None:
    await project([make_created(1, actions=OPEN_ACTIONS)])

    page = see((await reader("anna.ferri").get(OPERATORS)).text)

    assert page.one("div", id="shared").text == ""


@pytest.mark.parametrize(
    ("identity", "path", "action", "typed", "command", "event", "said"),
    [
        (
            "anna.ferri", OPERATORS, "share", TYPED, Share(**ANNA_ASKS, **TYPED),
            make_shared(1),
            "Il ticket è condiviso con questa persona.",
        ),
        (
            "anna.ferri", OPERATORS, "unshare", {"email": HUGO.email},
            Unshare(**ANNA_ASKS, email=HUGO.email), make_unshared(1),
            "Il ticket non è più condiviso con questa persona.",
        ),
        (
            "giulia.neri", MINE, "share", TYPED, RequesterShare(**GIULIA_ASKS, **TYPED),
            make_shared(1),
            "La richiesta è condivisa con questa persona.",
        ),
        (
            "giulia.neri", MINE, "unshare", {"email": HUGO.email},
            RequesterUnshare(**GIULIA_ASKS, email=HUGO.email), make_unshared(1),
            "La richiesta non è più condivisa con questa persona.",
        ),
    ],
)  # fmt: skip
async def test_the_forms_ask_tickets_and_the_page_shows_what_came_of_it(
    identity: str,
    path: str,
    action: str,
    typed: dict[str, str],
    command: Command,
    event: TicketEvent,
    said: str,
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1, actions=SHAREABLE)])
    tickets.answers = lambda _: event

    answer = await reader(identity).post(
        f"{path}/{action}", data={"command_id": "key", **typed}, follow_redirects=True
    )

    assert tickets.commands == [command]
    page = see(answer.text)
    assert said in page.one("main").text
    assert len(readers_on(page)) == len(event.ticket.shared_with)


@pytest.mark.parametrize(("identity", "path", "title"), FACES)
async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    identity: str, path: str, title: str, reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, actions=SHAREABLE)])
    tickets.answers = lambda _: ImpossibleValue("email", "too_many_people", "20")
    client = reader(identity)

    no_address = await client.post(
        f"{path}/share", data={"command_id": "a", "name": "Hugo", "email": "nessuno"}
    )
    too_many = await client.post(
        f"{path}/share", data={"command_id": "b", "name": "Hugo", "email": "hugo@example.edu"}
    )

    assert (no_address.status_code, too_many.status_code) == (422, 422)
    sentences = (
        "Errore: Inserisci un indirizzo e-mail, per esempio nome@example.edu.",
        "Errore: Un ticket si può condividere con al massimo 20 persone.",
    )
    for answer, sentence, typed in zip(
        (no_address, too_many), sentences, ("nessuno", "hugo@example.edu"), strict=True
    ):
        page = see(answer.text)
        assert "open" in page.one("details", id="way-share").attributes
        assert page.one("p", id="share-email-error").text == sentence
        field = page.one("input", id="share-email").attributes
        assert (
            field["value"],
            field["aria-invalid"],
            page.one("input", id="share-name").attributes["value"],
        ) == (typed, "true", "Hugo")


async def test_an_end_whose_fate_is_unknown_is_sent_again_under_its_own_id_alone(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_shared(1, CARLA, HUGO)])
    tickets.answers = lambda _: NoAnswer("late")

    answer = await reader("giulia.neri").post(
        f"{MINE}/unshare", data={"command_id": "key", "email": HUGO.email}
    )

    forms = see(answer.text).one("main").all("form", action=f"{MINE}/unshare")
    assert answer.status_code == 503
    assert [
        form.one("input", name="command_id").attributes["value"] == "key" for form in forms
    ] == [False, True]


async def test_who_it_is_shared_with_reads_it_in_other_words_and_can_do_nothing(
    reader: Reader, project: Project
) -> None:
    reply = make_article("reply", body="Ancora niente")
    waiting = make_shared(
        1, CARLA, HUGO, state="waiting_requester", actions=OPEN_ACTIONS | SHAREABLE
    )
    await project([make_created(1), waiting.model_copy(update={"articles": (reply,)})])
    hugo = reader("hugo.marchi")

    in_list, page = (
        see((await hugo.get("/my")).text).one("main"),
        see((await hugo.get(MINE)).text).one("main"),
    )

    assert [link.text for link in in_list.all("a", class_="sp-row-link")] == ["Tassa sbagliata"]
    for shown in (in_list, page):
        assert "Condivisa con te da Giulia Neri" in shown.text
        assert "in attesa del richiedente" in shown.text
        assert "la tua risposta" not in shown.text
    assert "L'ufficio ha fatto una domanda al richiedente" in page.one("section", id="where").text
    assert {article.one("h3").text for article in page.all("article")} == {
        "Richiesta",
        "Risposta del richiedente",
    }
    assert (offered(see((await hugo.get(MINE)).text)), readers_on(page)) == ([], [])
    assert "carla.monti" not in page.text


async def test_what_he_may_not_do_is_refused_on_the_page_too(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_shared(1)])
    tickets.answers = lambda _: MissingRight("requester")

    answer = await reader("hugo.marchi").post(
        f"{MINE}/reply", data={"command_id": "key", "body": "Ci sono anch'io"}
    )

    assert answer.status_code == 403
    assert "Può farlo solo il richiedente." in see(answer.text).one("main").text


async def test_the_history_says_who_shared_it_with_whom(reader: Reader, project: Project) -> None:
    await project([make_created(1), make_shared(1), make_unshared(1)])

    entries = (
        see((await reader("anna.ferri").get(OPERATORS)).text).one("details", id="history").all("li")
    )

    told = [entry.text for entry in entries if "ondivis" in entry.text and entry.all("strong")]
    assert "Condiviso · Giulia Neri" in told[0]
    assert told[0].endswith("Condiviso con: — → diventa Hugo Marchi (Hugo.Marchi@example.edu)")
    assert told[1].endswith("Condiviso con: Hugo Marchi (Hugo.Marchi@example.edu) → diventa —")


async def test_the_page_says_it_in_english_too(reader: Reader, project: Project) -> None:
    await project([make_created(1), make_shared(1)])

    hers, his = [
        see((await reader(who, language="en").get(MINE)).text)
        for who in ("giulia.neri", "hugo.marchi")
    ]

    assert hers.one("h2", id="shared-title").text == "The request is shared with"
    assert form_for(hers, "unshare").text == "Stop sharing with Hugo Marchi"
    assert "Shared with you by Giulia Neri" in his.one("main").text
