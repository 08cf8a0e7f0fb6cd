"""What the calls promise to whoever repeats them, or may not make them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.installation.installation import Installation
from tests.installation.people import People, Person, tasse_request

pytestmark = pytest.mark.timeout(300)

PASSING_ON = {"move", "escalate", "priority"}
SEEING, WORKING = {"watch"}, {"watch", "forward", "merge", "links", "share"}
NOWHERE = "2026092810000016"
"""A sound ticket number that nobody has."""


async def deeds(operator: Person, number: str) -> list[Any]:
    """What people have done to a ticket: its history without the notices, which come when their
    mails have left.
    """
    history = await operator.read(f"/api/tickets/{number}/history")
    return [entry for entry in history["items"] if entry["event"] != "tickets.ticket.notified.v1"]


async def test_a_form_sent_again_with_its_key_is_one_request(
    installation: Installation, people: People
) -> None:
    key, body = f"chiave-{uuid.uuid4()}", tasse_request("Una sola volta")

    first, second = (
        await people.nobody.send_form(body, key=key),
        await people.nobody.send_form(body, key=key),
    )
    other = await people.nobody.intake.post(
        "/api/forms/tasse/requests", tasse_request("Un'altra cosa"), key=key
    )

    assert first == second
    assert (other.status, other.headers["content-type"]) == (409, "application/problem+json")
    number = await people.nobody.number_of(first)
    await people.is_queued(number)
    anna = await people.sign_in("anna.ferri")
    assert [
        ticket["number"] for ticket in (await anna.read("/api/tickets?q=Una+sola+volta"))["items"]
    ] == [number]
    assert (await anna.read("/api/tickets?q=Un%27altra+cosa"))["items"] == []


async def test_a_command_repeated_with_its_key_is_done_once_and_answered_the_same(
    people: People,
) -> None:
    number = await people.new_ticket("Comandi ripetuti")
    anna, bruno = await people.sign_in("anna.ferri"), await people.sign_in("bruno.galli")
    key = str(uuid.uuid4())
    await anna.do(f"/api/tickets/{number}/take", key=f"take-{key}")

    first = await anna.do(f"/api/tickets/{number}/note", {"body": "La prima nota"}, key=key)
    second = await anna.do(f"/api/tickets/{number}/note", {"body": "La prima nota"}, key=key)
    other_body = await anna.post(f"/api/tickets/{number}/note", {"body": "Un'altra nota"}, key=key)
    other_call = await anna.post(f"/api/tickets/{number}/release", key=key)
    somebody_else = await bruno.do(
        f"/api/tickets/{number}/note", {"body": "La nota di Bruno"}, key=key
    )

    assert (second["version"], second["number"]) == (first["version"], first["number"])
    assert (other_body.status, other_call.status) == (409, 409)
    notes = [article["body"] for article in somebody_else["articles"] if article["kind"] == "note"]
    assert notes == ["La prima nota", "La nota di Bruno"]
    assert somebody_else["owner"] == "anna.ferri"


async def test_a_refusal_is_repeated_word_for_word_even_when_the_reason_has_passed(
    people: People,
) -> None:
    number = await people.new_ticket("Rifiuto ripetuto")
    anna, bruno = await people.sign_in("anna.ferri"), await people.sign_in("bruno.galli")
    await anna.do(f"/api/tickets/{number}/take")
    key = str(uuid.uuid4())

    first = await bruno.post(f"/api/tickets/{number}/take", key=key)
    await anna.do(f"/api/tickets/{number}/release")
    second = await bruno.post(f"/api/tickets/{number}/take", key=key)
    fresh = await bruno.do(f"/api/tickets/{number}/take", key=f"{key}-nuova")

    assert (first.status, second.status) == (409, 409)
    assert "anna.ferri" in first.json()["detail"]
    assert second.body == first.body
    assert fresh["owner"] == "bruno.galli"


async def test_each_role_sees_its_own_actions_and_no_other_works(people: People) -> None:
    number = await people.new_ticket("Ruoli")
    ticket = f"/api/tickets/{number}"
    anna, bruno, ivo, dario, luisa = [
        await people.sign_in(identity)
        for identity in ("anna.ferri", "bruno.galli", "ivo.santi", "dario.riva", "luisa.villa")
    ]
    assert set((await anna.read(ticket))["actions"]) == {
        "take",
        "assign",
        *PASSING_ON,
        *WORKING,
        "responsible",
        "note",
    }
    await anna.do(f"{ticket}/take")
    before = await deeds(anna, number)

    actions = {person: set((await signed_in.read(ticket))["actions"]) for person, signed_in in {
        "anna": anna, "bruno": bruno, "ivo": ivo, "dario": dario, "luisa": luisa,
    }.items()}  # fmt: skip
    refused = {
        "ivo takes": await ivo.post(f"{ticket}/take"),
        "dario notes": await dario.post(f"{ticket}/note", {"body": "Letto"}),
        "dario closes": await dario.post(
            f"{ticket}/close", {"outcome": "successful", "answer": "Fatto"}
        ),
        "bruno closes": await bruno.post(
            f"{ticket}/close", {"outcome": "successful", "answer": "Fatto"}
        ),
        "bruno asks": await bruno.post(f"{ticket}/ask", {"body": "Chi?"}),
        "to somebody who may not work it": await anna.post(
            f"{ticket}/assign", {"operator": "carla.monti"}
        ),
        "to nobody": await anna.post(f"{ticket}/assign", {"operator": "nessuno"}),
        "reopen while open": await anna.post(f"{ticket}/reopen", {"reason": "Prova"}),
    }

    assert actions == {
        "anna": {
            "assign",
            "release",
            *PASSING_ON,
            *WORKING,
            "open_child",
            "postpone",
            "responsible",
            "ask",
            "reply",
            "close",
            "note",
        },
        "bruno": {"assign", "release", *PASSING_ON, *WORKING, "responsible", "note"},
        "ivo": {*SEEING, "note"},
        "dario": SEEING,
        "luisa": {"assign", "release", *PASSING_ON, *WORKING, "responsible", "note"},
    }
    assert {what: answer.status for what, answer in refused.items()} == {
        "ivo takes": 403,
        "dario notes": 403,
        "dario closes": 403,
        "bruno closes": 409,
        "bruno asks": 409,
        "to somebody who may not work it": 422,
        "to nobody": 422,
        "reopen while open": 409,
    }
    assert "anna.ferri" in refused["bruno closes"].json()["detail"]
    assert [error["field"] for error in refused["to nobody"].json()["errors"]] == ["operator"]
    assert await deeds(anna, number) == before


async def test_what_may_not_be_seen_answers_word_for_word_like_what_is_not_there(
    people: People,
) -> None:
    seen_by_others = await people.new_ticket("Non per tutti")
    carla = await people.sign_in("carla.monti")
    hugo = await people.sign_in("hugo.marchi")
    calls: list[tuple[str, Any]] = [
        ("take", {}), ("release", {}), ("assign", {"operator": "carla.monti"}),
        ("responsible", {"operator": "carla.monti"}),
        ("reply", {"body": "Sì"}), ("ask", {"body": "Chi?"}), ("note", {"body": "Nota"}),
        ("reopen", {"reason": "Perché sì"}),
        ("close", {"outcome": "successful", "answer": "Fatto"}),
    ]  # fmt: skip

    for person in (carla, hugo):
        for number in (NOWHERE, "x", "2026"):
            for path in ("/api/tickets/{}", "/api/tickets/{}/history", "/api/my/requests/{}"):
                unseen, absent = (
                    await person.portal.get(path.format(seen_by_others)),
                    await person.portal.get(path.format(number)),
                )
                assert (unseen.status, unseen.body) == (absent.status, absent.body), path
                assert absent.status == 404
        for call, body in calls:
            unseen = await person.post(f"/api/tickets/{seen_by_others}/{call}", body)
            absent = await person.post(f"/api/tickets/{NOWHERE}/{call}", body)
            assert (
                (unseen.status, unseen.body) == (absent.status, absent.body) == (404, absent.body)
            ), call
        for call, body in (("reply", {"body": "Sì"}), ("withdraw", {})):
            unseen = await person.post(f"/api/my/requests/{seen_by_others}/{call}", body)
            absent = await person.post(f"/api/my/requests/{NOWHERE}/{call}", body)
            assert (
                (unseen.status, unseen.body) == (absent.status, absent.body) == (404, absent.body)
            ), call

    assert (await carla.read(f"/api/tickets?q={seen_by_others}"))["items"] == []
    assert (
        (await carla.read("/api/tickets?queue=studenti"))["items"]
        == (await carla.read("/api/tickets?queue=nessuna"))["items"]
        == []
    )
    assert (await people.is_queued(seen_by_others))["state"] == "new"


async def test_requesters_see_only_their_own_requests_and_never_who_works_on_them(
    people: People,
) -> None:
    giulia, hugo, anna = [
        await people.sign_in(identity) for identity in ("giulia.neri", "hugo.marchi", "anna.ferri")
    ]
    number = await giulia.number_of(await giulia.send_form(tasse_request("Solo mia")))
    await people.is_queued(number)
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(f"/api/tickets/{number}/note", {"body": "Parola riservata"})

    own = (await giulia.read("/api/my/requests"))["items"]
    others = (await hugo.read("/api/my/requests"))["items"]
    mine = await giulia.portal.get(f"/api/tickets/{number}")
    refused = await giulia.portal.get(f"/api/tickets/{number}/history")
    lists = [await giulia.portal.get("/api/tickets"), await giulia.portal.get("/api/queues")]

    assert number in [request["number"] for request in own]
    assert number not in [request["number"] for request in others]
    assert mine.status == 200
    assert set(mine.json()) == {
        "number", "subject", "state", "office", "request_type", "language", "created_at",
        "updated_at", "closed_at", "version", "articles",
    }  # fmt: skip
    assert not [
        word for word in (b"anna.ferri", b"Anna Ferri", b"Parola riservata") if word in mine.body
    ]
    assert refused.status == 403
    assert [answer.status for answer in lists] == [403, 403]


async def test_a_request_with_an_address_that_somebody_typed_is_not_found_by_the_person_who_has_it(
    people: People,
) -> None:
    body = tasse_request("Senza accesso", email="Giulia.Neri@Studenti.Example.EDU")
    number = await people.new_ticket("", body=body)
    giulia, anna = await people.sign_in("giulia.neri"), await people.sign_in("anna.ferri")

    found = await giulia.portal.get(f"/api/my/requests/{number}")
    shown = await anna.read(f"/api/tickets/{number}")

    assert found.status == 404
    assert shown["requester"]["assurance"] == "typed"


async def test_a_request_that_nobody_has_taken_can_be_withdrawn_and_then_not_be_taken(
    people: People,
) -> None:
    giulia, anna = await people.sign_in("giulia.neri"), await people.sign_in("anna.ferri")
    number = await giulia.number_of(await giulia.send_form(tasse_request("Ritirata")))
    await people.is_queued(number)

    withdrawn = await giulia.do(f"/api/my/requests/{number}/withdraw")
    again = await giulia.post(f"/api/my/requests/{number}/withdraw")
    taken = await anna.post(f"/api/tickets/{number}/take")

    assert withdrawn["state"] == "withdrawn"
    assert (again.status, taken.status) == (409, 409)
    assert "withdrawn" in taken.json()["detail"] or taken.json()["state"] == "withdrawn"
    assert (await people.is_queued(number))["owner"] is None


async def test_a_reply_to_a_closed_request_opens_it_again_for_who_had_it(people: People) -> None:
    giulia, anna = await people.sign_in("giulia.neri"), await people.sign_in("anna.ferri")
    number = await giulia.number_of(await giulia.send_form(tasse_request("Riaperta")))
    await people.is_queued(number)
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(
        f"/api/tickets/{number}/close", {"outcome": "unsuccessful", "answer": "Non risulta"}
    )

    reopened = await giulia.do(f"/api/my/requests/{number}/reply", {"body": "Ma ho la ricevuta"})
    seen = await anna.read(f"/api/tickets/{number}")

    assert reopened["state"] == "open"
    assert (seen["state"], seen["owner"], seen["closed_at"]) == ("open", "anna.ferri", None)
    assert seen["articles"][-1]["body"] == "Ma ho la ricevuta"


async def test_nobody_without_a_session_gets_anything_from_the_portal(people: People) -> None:
    number = await people.new_ticket("Chiusa a chiave")
    paths = (
        "/api/me",
        "/api/queues",
        "/api/tickets",
        f"/api/tickets/{number}",
        "/api/my/requests",
        "/live",
    )

    answers = [await people.nobody.portal.get(path) for path in paths]
    answers.append(await people.nobody.post(f"/api/tickets/{number}/take"))

    assert [answer.status for answer in answers] == [401] * len(answers)
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert (await people.is_queued(number))["owner"] is None
