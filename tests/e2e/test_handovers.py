"""Tickets that pass from queue to queue, through the API of a whole installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.installation.people import People, Person
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)


async def events(operator: Person, number: str) -> list[str]:
    """The names of what has happened to a ticket, in order, without the notices, which come when
    their mails have left.
    """
    history = await operator.read(f"/api/tickets/{number}/history")
    names = [entry["event"].split(".")[2] for entry in history["items"]]
    return [name for name in names if name != "notified"]


async def test_a_repeated_command_shows_nothing_of_a_ticket_that_was_moved_out_of_sight_since(
    people: People,
) -> None:
    number = await people.new_ticket("Con una nota")
    anna, luisa = await people.sign_in("anna.ferri"), await people.sign_in("luisa.villa")
    once = f"note-{number}"
    first = await anna.post(f"/api/tickets/{number}/note", {"body": "solo per noi"}, key=once)
    repeated = await anna.post(f"/api/tickets/{number}/note", {"body": "solo per noi"}, key=once)
    await luisa.do(f"/api/tickets/{number}/move", {"queue": "ict"})

    again = await anna.post(f"/api/tickets/{number}/note", {"body": "solo per noi"}, key=once)

    assert "articles" in first.json()
    assert repeated.json() == first.json()
    assert (again.status, again.json()) == (
        200,
        {"number": number, "queue": "studenti", "state": "new"},
    )


async def test_a_command_with_the_version_that_was_read_is_refused_on_news_and_done_without(
    people: People,
) -> None:
    number = await people.new_ticket("Con novità")
    anna, bruno = await people.sign_in("anna.ferri"), await people.sign_in("bruno.galli")
    taken = await anna.do(f"/api/tickets/{number}/take")
    noted = await bruno.do(f"/api/tickets/{number}/note", {"body": "Non rispondere."})
    reply = f"/api/tickets/{number}/reply"

    by_body = await anna.post(reply, {"body": "Ecco.", "expected_version": taken["version"]})
    written = await anna.post(reply, {"body": "Ecco.", "expected_version": noted["version"]})

    assert (by_body.status, written.status) == (409, 200)
    assert [each["actor"]["identity"] for each in by_body.json()["news"]] == ["bruno.galli"]
    assert "Non rispondere" not in str(by_body.json())


async def test_a_ticket_moved_out_of_sight_is_there_for_who_works_its_new_queue(
    people: People,
) -> None:
    number = await people.new_ticket("Da spostare")
    anna, dario = await people.sign_in("anna.ferri"), await people.sign_in("dario.riva")
    await anna.do(f"/api/tickets/{number}/take")

    moved = await anna.do(
        f"/api/tickets/{number}/move",
        {"queue": "studenti/tasse", "reason": "serve l'ufficio tasse"},
    )
    unseen = await anna.post(f"/api/tickets/{number}/note", {"body": "Dove sei?"})

    assert {name: moved[name] for name in ("number", "queue", "state")} == {
        "number": number,
        "queue": "studenti/tasse",
        "state": "open",
    }
    assert unseen.status == 404
    ticket = await dario.read(f"/api/tickets/{number}")
    # Anna may not see it there.
    assert (ticket["owner"], ticket["last_owner"], ticket["responsible"]) == (
        None,
        "anna.ferri",
        None,
    )
    assert ticket["routing"] is None
    assert number in {
        item["number"] for item in (await dario.read("/api/tickets?queue=studenti/tasse"))["items"]
    }
    assert (await dario.do(f"/api/tickets/{number}/take"))["owner"] == "dario.riva"
    assert await events(dario, number) == ["created", "queued", "taken", "moved", "taken"]


async def test_a_move_that_cannot_be_is_refused_with_a_sentence(people: People) -> None:
    number = await people.new_ticket("Da non spostare")
    anna, ivo = await people.sign_in("anna.ferri"), await people.sign_in("ivo.santi")

    there = await anna.post(f"/api/tickets/{number}/move", {"queue": "studenti"})
    nowhere = await anna.post(f"/api/tickets/{number}/move", {"queue": "in/nessun/luogo"})
    barred = await anna.post(f"/api/tickets/{number}/move", {"queue": "ict"})
    only_reads = await ivo.post(f"/api/tickets/{number}/move", {"queue": "studenti/tasse"})
    too_urgent = await anna.post(f"/api/tickets/{number}/priority", {"priority": 9})

    assert [answer.status for answer in (there, nowhere, barred, only_reads, too_urgent)] == [
        422,
        422,
        403,
        403,
        422,
    ]
    assert [answer.json()["errors"][0]["field"] for answer in (there, nowhere, too_urgent)] == [
        "queue",
        "queue",
        "priority",
    ]
    assert "studenti" in there.json()["errors"][0]["message"]
    assert await events(anna, number) == ["created", "queued"]


async def test_what_a_queue_needs_is_named_before_a_ticket_goes_there(people: People) -> None:
    elena = await people.sign_in("elena.sala")
    body = {
        "requester": {"name": "Hugo Marchi", "email": "hugo.marchi@example.edu"},
        "fields": {
            "subject": "Senza sede",
            "description": "Non mi collego.",
            "username": "hmarchi",
            "consent": True,
        },
        "context": {"origin": "website"},
    }
    number = await people.new_ticket("Senza sede", form="account", body=body)

    refused = await (await people.sign_in("luisa.villa")).post(
        f"/api/tickets/{number}/move", {"queue": "ict/rete/wifi"}
    )

    assert refused.status == 422
    assert "sede" in refused.json()["errors"][0]["message"]
    assert (await elena.read(f"/api/tickets/{number}"))["queue"] == "ict"


async def test_an_escalated_ticket_reaches_the_second_level_by_rule(people: People) -> None:
    number = await people.new_ticket("Troppo difficile")
    anna, luisa = await people.sign_in("anna.ferri"), await people.sign_in("luisa.villa")
    await anna.do(f"/api/tickets/{number}/take")

    await anna.do(f"/api/tickets/{number}/escalate", {"reason": "serve un esperto"})

    ticket = await people.is_queued(number)
    assert ticket["queue"] == "studenti/tasse"
    assert ticket["routing"]["rule"] == "Escalation su tasse e borse"
    assert "escalated from studenti" in ticket["routing"]["reason"]
    assert (ticket["owner"], ticket["last_owner"], ticket["state"]) == (None, "anna.ferri", "open")
    assert await events(luisa, number) == ["created", "queued", "taken", "escalated", "queued"]


async def test_a_ticket_put_off_comes_back_by_itself(people: People) -> None:
    number = await people.new_ticket("Da rimandare")
    anna = await people.sign_in("anna.ferri")
    await anna.do(f"/api/tickets/{number}/take")

    past = await anna.post(f"/api/tickets/{number}/postpone", {"until": "2020-01-01T10:00:00Z"})
    no_offset = await anna.post(f"/api/tickets/{number}/postpone", {"until": "2030-01-01T10:00:00"})
    for days in (1, 2):
        await anna.do(
            f"/api/tickets/{number}/postpone",
            {"until": (datetime.now(UTC) + timedelta(days=days)).isoformat()},
        )
    resumed = await anna.do(f"/api/tickets/{number}/resume")
    put_off = await anna.do(
        f"/api/tickets/{number}/postpone",
        {"until": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()},
    )

    assert [
        (answer.status, answer.json()["errors"][0]["field"]) for answer in (past, no_offset)
    ] == [(422, "until")] * 2
    assert (resumed["state"], resumed["postponed_until"]) == ("open", None)
    assert (put_off["state"], put_off["owner"]) == ("postponed", "anna.ferri")
    assert {"postpone", "resume", "reply", "ask", "open_child"} <= set(put_off["actions"])

    async def opened_again() -> Any:
        ticket = await anna.read(f"/api/tickets/{number}")
        return ticket if ticket["state"] == "open" else None

    ticket = await eventually(opened_again, what="the ticket is open again")
    assert (ticket["postponed_until"], ticket["owner"]) == (None, "anna.ferri")
    assert await events(anna, number) == [
        "created",
        "queued",
        "taken",
        "postponed",
        "postponed",
        "resumed",
        "postponed",
        "due",
    ]


async def test_a_priority_is_changed_by_who_has_the_right(people: People) -> None:
    number = await people.new_ticket("Urgente")
    anna, ivo = await people.sign_in("anna.ferri"), await people.sign_in("ivo.santi")

    raised = await anna.do(f"/api/tickets/{number}/priority", {"priority": 5})
    refused = await ivo.post(f"/api/tickets/{number}/priority", {"priority": 1})

    assert (raised["priority"], refused.status) == (5, 403)
    (changed,) = [
        entry
        for entry in (await anna.read(f"/api/tickets/{number}/history"))["items"]
        if "priority" in entry["event"]
    ]
    assert changed["changes"] == {"priority": [3, 5]}
