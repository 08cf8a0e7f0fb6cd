"""What people wrote stands in the pages as they wrote it, and what they meant can be read."""

from typing import Any

from shared.contracts.events.tickets import TicketNotified
from shared.contracts.people import SYSTEM, Requester
from tests.factories.portal_events import (
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
GUEST = Requester(
    name="\u202eannA",
    email="anna@xn--universit-y1a.example",
    affiliation="guest",
    assurance="typed",
)
TEXT = "Ecco:\n    - uno\n    -   due\n\nشكرا"
ANSWERS: dict[str, Any] = {"description": TEXT, "importo": 1250.5, "corso": "due\n  righe"}


def isolated_texts(page: Element) -> list[str]:
    """Return the texts whose direction is their own, as they stand."""
    return [
        "".join(one.parts)
        for one in page.one("main").within()
        if one.attributes.get("dir") == "auto" and one.tag in ("bdi", "div")
    ]


async def test_texts_names_and_answers_stand_as_written_and_turn_nothing_around(
    reader: Reader, project: Project
) -> None:
    await project(
        [
            make_created(
                1, subject="Prima  seconda", fields=ANSWERS, requester=GUEST, actions=OPEN_ACTIONS
            )
        ]
    )

    page = see((await reader("anna.ferri").get(f"/manage/tickets/{NUMBER}")).text)

    texts = isolated_texts(page)
    assert "".join(page.one("h1").one("bdi").parts) == "Prima  seconda"
    assert TEXT in texts
    assert {"\u202eannA", "anna@università.example", "due\n  righe", "1.250,5"} <= set(texts)


async def test_a_subject_that_nobody_sees_has_a_link_with_words(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, subject="\u3164\u200b")])

    lists = [
        see((await reader(who).get(path)).text)
        for who, path in (("anna.ferri", "/manage"), ("giulia.neri", "/my"))
    ]
    page = see((await reader("giulia.neri").get(f"/my/{NUMBER}")).text)

    assert [found.all("a", class_="sp-row-link")[0].text for found in lists] == [
        "(senza oggetto)"
    ] * 2
    assert (
        page.one("h1").text,
        page.one("title").text.startswith(f"{NUMBER} (senza oggetto)"),
    ) == ("(senza oggetto)", True)


async def test_a_mail_of_ours_says_its_language_where_the_page_has_another(
    reader: Reader, project: Project
) -> None:
    receipt = make_article("notice", author=SYSTEM, body="Il numero della richiesta")
    await project(
        [
            make_created(1),
            TicketNotified(ticket=make_state(1, version=2), actor=SYSTEM, articles=(receipt,)),
        ]
    )

    languages = {}
    for language in ("it", "en"):
        page = see((await reader("giulia.neri", language=language).get(f"/my/{NUMBER}")).text)
        bodies = page.all("div", class_="sp-article-body")
        languages[language] = {body.attributes.get("lang") for body in bodies}

    assert languages == {"it": {None}, "en": {None, "it"}}
