"""What was typed comes back whatever refuses it: in its form, or in a box to copy it from or to
send it in another way.
"""

import httpx
import pytest

from shared.contracts.guest_links import guest_token, link_to
from shared.contracts.people import Requester
from shared.core.errors import MissingRight, NoAnswer, NotThere, StateForbids
from shared.core.ids import derived_id
from tests.factories.owned_ticket import form_for, make_open, offered
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import GUESTS, Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
PAGE = f"/manage/tickets/{NUMBER}"
MINE = f"/my/{NUMBER}"
GUEST = Requester(name="Piero Rossi", email="piero.rossi@example.org", assurance="confirmed")
TEXT = "Prima riga\n  seconda <b>"


def box(answer: httpx.Response) -> Element:
    """Return the box of what was not sent."""
    return see(answer.text).one("section", id="not-sent")


def written(element: Element) -> list[str]:
    """Return the texts that stand in it, as a browser reads them."""
    return ["".join(area.parts).removeprefix("\n") for area in element.all("textarea")]


async def test_a_reply_to_what_was_closed_meanwhile_can_be_copied_or_kept_as_a_note(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(state="closed_successful", actions={"note": "right:note"})])
    tickets.answers = lambda _: StateForbids(state="closed_successful", trigger="reply")

    answer = await reader("anna.ferri").post(
        f"{PAGE}/reply", data={"command_id": "a", "body": TEXT}
    )

    assert answer.status_code == 409
    assert written(box(answer)) == [TEXT]
    assert [form.attributes["action"] for form in box(answer).all("form")] == [f"{PAGE}/note"]
    assert box(answer).one("input", name="body").attributes["value"] == TEXT


async def test_what_only_operators_may_read_is_never_offered_to_be_sent_to_the_requester(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(actions={"reply": "owner"})])
    tickets.answers = lambda _: MissingRight("note")

    answer = await reader("anna.ferri").post(f"{PAGE}/note", data={"command_id": "a", "body": TEXT})

    assert (answer.status_code, written(box(answer))) == (403, [TEXT])
    assert box(answer).all("form") == []


async def test_where_the_form_is_still_there_the_text_stands_in_it_and_nowhere_else(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open()])
    tickets.answers = lambda _: StateForbids(state="open", trigger="reply")

    page = see(
        (
            await reader("anna.ferri").post(f"{PAGE}/reply", data={"command_id": "a", "body": TEXT})
        ).text
    )

    assert written(form_for(page, "reply")) == [TEXT]
    assert page.all("section", id="not-sent") == []


@pytest.mark.parametrize("path", [f"{PAGE}/reply", f"{PAGE}/close", f"{MINE}/reply"])
async def test_a_text_for_what_is_out_of_sight_meanwhile_can_be_copied(
    reader: Reader, project: Project, tickets: FakeTickets, path: str
) -> None:
    await project([make_open(queue="ict")])
    tickets.answers = lambda _: NotThere()

    answer = await reader("anna.ferri").post(
        path, data={"command_id": "a", "body": TEXT, "answer": "", "outcome": "successful"}
    )

    assert (answer.status_code, written(box(answer)), box(answer).all("form")) == (404, [TEXT], [])
    assert "readonly" in box(answer).one("textarea").attributes


async def test_a_reply_of_the_requester_that_is_no_longer_taken_can_be_copied(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, state="withdrawn", actions={})])
    tickets.answers = lambda _: StateForbids(state="withdrawn", trigger="requester_replies")

    answer = await reader("giulia.neri").post(
        f"{MINE}/reply", data={"command_id": "a", "body": TEXT}
    )

    assert (answer.status_code, written(box(answer)), "reply" in offered(see(answer.text))) == (
        409,
        [TEXT],
        False,
    )


@pytest.mark.parametrize(("identity", "path"), [("anna.ferri", PAGE), ("giulia.neri", MINE)])
async def test_after_the_session_has_ended_the_page_holds_the_text_and_sends_it_again(
    reader: Reader, project: Project, tickets: FakeTickets, identity: str, path: str
) -> None:
    await project([make_open()])
    typed = {"command_id": "0192-key", "body": TEXT}
    nobody = reader(None)

    refused = await nobody.post(
        f"{path}/reply", data=typed, headers={"Referer": f"http://portal.test{path}"}
    )
    form = box(refused).one("form", method="post")
    nobody.cookies = reader(identity).cookies
    tickets.answers = lambda _: make_open(version=3)
    again = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")} | {
        "body": written(form)[0]
    }
    sent = await nobody.post(form.attributes["action"], data=again)

    assert (refused.status_code, again) == (401, typed)
    assert box(refused).all("a")[0].attributes["href"] == f"/login?next={path.replace('/', '%2F')}"
    assert (sent.status_code, len(tickets.asked)) == (303, 1)


async def test_without_a_text_somebody_unknown_is_led_to_the_login_and_back(reader: Reader) -> None:
    plain = await reader(None).post(
        f"{PAGE}/take",
        data={"command_id": "a"},
        headers={"Referer": f"http://portal.test{PAGE}?done=x"},
    )
    by_script = await reader(None).post(
        f"{PAGE}/take", data={"command_id": "a"}, headers={"HX-Request": "true"}
    )
    back = await reader("anna.ferri").get(f"{PAGE}/take?lang=en")

    assert (plain.status_code, plain.headers["location"]) == (
        303,
        f"/login?next=%2Fmanage%2Ftickets%2F{NUMBER}%3Fdone%3Dx",
    )
    assert (by_script.status_code, by_script.headers["HX-Redirect"]) == (
        204,
        f"/login?next=%2Fmanage%2Ftickets%2F{NUMBER}%2Ftake",
    )
    assert (back.status_code, back.headers["location"]) == (303, f"{PAGE}?lang=en")


