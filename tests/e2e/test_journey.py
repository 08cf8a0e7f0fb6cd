"""One request travels from form to closed ticket, is told to everybody whom it concerns, and
survives a stop.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from email.message import EmailMessage
from typing import Any

import pytest

from tests.installation.installation import Installation
from tests.installation.live import listening
from tests.installation.mails import text_of
from tests.installation.people import Json, People, Person, tasse_request
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

GIULIA = "giulia.neri@studenti.example.edu"
OFFICE = {"identity": None, "name": "Segreterie studenti"}
QUESTION = "Può mandarci gli estremi del bonifico?\nBastano data e importo."
REPLY = "Bonifico del 14 settembre, € 356,50."
ANSWER = "La rata è registrata: perché il flusso della banca era in ritardo.\nCordiali saluti"


async def test_one_request_travels_from_form_to_closed_ticket(
    installation: Installation, people: People
) -> None:
    giulia, anna, bruno = [
        await people.sign_in(identity) for identity in ("giulia.neri", "anna.ferri", "bruno.galli")
    ]
    counts_before = await new_in_studenti(anna)
    assert anna.token is not None
    async with AsyncExitStack() as stack:
        # Every portal tells of it, whichever of them heard of it first.
        streams = [
            await stack.enter_async_context(listening(url, anna.token))
            for url in installation.portals
        ]
        number = await giulia.number_of(await giulia.send_form(tasse_request("Rata già pagata")))
        for stream in streams:
            await stream.tells("queues")
    seen = await people.is_queued(number)

    assert (seen["queue"], seen["routing"]["rule"], seen["state"], seen["owner"]) == (
        "studenti",
        "Tasse",
        "new",
        None,
    )
    assert "request_type = tasse" in seen["routing"]["reason"]
    assert seen["context"] == {
        "origin": "online-services",
        "page": "https://servizi.example.edu/tasse",
        "reference": None,
    }
    listed = (await anna.read("/api/tickets?queue=studenti&state=new&limit=1"))["items"]
    assert [ticket["number"] for ticket in listed] == [number]
    assert await new_in_studenti(anna) == counts_before + 1

    taken = await anna.do(f"/api/tickets/{number}/take")
    assert (taken["state"], taken["owner"], taken["responsible"]) == (
        "open",
        "anna.ferri",
        "anna.ferri",
    )
    assert [t["owner"] for t in (await bruno.read("/api/tickets?limit=1"))["items"]] == [
        "anna.ferri"
    ]
    refused = await bruno.post(f"/api/tickets/{number}/take")
    assert (refused.status, refused.json()["owner"]) == (409, "anna.ferri")
    assert (await anna.do(f"/api/tickets/{number}/note", {"body": "Sentita la banca."}))[
        "articles"
    ][-1]["kind"] == "note"
    assert (await anna.do(f"/api/tickets/{number}/ask", {"body": QUESTION}))[
        "state"
    ] == "waiting_requester"
    assert (await giulia.do(f"/api/my/requests/{number}/reply", {"body": REPLY}))["state"] == "open"
    closed = await anna.do(
        f"/api/tickets/{number}/close", {"outcome": "successful", "answer": ANSWER}
    )
    assert (closed["state"], closed["closed_by"], closed["owner"]) == (
        "closed_successful",
        "anna.ferri",
        "anna.ferri",
    )

    mails = await all_mails(installation, number, 4)
    check_mails(mails, number)
    story = await told_to_giulia(giulia, number, articles=6)
    check_story(story, number, mails)
    history = await anna.read(f"/api/tickets/{number}/history")
    check_history(history["items"])
    whole = await with_every_mail_sent(anna, number)

    assert await asyncio.to_thread(installation.stop) == dict.fromkeys(installation.programs, 0)
    await asyncio.to_thread(installation.start)

    assert await giulia.read(f"/api/my/requests/{number}") == story
    assert await anna.read(f"/api/tickets/{number}/history") == history
    assert await anna.read(f"/api/tickets/{number}") == whole
    assert len(mails_to(installation, number, GIULIA)) == 4
    again = await people.new_ticket("La prima richiesta dopo il riavvio")
    assert int(again) > int(number)
    assert installation.complaints() == []


async def test_a_requester_in_english_hears_everything_in_english(
    installation: Installation, people: People
) -> None:
    request = tasse_request(
        "Fee paid twice", name="Hugo Marchi", email="hugo.marchi@example.edu", language="en"
    )
    hugo, anna = [await people.sign_in(identity) for identity in ("hugo.marchi", "anna.ferri")]
    number = await hugo.number_of(await hugo.send_form(request))
    await people.is_queued(number)
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(
        f"/api/tickets/{number}/close",
        {"outcome": "unsuccessful", "answer": "Please ask the bank."},
    )

    mails = await all_mails(installation, number, 3, address="hugo.marchi@example.edu")

    assert [(mail["To"], mail["Content-Language"]) for mail in mails] == [
        ("Hugo Marchi <hugo.marchi@example.edu>", "en")
    ] * 3
    assert [mail["Subject"] for mail in mails] == [f"[Ticket#{number}] Fee paid twice"] * 3
    assert "We have received your request" in text_of(mails[0])
    assert 'Your request "Fee paid twice" is being handled' in text_of(mails[1])
    assert "Please ask the bank." in text_of(mails[2])


async def new_in_studenti(operator: Person) -> int:
    tree = (await operator.read("/api/queues"))["items"]
    (studenti,) = [node for node in tree if node["queue"] == "studenti"]
    count: int = studenti["counts"]["new"]
    return count


def mails_to(installation: Installation, number: str, address: str) -> list[EmailMessage]:
    """The mails of a ticket that have left for one person."""
    return [
        mail
        for mail in installation.mails()
        if f"[Ticket#{number}]" in mail["Subject"] and f"<{address}>" in mail["To"]
    ]


async def all_mails(
    installation: Installation, number: str, count: int, *, address: str = GIULIA
) -> list[EmailMessage]:
    """The mails of a ticket to its requester, once there are `count`, each after the one it answers
    to.
    """

    async def look() -> list[EmailMessage] | None:
        found = mails_to(installation, number, address)
        return found if len(found) >= count else None

    found = await eventually(look, what=f"{count} mails of ticket {number}")
    return sorted(found, key=lambda mail: len(str(mail["References"]).split()))


def check_mails(mails: list[EmailMessage], number: str) -> None:
    assert [mail["Subject"] for mail in mails] == [f"[Ticket#{number}] Rata già pagata"] * 4
    assert {(mail["To"], mail["Content-Language"]) for mail in mails} == {
        (f"Giulia Neri <{GIULIA}>", "it")
    }
    assert [mail["Auto-Submitted"] for mail in mails] == [
        "auto-generated",
        "auto-generated",
        "no",
        "no",
    ]
    ids = [mail["Message-ID"] for mail in mails]
    assert len(set(ids)) == 4
    root = mails[0]["In-Reply-To"]
    assert [mail["In-Reply-To"] for mail in mails] == [root, *ids[:3]]
    assert [str(mail["References"]).split() for mail in mails] == [
        [root, *ids[:before]] for before in range(4)
    ]
    texts = [text_of(mail) for mail in mails]
    assert all(f"/my/{number}" in text and "Gentile Giulia Neri," in text for text in texts)
    assert QUESTION in texts[2]
    assert ANSWER in texts[3]
    everything = "".join(mail.as_string() for mail in mails) + "".join(texts)
    assert not [
        name for name in ("anna.ferri", "Anna Ferri", "Sentita la banca") if name in everything
    ]


async def told_to_giulia(giulia: Person, number: str, *, articles: int) -> Json:
    async def look() -> Json | None:
        story: Json = await giulia.read(f"/api/my/requests/{number}")
        return story if len(story["articles"]) >= articles else None

    return await eventually(look, what=f"{articles} articles of request {number}")


async def with_every_mail_sent(operator: Person, number: str) -> Json:
    """The ticket, once it shows of each of its mails that it was sent."""

    async def look() -> Json | None:
        ticket: Json = await operator.read(f"/api/tickets/{number}")
        states = [
            article["delivery"]["state"] for article in ticket["articles"] if article["delivery"]
        ]
        return ticket if states == ["sent"] * 4 else None

    return await eventually(look, what=f"the four mails of ticket {number} are shown as sent")


def check_story(story: Json, number: str, mails: list[EmailMessage]) -> None:
    facts = {
        name: value
        for name, value in story.items()
        if name not in ("articles", "created_at", "updated_at", "closed_at", "version")
    }
    assert facts == {
        "number": number,
        "subject": "Rata già pagata",
        "state": "closed_successful",
        "office": "Segreterie studenti",
        "request_type": "tasse",
        "language": "it",
    }
    by_kind: dict[str, list[Json]] = {}
    for article in story["articles"]:
        by_kind.setdefault(article["kind"], []).append(article)
    assert {
        kind: [article["body"] for article in articles] for kind, articles in by_kind.items()
    } == {
        "request": ["Ho pagato la seconda rata il 14 settembre ma risulta ancora da pagare."],
        "notice": [text_of(mail) for mail in mails[:2]],
        "question": [QUESTION],
        "reply": [REPLY],
        "answer": [ANSWER],
    }
    giulia = {"identity": "giulia.neri", "name": "Giulia Neri"}
    assert {
        kind: [article["author"] for article in articles] for kind, articles in by_kind.items()
    } == {
        "request": [giulia],
        "notice": [OFFICE, OFFICE],
        "question": [OFFICE],
        "reply": [giulia],
        "answer": [OFFICE],
    }
    assert [article["delivery"] for article in story["articles"]] == [None] * 6
    assert not [
        name for name in ("anna.ferri", "Anna Ferri", "Sentita la banca") if name in repr(story)
    ]


def check_history(entries: list[dict[str, Any]]) -> None:
    assert [entry["version"] for entry in entries] == list(range(1, len(entries) + 1))
    # When a notice becomes an article depends on the mail; all the rest has its order.
    told = [
        (e["event"], e["actor"]["identity"], e["changes"])
        for e in entries
        if e["event"] != "tickets.ticket.notified.v1"
    ]
    anna = "anna.ferri"
    assert told == [
        ("tickets.ticket.created.v1", "giulia.neri", {"state": [None, "new"]}),
        ("tickets.ticket.queued.v1", None, {"queue": [None, "studenti"]}),
        (
            "tickets.ticket.taken.v1",
            anna,
            {"state": ["new", "open"], "owner": [None, anna], "responsible": [None, anna]},
        ),
        ("tickets.ticket.noted.v1", anna, {}),
        ("tickets.ticket.question-asked.v1", anna, {"state": ["open", "waiting_requester"]}),
        (
            "tickets.ticket.requester-replied.v1",
            "giulia.neri",
            {"state": ["waiting_requester", "open"]},
        ),
        (
            "tickets.ticket.closed.v1",
            anna,
            {"state": ["open", "closed_successful"], "closed_by": [None, anna]},
        ),
    ]
    assert len(entries) == len(told) + 2
