"""The forms as pages: everything works by plain HTML."""

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from services.intake.usecases.requests import note_ticket_numbers
from shared.contracts.people import Context, Requester
from tests.integration.intake.conftest import Running, signed_in_as

FILLED = {
    "name": "Hugo Marchi",
    "email": "hugo.marchi@example.edu",
    "subject": "A title",
    "description": "one\r\ntwo",
    "matricola": "123456",
    "mailbox": "someone@example.edu",
    "amount": "12,50",
    "place": "centro",
    "consent": "true",
}


class Controls(HTMLParser):
    """The controls of a page in a browser with scripts: names with their attributes, and the texts
    of areas.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_name: dict[str, list[dict[str, str | None]]] = {}
        self.ids: set[str] = set()
        self.label_for: set[str | None] = set()
        self.links: set[str | None] = set()
        self._area: str | None = None
        self._is_for_others = False
        self.texts: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._is_for_others = self._is_for_others or tag == "noscript"
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "label":
            self.label_for.add(given.get("for"))
        if tag == "a":
            self.links.add(given.get("href"))
        if tag in ("input", "select", "textarea") and given.get("name") and not self._is_for_others:
            self.by_name.setdefault(str(given["name"]), []).append(given)
            self._area = str(given["name"]) if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.texts[self._area] = self.texts.get(self._area, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._is_for_others = self._is_for_others and tag != "noscript"
        if tag == "textarea":
            self._area = None

    def value(self, name: str) -> str | None:
        return self.by_name[name][0].get("value")


async def filled_form(
    intake: Running,
    slug: str = "every-kind",
    query: str = "",
    headers: dict[str, str] | None = None,
    **changes: str,
) -> dict[str, str]:
    """Open the form as a browser with `headers` does and fill it in."""
    page = Controls((await intake.client.get(f"/forms/{slug}{query}", headers=headers)).text)
    hidden = {
        name: str(tags[0]["value"])
        for name, tags in page.by_name.items()
        if tags[0].get("type") == "hidden"
    }
    return {**hidden, **FILLED, **changes}


async def send(intake: Running, fields: dict[str, str], **options: Any) -> httpx.Response:
    return await intake.client.post("/forms/every-kind", data=fields, **options)


async def test_a_person_without_javascript_sends_a_form_and_sees_its_number(
    intake: Running,
) -> None:
    fields = await filled_form(
        intake,
        query="?origin=service&page=https://www.example.edu/fees&reference=R1",
        urgent="true",
    )

    answer = await send(intake, fields)

    assert answer.status_code == 303
    (event,) = await intake.events()
    assert answer.headers["location"] == f"/forms/requests/{event.request_id}"
    assert event.requester == Requester(
        name="Hugo Marchi", email="hugo.marchi@example.edu", affiliation="guest"
    )
    assert event.context == Context(
        origin="service", page="https://www.example.edu/fees", reference="R1"
    )
    assert event.body == "one\ntwo"
    assert event.fields == {
        "matricola": "123456",
        "mailbox": "someone@example.edu",
        "amount": 12.5,
        "urgent": True,
        "place": "centro",
    }
    assert (event.language, event.priority) == ("en", 4)
    async with intake.database.transaction() as uow:
        await note_ticket_numbers(uow, numbers={event.request_id: "2026092810000016"})
    page = await intake.client.get(answer.headers["location"])
    assert '<strong class="sp-number" id="ticket-number">2026092810000016</strong>' in page.text
    assert "http-equiv" not in page.text


async def test_the_page_waits_a_moment_for_the_number(intake: Running) -> None:
    answer = await send(intake, await filled_form(intake))
    (event,) = await intake.events()
    looking = asyncio.create_task(intake.client.get(answer.headers["location"]))
    await asyncio.sleep(0)
    async with intake.database.transaction() as uow:
        await note_ticket_numbers(uow, numbers={event.request_id: "2026092810000025"})

    page = await looking

    assert "2026092810000025" in page.text


async def test_a_request_that_is_no_ticket_yet_says_so_and_looks_again_by_itself(
    sqlite_intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.confirmation._NUMBER_WITHIN_SECONDS", 0.0)
    answer = await send(sqlite_intake, await filled_form(sqlite_intake))

    page = await sqlite_intake.client.get(answer.headers["location"])

    assert page.status_code == 200
    assert "The ticket number will appear shortly." in page.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text
    assert answer.headers["location"] in Controls(page.text).links


async def test_a_request_that_does_not_exist_has_no_page(sqlite_intake: Running) -> None:
    answers = [
        await sqlite_intake.client.get(f"/forms/requests/{name}", headers={"Accept": "text/html"})
        for name in ("x", "%00")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"text/html; charset=utf-8"}


async def test_every_control_has_a_label_and_what_is_asked_stands_in_the_page(
    sqlite_intake: Running,
) -> None:
    page = Controls((await sqlite_intake.client.get("/forms/every-kind")).text)

    shown = {name: tags for name, tags in page.by_name.items() if tags[0].get("type") != "hidden"}
    assert set(shown) == {
        *(
            "name",
            "email",
            "subject",
            "description",
            "matricola",
            "room",
            "story",
            "mailbox",
            "office",
        ),
        *("amount", "shift", "urgent", "place", "colour", "consent"),
    }
    assert {tag["id"] for tags in shown.values() for tag in tags} <= page.label_for
    assert [tag["value"] for tag in shown["place"]] == ["centro", "polo-nord"]
    assert shown["name"][0]["autocomplete"] == "name"
    assert shown["email"][0]["autocomplete"] == "email"
    assert "required" not in shown["urgent"][0]
    assert "required" in shown["consent"][0]
    assert "required" not in shown["room"][0]


async def test_errors_are_shown_in_place_and_on_top_and_what_was_typed_stays(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(
        sqlite_intake,
        query="?origin=faq",
        email="nobody",
        matricola="12",
        amount="1.250",
        description="<b>\r\nstays",
        consent="",
    )

    answer = await send(sqlite_intake, fields)

    page = Controls(answer.text)
    assert answer.status_code == 422
    assert await sqlite_intake.wrote_nothing()
    assert "<title>Error: Title" in answer.text
    assert {"#field-email", "#field-matricola", "#field-amount", "#field-consent"} <= page.links
    assert {"field-email", "field-matricola", "field-amount", "field-consent"} <= page.ids
    for name in ("email", "matricola", "amount", "consent"):
        control = page.by_name[name][0]
        assert control["aria-invalid"] == "true"
        assert set(str(control["aria-describedby"]).split()) <= page.ids
    assert "aria-invalid" not in page.by_name["subject"][0]
    assert (page.value("email"), page.value("matricola"), page.value("amount")) == (
        "nobody",
        "12",
        "1.250",
    )
    assert page.texts["description"].strip() == "<b>\r\nstays"
    assert page.value("origin") == "faq"
    assert page.value("idempotency-key") == fields["idempotency-key"]
    assert "Matricola: Six or seven digits." in answer.text


async def test_a_text_that_is_too_long_is_refused_whole_with_its_count(
    sqlite_intake: Running,
) -> None:
    empty = await sqlite_intake.client.get("/forms/every-kind")
    fields = await filled_form(
        sqlite_intake,
        matricola=" 12345678\n",
        subject="x" * 200 + "  ",
        description="\r\n".join("a" * 6000),
    )

    answer = await send(sqlite_intake, fields)

    page = Controls(answer.text)
    assert (
        "maxlength" in empty.text,
        Controls(empty.text).by_name["matricola"][0]["data-limit"],
    ) == (False, "7")
    assert (answer.status_code, page.value("matricola")) == (422, " 12345678\n")
    assert "This has 8 characters; there is room for 7." in answer.text
    assert "This has 11,999 characters; there is room for 10,000." in answer.text
    assert page.texts["description"].strip().count("\n") == 5999
    assert await sqlite_intake.wrote_nothing()


async def test_whatever_field_a_book_is_pasted_into_it_comes_back_with_what_is_wrong(
    sqlite_intake: Running,
) -> None:
    book = "parola," * 200_000
    for name in ("name", "email", "subject", "description", "matricola", "mailbox", "amount"):
        answer = await send(sqlite_intake, {**await filled_form(sqlite_intake), name: book})

        page = Controls(answer.text)
        assert answer.status_code == 422
        assert page.by_name[name][0]["aria-invalid"] == "true"
        assert (
            page.texts["description"].strip() if name == "description" else page.value(name)
        ) == book
    assert await sqlite_intake.wrote_nothing()


async def test_an_empty_form_names_everything_that_is_needed(sqlite_intake: Running) -> None:
    answer = await sqlite_intake.client.post("/forms/every-kind", headers={"Accept-Language": "it"})

    summary = re.findall(r'<li><a href="#field-([a-z-]+)">', answer.text)
    assert answer.status_code == 422
    assert summary == [
        "name",
        "email",
        "subject",
        "description",
        "matricola",
        "mailbox",
        "place",
        "consent",
    ]
    assert "Nome e cognome: Campo obbligatorio." in answer.text
    assert await sqlite_intake.wrote_nothing()


async def test_a_double_click_sends_once(intake: Running) -> None:
    fields = await filled_form(intake)

    answers = await asyncio.gather(*(send(intake, fields) for _ in range(3)))

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await intake.submissions()) == 1


async def test_a_form_sent_by_another_person_with_the_same_key_is_another_request(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(sqlite_intake)
    (own,) = [name for name, value in fields.items() if value == "hugo.marchi@example.edu"]

    answers = [
        await send(sqlite_intake, each) for each in (fields, {**fields, own: "bea@example.org"})
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 2


async def test_a_form_changed_after_it_was_sent_asks_before_it_makes_a_second_request(
    sqlite_intake: Running,
) -> None:
    fields = await filled_form(sqlite_intake)
    await send(sqlite_intake, fields)

    changed = await send(sqlite_intake, {**fields, "subject": "Another title"})
    page = Controls(changed.text)
    again = await send(
        sqlite_intake,
        {
            **fields,
            "subject": "Another title",
            "idempotency-key": str(page.value("idempotency-key")),
        },
    )

    assert changed.status_code == 409
    assert "This form was already sent with different answers." in changed.text
    assert "Already sent" in changed.text
    assert "Some answers need correcting" not in changed.text
    assert page.value("subject") == "Another title"
    assert again.status_code == 303
    assert [event.subject for event in await sqlite_intake.events()] == ["A title", "Another title"]


@pytest.mark.parametrize(
    ("query", "context"),
    [
        ("", Context(origin="website")),
        ("?origin=moon", Context(origin="website")),
        ("?origin=&page=&reference=", Context(origin="website")),
        ("?origin=online-services&page=javascript:alert(1)", Context(origin="online-services")),
        ("?origin=faq&reference=" + "x" * 501, Context(origin="faq")),
        ("?reference=FAQ%2012&lang=en", Context(origin="website", reference="FAQ 12")),
    ],
)
async def test_the_link_to_a_form_says_where_it_came_from_and_nonsense_in_it_is_left_out(
    sqlite_intake: Running, query: str, context: Context
) -> None:
    answer = await send(sqlite_intake, await filled_form(sqlite_intake, query=query))

    assert answer.status_code == 303
    assert [event.context for event in await sqlite_intake.events()] == [context]


async def test_whoever_is_signed_in_is_not_asked_who_they_are(sqlite_intake: Running) -> None:
    headers = signed_in_as("student")
    page = await sqlite_intake.client.get("/forms/every-kind", headers=headers)
    fields = {name: value for name, value in FILLED.items() if name not in ("name", "email")}

    answer = await send(sqlite_intake, fields, headers=headers)

    who = re.sub("<[^>]*>", "", page.text)
    assert "You are signed in as Giulia Neri (giulia.neri@example.edu)" in who
    assert "email" not in Controls(page.text).by_name
    assert answer.status_code == 303
    assert [event.requester.identity for event in await sqlite_intake.events()] == ["giulia.neri"]


async def test_questions_called_like_the_pages_own_fields_do_not_clash(
    sqlite_intake: Running,
) -> None:
    page = Controls((await sqlite_intake.client.get("/forms/clashing?origin=faq")).text)
    fields = {
        "name-of-request": "Hugo Marchi",
        "email": "hugo.marchi@example.edu",
        "origin-of-request": "faq",
        "subject": "a",
        "description": "b",
        "name": "of the thing",
        "origin": "of the thing",
        "consent": "true",
    }

    answer = await sqlite_intake.client.post("/forms/clashing", data=fields)

    assert {"name", "name-of-request", "origin", "origin-of-request"} <= set(page.by_name)
    assert answer.status_code == 303
    (event,) = await sqlite_intake.events()
    assert (event.requester.name, event.context.origin) == ("Hugo Marchi", "faq")
    assert event.fields == {"name": "of the thing", "origin": "of the thing"}


async def test_the_list_of_forms_is_a_page_in_both_languages(sqlite_intake: Running) -> None:
    english = await sqlite_intake.client.get("/forms")
    italian = await sqlite_intake.client.get("/forms?lang=it")

    assert {"/forms/every-kind", "/forms/simple"} <= Controls(english.text).links
    assert "/forms/with-login" not in Controls(english.text).links
    assert "<h1>Ask for help</h1>" in english.text
    assert "<h1>Chiedi assistenza</h1>" in italian.text


@pytest.mark.parametrize(
    ("slug", "status", "location"),
    [
        ("with-login", 303, "/login?next=%2Fforms%2Fwith-login%3Forigin%3Dfaq"),
        ("over", 409, None),
        ("nowhere", 404, None),
    ],
)
async def test_a_form_that_cannot_be_used_is_a_page_too(
    sqlite_intake: Running, slug: str, status: int, location: str | None
) -> None:
    answer = await sqlite_intake.client.get(
        f"/forms/{slug}?origin=faq", headers={"Accept": "text/html"}
    )

    assert answer.status_code == status
    assert answer.headers.get("location") == location


async def test_a_form_that_another_site_sends_is_refused(sqlite_intake: Running) -> None:
    answer = await send(sqlite_intake, FILLED, headers={"Origin": "https://evil.example.org"})

    assert answer.status_code == 403
    assert await sqlite_intake.wrote_nothing()


@pytest.mark.parametrize("key", ["a b", "x" * 256, "è"])
async def test_a_malformed_hidden_key_is_refused(sqlite_intake: Running, key: str) -> None:
    answer = await send(sqlite_intake, {**FILLED, "idempotency-key": key})

    assert answer.status_code == 422
    assert await sqlite_intake.wrote_nothing()
