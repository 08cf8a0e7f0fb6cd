"""Somebody without an account follows a request by nothing but the links in the mails."""

from __future__ import annotations

import re
from email.message import EmailMessage

from tests.installation.http import Answer, Connection
from tests.installation.installation import Installation
from tests.installation.mails import text_of
from tests.installation.people import People, Person, tasse_request
from tests.installation.waiting import eventually

_LINK = re.compile(r"/requests/[A-Za-z0-9_.-]{66}")


async def open_link(connection: Connection, link: str) -> Answer:
    return await connection.send(
        f"GET {link} HTTP/1.1\r\n{connection.head}Accept: application/json\r\n\r\n".encode()
    )


async def mails_about(
    installation: Installation, number: str, address: str, *, count: int
) -> list[EmailMessage]:
    async def look() -> list[EmailMessage] | None:
        found = [
            mail
            for mail in installation.mails()
            if f"[Ticket#{number}]" in mail["Subject"] and address in mail["To"]
        ]
        return found if len(found) >= count else None

    return await eventually(look, what=f"{count} mails of ticket {number} to {address}")


async def assurance_seen_by(operator: Person, number: str) -> str:
    assurance: str = (await operator.read(f"/api/tickets/{number}"))["requester"]["assurance"]
    return assurance


async def test_a_guest_follows_a_request_to_its_end_by_the_links_in_the_mails(
    installation: Installation, people: People
) -> None:
    address = f"ospite.{installation.system}@example.org"
    body = tasse_request(
        "Rata di mia figlia", name="Piero Rossi", email=address, description="Parole mie"
    )
    number = await people.new_ticket("", body=body)
    anna, guest = await people.sign_in("anna.ferri"), people.nobody.portal

    receipt = (await mails_about(installation, number, address, count=1))[0]
    link = _LINK.findall(text_of(receipt))[0]
    before = await assurance_seen_by(anna, number)
    opened = await open_link(guest, link)
    page = await guest.get(link)
    after = await assurance_seen_by(anna, number)
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(f"/api/tickets/{number}/ask", {"body": "Quale anno?"})
    asked = (await mails_about(installation, number, address, count=3))[2]
    replied = await guest.post(f"{link}/reply", {"body": "Il secondo"}, key=f"risponde-{number}")
    repeated = await guest.post(f"{link}/reply", {"body": "Il secondo"}, key=f"risponde-{number}")
    shown = await anna.read(f"/api/tickets/{number}")

    assert not [
        word
        for word in ("Piero", "Rata di mia figlia", "Parole mie")
        if word in str(receipt["Subject"]) + text_of(receipt)
    ]
    assert (before, after) == ("typed", "confirmed")
    assert (opened.status, opened.json()["number"]) == (200, number)
    assert page.status == 200
    assert b"Parole mie" in page.body
    assert link in text_of(asked)
    assert [answer.status for answer in (replied, repeated)] == [200, 200]
    assert [article["body"] for article in shown["articles"] if article["kind"] == "reply"] == [
        "Il secondo"
    ]
    assert shown["state"] == "open"
    history = [
        step["event"] for step in (await anna.read(f"/api/tickets/{number}/history"))["items"]
    ]
    assert history.count("tickets.ticket.requester-confirmed.v1") == 1


async def test_a_link_is_mailed_again_if_number_and_address_match_and_opens_only_that_request(
    installation: Installation, people: People
) -> None:
    address = f"altro.{installation.system}@example.org"
    numbers = [
        await people.new_ticket("", body=tasse_request(f"Caso {n}", name="Ida Boni", email=address))
        for n in range(2)
    ]
    guest = people.nobody.portal
    links = [
        _LINK.findall(text_of((await mails_about(installation, number, address, count=1))[0]))[0]
        for number in numbers
    ]

    asked = await guest.post("/requests/link", {"number": numbers[0], "email": address.upper()})
    strange = await guest.post(
        "/requests/link", {"number": numbers[1], "email": "estraneo@example.org"}
    )
    mailed = (await mails_about(installation, numbers[0], address, count=2))[1]
    other_number = await open_link(guest, links[1].replace(links[1][10:32], links[0][10:32]))
    withdrawn = await guest.post(f"{links[1]}/withdraw", {})

    assert (asked.status, asked.body) == (strange.status, strange.body)
    assert asked.status == 202
    assert links[0] in text_of(mailed)
    assert other_number.status == 404
    assert (withdrawn.status, withdrawn.json()["number"], withdrawn.json()["state"]) == (
        200,
        numbers[1],
        "withdrawn",
    )
    assert len(await mails_about(installation, numbers[1], address, count=1)) == 1
    assert not [mail for mail in installation.mails() if "estraneo@example.org" in mail["To"]]


async def test_a_request_with_a_typed_address_joins_those_of_its_person_when_the_link_is_opened(
    installation: Installation, people: People
) -> None:
    giulia = await people.sign_in("giulia.neri")
    body = tasse_request("Senza accesso", email="Giulia.Neri@Studenti.Example.EDU")
    number = await people.new_ticket("", body=body)
    link = _LINK.findall(
        text_of(
            (await mails_about(installation, number, "Giulia.Neri@studenti.example.edu", count=1))[
                0
            ]
        )
    )[0]

    before = await giulia.portal.get(f"/api/my/requests/{number}")
    opened = await open_link(people.nobody.portal, link)
    after = await giulia.read(f"/api/my/requests/{number}")

    assert before.status == 404
    assert opened.status == 200
    assert after["subject"] == "Senza accesso"
