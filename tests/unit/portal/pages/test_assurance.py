"""Operators see how sure it is who asked, wherever they see the requester's name."""

import pytest

from shared.contracts.events.guests import RequesterConfirmed
from shared.contracts.events.notify import NoticesRaised
from shared.contracts.people import Actor, Requester
from shared.core.ids import derived_id
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_notices import make_notice
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

ADDRESS = "giulia.neri@studenti.example.edu"
REQUESTERS = [
    (Requester(identity="giulia.neri", name="Giulia Neri", email=ADDRESS), "accesso effettuato"),
    (Requester(name="Giulia Neri", email=ADDRESS, assurance="confirmed"), "indirizzo confermato"),
    (Requester(name="Giulia Neri", email=ADDRESS), "indirizzo non verificato"),
]
NUMBER = make_number(1)


@pytest.mark.parametrize(("requester", "words"), REQUESTERS, ids=[words for _, words in REQUESTERS])
@pytest.mark.parametrize(
    ("page", "count"),
    [
        ("/manage", 1),
        ("/manage/queues/studenti", 1),
        ("/manage/queues/studenti?q=giulia", 1),
        (f"/manage/tickets/{NUMBER}", 3),
    ],
)
async def test_a_sign_with_its_word_stands_beside_the_name(
    reader: Reader, project: Project, requester: Requester, words: str, page: str, count: int
) -> None:
    await project([make_created(1, requester=requester)])

    seen = see((await reader("anna.ferri").get(page)).text)

    signs = [
        one for one in seen.all("span") if "sp-assurance" in one.attributes.get("class", "").split()
    ]
    assert [sign.text for sign in signs] == [words] * count
    assert all(sign.all("svg") for sign in signs)


async def test_the_bell_says_how_sure_it_is_who_wrote_and_an_operator_is_no_guest_of_that_name(
    reader: Reader, project: Project
) -> None:
    guest = Actor(identity=None, name="Bruno Galli")
    created = make_created(1, requester=Requester(name="Bruno Galli", email="bruno@example.org"))
    notices = [
        make_notice(NoticesRaised, 1, actor=guest, kind="requester_replied"),
        make_notice(NoticesRaised, 2),
    ]
    await project([created, *notices])

    seen = see((await reader("anna.ferri").get("/manage/notices")).text)

    of_guest, of_bruno = [
        seen.one("li", id=f"notice-{derived_id('notice', number)}") for number in (1, 2)
    ]
    assert "indirizzo non verificato" in of_guest.text
    assert "indirizzo non verificato" not in of_bruno.text


async def test_the_history_says_in_words_that_the_address_was_confirmed(
    reader: Reader, project: Project
) -> None:
    created = make_created(1, requester=REQUESTERS[2][0])
    state = created.ticket.model_copy(update={"version": 2, "requester": REQUESTERS[1][0]})
    await project(
        [
            created,
            RequesterConfirmed(
                ticket=state, actor=created.actor, changes={"assurance": ("typed", "confirmed")}
            ),
        ]
    )

    text = see((await reader("anna.ferri").get(f"/manage/tickets/{NUMBER}")).text).one("main").text

    assert "Indirizzo del richiedente confermato" in text
    assert "indirizzo non verificato" in text


async def test_a_person_whose_address_was_typed_has_nothing_among_their_own_requests(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1, requester=REQUESTERS[2][0])])

    listed = see((await reader("giulia.neri").get("/my")).text)
    page = await reader("giulia.neri").get(f"/my/{NUMBER}")

    assert [
        link for link in listed.all("a") if link.attributes.get("href") == f"/my/{NUMBER}"
    ] == []
    assert page.status_code == 404
