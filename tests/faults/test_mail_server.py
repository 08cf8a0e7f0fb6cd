"""A mail server that is away, and one that refuses somebody for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from tests.fakes.mail_server import Behaviour
from tests.faults.checker import complaints_about
from tests.faults.facts import Promised
from tests.fixtures.system import MailServer, Town
from tests.installation.installation import Installation
from tests.installation.mails import text_of
from tests.installation.people import Json, People, tasse_request
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

TO_REQUESTER = "kind not in ('notice', 'digest')"
NO_SUCH_BOX = "550 5.1.1 no such mailbox"


@pytest.fixture
async def people(distributed_town: Town) -> AsyncIterator[People]:
    async with People(distributed_town.installation) as people:
        yield people


@pytest.fixture
def mail_server(distributed_town: Town) -> MailServer:
    assert distributed_town.mail_server is not None
    return distributed_town.mail_server


async def test_a_mail_server_that_is_away_for_a_while_delays_mails_and_loses_none(
    distributed_town: Town, people: People, mail_server: MailServer
) -> None:
    installation = distributed_town.installation
    await asyncio.to_thread(mail_server.stop)
    requests = [
        await people.nobody.send_form(tasse_request(f"Senza posta {number}")) for number in range(5)
    ]
    numbers = [await people.nobody.number_of(request_id) for request_id in requests]

    delayed = await eventually(
        lambda: receipt_states(installation, numbers, "delayed"), what="every receipt is delayed"
    )
    shown = await shown_receipt(people, numbers[0], "delayed")
    nothing = receipts(mail_server, numbers)
    await asyncio.to_thread(mail_server.start)

    assert await complaints_about(distributed_town, Promised(requests=requests)) == []
    arrived = receipts(mail_server, numbers)
    assert (delayed, nothing, len(arrived)) == (["delayed"] * 5, [], 5)
    assert shown["delivery"]["reason"]
    assert (await shown_receipt(people, numbers[0], "sent"))["delivery"]["reason"] is None


async def test_a_recipient_refused_for_good_fails_with_its_reason_and_nobody_else_waits(
    distributed_town: Town, people: People, mail_server: MailServer
) -> None:
    installation = distributed_town.installation
    gone = "gone@studenti.example.edu"
    mail_server.behave(gone, Behaviour("rcpt", reply=NO_SUCH_BOX))
    refused = await people.new_ticket("", body=tasse_request("Casella che non c'è", email=gone))
    other = await people.new_ticket("Casella che c'è")
    anna = await people.sign_in("anna.ferri")

    failed = await shown_receipt(people, refused, "failed")
    await shown_receipt(people, other, "sent")
    taken = await anna.do(f"/api/tickets/{refused}/take")

    assert failed["kind"] == "notice"
    assert failed["delivery"]["recipient"] == gone
    assert "no such mailbox" in failed["delivery"]["reason"]
    assert taken["state"] == "open"
    rows = await eventually(
        lambda: deliveries_of(installation, refused, 2), what="both mails have their end"
    )
    assert [(row["kind"], row["state"]) for row in rows] == [
        ("receipt", "failed"),
        ("taking_charge", "failed"),
    ]
    assert all("no such mailbox" in row["reason"] for row in rows)
    assert await complaints_about(distributed_town, Promised()) == []


async def test_a_refused_final_answer_is_told_to_its_owner_and_sent_again_to_a_corrected_address(
    distributed_town: Town, people: People, mail_server: MailServer
) -> None:
    gone, corrected = "left@studenti.example.edu", "moved@studenti.example.edu"
    mail_server.behave(gone, Behaviour("rcpt", reply=NO_SUCH_BOX))
    number = await people.new_ticket("", body=tasse_request("Risposta respinta", email=gone))
    anna = await people.sign_in("anna.ferri")
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(
        f"/api/tickets/{number}/close", {"outcome": "successful", "answer": "La rata è registrata."}
    )

    async def told() -> Json | None:
        notices = (await anna.read("/api/notices?unread=true&limit=200"))["items"]
        events = [
            entry["event"] for entry in (await anna.read(f"/api/tickets/{number}/history"))["items"]
        ]
        about = [
            notice
            for notice in notices
            if notice["number"] == number and notice["kind"] == "undelivered"
        ]
        return (
            about[0]
            if events.count("tickets.ticket.undelivered.v1") == 3 and len(about) >= 3
            else None
        )

    notice = await eventually(
        told, what=f"the owner of ticket {number} is told of three mails that were refused"
    )
    delivery = (await anna.read(f"/api/tickets/{number}"))["articles"][-1]["delivery"]
    path = f"/api/tickets/{number}/deliveries/{delivery['id']}/resend"
    sent = [await anna.do(path, {"to": corrected}, key="once") for _ in range(2)]
    refused = await anna.post(path, {"to": corrected})

    async def shown() -> Json | None:
        now = (await anna.read(f"/api/tickets/{number}"))["articles"][-1]["delivery"]
        return now if now["state"] == "resent" else None

    resent: Json = await eventually(shown, what="the final answer has gone out again")
    assert "no such mailbox" in notice["reason"]
    assert (delivery["kind"], delivery["state"]) == ("final_answer", "failed")
    assert ([ticket["state"] for ticket in sent], refused.status) == (
        ["closed_successful"] * 2,
        409,
    )
    assert (resent["id"], resent["recipient"]) == (delivery["id"], corrected)
    arrived = [
        mail
        for mail in mail_server.mails()
        if number in mail["Subject"] and corrected in mail["To"]
    ]
    assert ["La rata è registrata." in text_of(mail) for mail in arrived] == [True]
    assert await complaints_about(distributed_town, Promised()) == []


def receipts(mail_server: MailServer, numbers: list[str]) -> list[EmailMessage]:
    """What has arrived about these tickets, beside what operators were told."""
    mails = [
        mail for mail in mail_server.mails() if any(number in mail["Subject"] for number in numbers)
    ]
    return [mail for mail in mails if "@studenti.example.edu" in mail["To"]]


async def receipt_states(
    installation: Installation, numbers: list[str], wanted: str
) -> list[str] | None:
    listed = ", ".join(f"'{number}'" for number in numbers)
    rows = await installation.databases.rows(
        "notify",
        f"select state from deliveries where kind = 'receipt' and ticket_number in ({listed})",
    )
    states = [row["state"] for row in rows]
    return states if len(states) == len(numbers) and set(states) == {wanted} else None


async def deliveries_of(installation: Installation, number: str, count: int) -> list[Json] | None:
    wanted = f"{TO_REQUESTER} and ticket_number = '{number}' and ended_at is not null"
    query = f"select kind, state, reason from deliveries where {wanted} order by sequence"
    rows = await installation.databases.rows("notify", query)
    return rows if len(rows) == count else None


async def shown_receipt(people: People, number: str, state: str) -> Json:
    """The article of the receipt, once its delivery is shown in `state`."""

    async def look() -> Json | None:
        articles = (await people.is_queued(number))["articles"]
        return next(
            (
                a
                for a in articles
                if a["delivery"]
                and (a["delivery"]["kind"], a["delivery"]["state"]) == ("receipt", state)
            ),
            None,
        )

    return await eventually(look, what=f"the receipt of ticket {number} is {state}")