async def test_another_sites_text_is_not_shown_as_the_readers_own(
    reader: Reader, project: Project
) -> None:
    await project([make_open()])

    for identity in ("anna.ferri", None):
        answer = await reader(identity).post(
            f"{PAGE}/note", data={"body": TEXT}, headers={"Origin": "https://evil.example"}
        )

        assert answer.status_code in (303, 403)
        assert 'id="not-sent"' not in answer.text


async def test_the_address_of_a_refused_action_leads_to_its_page(reader: Reader) -> None:
    anna = reader("anna.ferri")

    answers = [
        await anna.get(path)
        for path in (f"{PAGE}/reply", f"{MINE}/reply?lang=en", f"{PAGE}/explode", f"{MINE}/close")
    ]

    assert [(answer.status_code, answer.headers.get("location")) for answer in answers] == [
        (303, PAGE),
        (303, f"{MINE}?lang=en"),
        (404, None),
        (404, None),
    ]


@pytest.mark.parametrize("language", ["it", "en"])
async def test_without_scripts_the_language_switch_takes_a_half_typed_reply_along(
    reader: Reader, project: Project, tickets: FakeTickets, language: str
) -> None:
    await project([make_open()])
    giulia = reader("giulia.neri", language=language)
    other = {"it": "en", "en": "it"}[language]

    before = see((await giulia.get(MINE)).text)
    switch = before.one("header", class_="it-header-wrapper").one("button", name="show-in")
    form = before.one("form", id=switch.attributes["form"])
    key = form.one("input", name="command_id").attributes["value"]
    after = await giulia.post(
        switch.attributes["formaction"],
        data={"command_id": key, "body": TEXT, "show-in": switch.attributes["value"]},
    )

    page = see(after.text)
    again = page.one("form", id="reply-form")
    assert (after.status_code, page.one("html").attributes["lang"]) == (200, other)
    assert written(again) == [TEXT]
    assert again.one("input", name="command_id").attributes["value"] == key
    assert page.one("main").all("div", role="alert") == [page.one("div", id="trouble")]
    assert tickets.commands == []


async def test_a_half_typed_reply_that_is_no_longer_taken_can_be_copied_in_the_other_language(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, state="withdrawn", actions={})])

    answer = await reader("giulia.neri").post(
        f"{MINE}/reply?lang=en", data={"command_id": "a", "body": TEXT, "show-in": "en"}
    )

    assert (answer.status_code, written(box(answer))) == (200, [TEXT])
    assert tickets.commands == []


BOOK = "parola," * 200_000
"""1.4 million characters: more than any text may have, and than the usual size of a request."""
TOO_LONG = "Il testo ha 1.400.000 caratteri: possono essere al massimo 20.000."


@pytest.mark.parametrize(
    ("identity", "path", "field"),
    [
        ("anna.ferri", f"{PAGE}/reply", "body"),
        ("anna.ferri", f"{PAGE}/note", "body"),
        ("anna.ferri", f"{PAGE}/close", "answer"),
        ("giulia.neri", f"{MINE}/reply", "body"),
    ],
)
async def test_a_pasted_book_comes_back_in_its_form_with_how_long_the_text_may_be(
    reader: Reader, project: Project, tickets: FakeTickets, identity: str, path: str, field: str
) -> None:
    await project([make_open()])

    answer = await reader(identity).post(
        path, data={"command_id": "a", "outcome": "successful", field: BOOK}
    )

    form = see(answer.text).one("form", method="post", action=path)
    assert answer.status_code == 422
    assert "".join(form.one("textarea", name=field).parts).strip() == BOOK.strip()
    assert TOO_LONG in form.text
    assert tickets.commands == []


@pytest.mark.parametrize(("identity", "status"), [("anna.ferri", 404), (None, 401)])
async def test_a_pasted_book_whose_form_is_gone_can_be_copied(
    reader: Reader, project: Project, tickets: FakeTickets, identity: str | None, status: int
) -> None:
    await project([make_open(queue="ict")])

    answer = await reader(identity).post(f"{PAGE}/reply", data={"command_id": "a", "body": BOOK})

    assert (answer.status_code, [text.strip() for text in written(box(answer))]) == (
        status,
        [BOOK.strip()],
    )
    assert tickets.commands == []


async def test_every_page_that_has_no_answer_says_when_to_try_again(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(), make_created(2, requester=GUEST)])
    tickets.answers = lambda command: NoAnswer(command.NAME)
    to_guest = link_to(GUESTS.secret, derived_id("ticket", 2), GUEST.email)
    link = f"/requests/{guest_token(GUESTS.secret, to_guest)}"
    text = {"command_id": "a", "body": TEXT}
    anna, giulia, guest = reader("anna.ferri"), reader("giulia.neri"), reader(None)

    answers = [
        await anna.post(f"{PAGE}/reply", data=text),
        await anna.post(
            f"{PAGE}/take", data={"command_id": "a", "back": "/manage/queues/studenti"}
        ),
        await giulia.post(f"{MINE}/reply", data=text),
        await guest.post(f"{link}/reply", data=text),
        await guest.post(f"{link}/withdraw", data=text),
    ]

    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [
        (503, "5")
    ] * 5
