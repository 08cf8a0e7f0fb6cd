"""Children, recipes, merging and what else concerns more than one ticket, through the API of a
whole installation.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_handovers import events
from tests.installation.people import Json, People, Person
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

TAXES = "studenti/tasse"


async def until(person: Person, number: str, what: str, **facts: Any) -> Json:
    """Wait until the ticket has these facts; return it."""

    async def look() -> Json | None:
        ticket: Json = await person.read(f"/api/tickets/{number}")
        return ticket if all(ticket[name] == value for name, value in facts.items()) else None

    return await eventually(look, what=what)


async def told_of(person: Person, number: str, child: str) -> Json | None:
    """Return the ticket once it has been told how its child ended."""
    ticket: Json = await person.read(f"/api/tickets/{number}")
    news = [article["child"] for article in ticket["articles"] if article["kind"] == "child"]
    return (
        ticket
        if any(told["number"] == child and told["news"] == "outcome" for told in news)
        else None
    )


async def open_child(person: Person, parent: str, **given: Any) -> str:
    """Open a child that must be opened; return its number."""
    body = {
        "queue": TAXES,
        "subject": "Verifica del pagamento",
        "body": "Verificate.",
        "fields": {"matricola": "1234567"},
    } | given
    answer = await person.post(
        f"/api/tickets/{parent}/children",
        {name: value for name, value in body.items() if value is not None},
    )
    assert answer.status == 201, answer.body
    number: str = answer.json()["number"]
    assert answer.json() == {"number": number, "parent": parent}
    assert answer.headers["location"] == f"/api/tickets/{number}"
    return number


async def taken_ticket(people: People, subject: str, anna: Person) -> str:
    number = await people.new_ticket(subject)
    await anna.do(f"/api/tickets/{number}/take")
    return number


async def test_a_child_is_bounced_completed_and_closed_and_the_first_level_closes(
    people: People,
) -> None:
    anna, bruno, dario = [
        await people.sign_in(identity) for identity in ("anna.ferri", "bruno.galli", "dario.riva")
    ]
    number = await taken_ticket(people, "Rata doppia", anna)

    child = await open_child(anna, number)
    waiting = await until(
        anna, number, "the parent waits", state="waiting_children", children=[child]
    )
    refused = await anna.post(
        f"/api/tickets/{number}/close", {"outcome": "successful", "answer": "Fatto"}
    )
    not_his = await bruno.post(f"/api/tickets/{number}/take")
    await dario.do(f"/api/tickets/{child}/take")
    await dario.do(f"/api/tickets/{child}/bounce", {"reason": "Manca l'anno accademico"})
    seen_by_anna = await until(anna, child, "the child came back", state="returned")
    unseen = await bruno.post(f"/api/tickets/{child}/resend", {"fields": {}, "body": "No"})
    resent = await anna.do(
        f"/api/tickets/{child}/resend", {"fields": {"anno": "2026/2027"}, "body": "È il 2026/2027"}
    )
    await until(dario, child, "the child is there again", state="new")
    await dario.do(f"/api/tickets/{child}/take")
    await dario.do(f"/api/tickets/{child}/note", {"body": "Solo per noi"})
    await dario.do(
        f"/api/tickets/{child}/close", {"outcome": "successful", "answer": "La rata è una sola"}
    )
    parent = await until(anna, number, "the parent goes on", state="open")
    closed = await anna.do(
        f"/api/tickets/{number}/close", {"outcome": "successful", "answer": "La rata è una sola"}
    )

    assert waiting["owner"] == "anna.ferri"
    assert (refused.status, "waiting_children" in refused.json()["detail"]) == (409, True)
    assert (not_his.status, "anna.ferri" in not_his.json()["detail"]) == (409, True)
    assert "resend" in seen_by_anna["actions"]
    assert "note" not in {article["kind"] for article in seen_by_anna["articles"]}
    assert unseen.status == 404
    assert resent["state"] == "new"
    told = [
        (article["body"], article["child"]["news"])
        for article in parent["articles"]
        if article["kind"] == "child"
    ]
    assert told == [
        ("Verificate.", "opened"),
        ("Manca l'anno accademico", "returned"),
        ("La rata è una sola", "outcome"),
    ]
    assert closed["state"] == "closed_successful"
    assert await events(anna, number) == [
        "created",
        "queued",
        "taken",
        "child-opened",
        "child-reported",
        "child-reported",
        "closed",
    ]
    giulia = await people.sign_in("giulia.neri")
    mine = await giulia.read(f"/api/my/requests/{number}")
    assert {article["kind"] for article in mine["articles"]} <= {"request", "notice", "answer"}
    assert child not in {
        item["number"] for item in (await giulia.read("/api/my/requests"))["items"]
    }
    assert (await giulia.post(f"/api/my/requests/{child}/reply", {"body": "?"})).status == 404


async def test_several_children_and_a_grandchild_hold_up_their_parents_until_the_last_ends(
    people: People,
) -> None:
    anna, carla, luisa = [
        await people.sign_in(identity) for identity in ("anna.ferri", "carla.monti", "luisa.villa")
    ]
    number = await taken_ticket(people, "Più uffici", anna)
    first = await open_child(anna, number)
    second = await open_child(anna, number, queue="studenti/carriere")
    await carla.do(f"/api/tickets/{second}/take")

    cycle = await carla.post(
        f"/api/tickets/{second}/children",
        {"queue": "studenti", "subject": "Indietro", "body": "A voi", "fields": {}},
    )
    grandchild = await open_child(carla, second, queue="ict/identita")
    too_soon = await carla.post(
        f"/api/tickets/{second}/close", {"outcome": "successful", "answer": "Fatto"}
    )
    await luisa.do(f"/api/tickets/{grandchild}/take")
    await luisa.do(
        f"/api/tickets/{grandchild}/close", {"outcome": "unsuccessful", "answer": "Non c'è"}
    )
    await until(carla, second, "the child goes on", state="open")
    await carla.do(f"/api/tickets/{second}/close", {"outcome": "successful", "answer": "A posto"})
    still_waits = await eventually(
        lambda: told_of(luisa, number, second), what="the parent hears of the first end"
    )
    await anna.do(f"/api/tickets/{first}/withdraw")
    await until(anna, number, "the parent goes on", state="open")

    assert still_waits["state"] == "waiting_children"
    assert (cycle.status, cycle.json()["errors"][0]["field"]) == (422, "queue")
    assert (too_soon.status, "waiting_children" in too_soon.json()["detail"]) == (409, True)


async def test_a_child_by_request_type_goes_where_the_rules_say_and_comes_back_if_it_lacks_data(
    people: People,
) -> None:
    anna, luisa = await people.sign_in("anna.ferri"), await people.sign_in("luisa.villa")
    number = await taken_ticket(people, "Per tipo", anna)

    child = await open_child(anna, number, queue=None, request_type="tasse")
    routed = await people.is_queued(child)
    lacking = await open_child(anna, number, queue=None, request_type="tasse", fields={})
    returned = await until(luisa, lacking, "the child came back", state="returned")

    assert (routed["queue"], routed["request_type"]) == (TAXES, "tasse")
    assert routed["routing"]["rule"] is not None
    assert "matricola" in returned["articles"][-1]["body"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"queue": TAXES, "subject": "S", "body": "B", "fields": {}}, 422, "queue"),
        ({"queue": "nowhere", "subject": "S", "body": "B", "fields": {}}, 422, "queue"),
        ({"queue": "studenti", "subject": "S", "body": "B", "fields": {}}, 422, "queue"),
        (
            {"request_type": "nothing", "subject": "S", "body": "B", "fields": {}},
            422,
            "request_type",
        ),
        ({"subject": "S", "body": "B", "fields": {}}, 422, "request_type"),
        (
            {"queue": TAXES, "request_type": "tasse", "subject": "S", "body": "B", "fields": {}},
            422,
            "request_type",
        ),
        ({"queue": TAXES, "subject": " ", "body": "B", "fields": {}}, 422, "subject"),
    ],
)
async def test_a_child_that_cannot_be_is_refused_with_the_field(
    people: People, body: Json, status: int, field: str
) -> None:
    anna = await people.sign_in("anna.ferri")
    number = await taken_ticket(people, "Figlio impossibile", anna)

    refused = await anna.post(f"/api/tickets/{number}/children", body)

    assert (refused.status, refused.json()["errors"][0]["field"]) == (status, field)
    assert (await anna.read(f"/api/tickets/{number}"))["children"] == []


async def test_a_mobilita_request_runs_its_recipe_to_the_end(people: People) -> None:
    nadia, luisa = await people.sign_in("nadia.serra"), await people.sign_in("luisa.villa")
    body = {
        "requester": {"name": "Giulia Neri", "email": "giulia.neri@studenti.example.edu"},
        "fields": {
            "subject": "Erasmus",
            "description": "Parto per Gent.",
            "matricola": "1234567",
            "paese": "Belgio",
            "periodo": "2027",
            "consent": True,
        },
        "context": {"origin": "website"},
    }
    number = await people.new_ticket("Erasmus", form="mobilita", body=body)

    await nadia.do(f"/api/tickets/{number}/take")
    rounds = []
    for _ in range(2):
        waiting = await until(
            nadia, number, "the recipe waits for its steps", state="waiting_children"
        )
        open_steps = [step for step in waiting["run"]["steps"] if step["state"] == "open"]
        rounds.append(sorted(step["queue"] for step in open_steps))
        for step in open_steps:
            await people.is_queued(step["child"])
            await luisa.do(f"/api/tickets/{step['child']}/take")
            await luisa.do(
                f"/api/tickets/{step['child']}/close",
                {"outcome": "successful", "answer": "In regola"},
            )
        known = len(rounds)

        async def gone_on(known: int = known) -> Json | None:
            ticket: Json = await nadia.read(f"/api/tickets/{number}")
            return ticket if len(ticket["children"]) > known or ticket["state"] == "open" else None

        await eventually(gone_on, what="the recipe goes on")
    done = await until(nadia, number, "the ticket is back", state="open")

    assert rounds == [["studenti/carriere"], ["ict/identita", TAXES]]
    assert (done["run"]["state"], {step["state"] for step in done["run"]["steps"]}) == (
        "done",
        {"successful"},
    )
    assert done["queue"] == "internazionale"
    assert len(done["children"]) == 3


async def test_merging_and_taking_it_back(people: People) -> None:
    anna, bruno, giulia = [
        await people.sign_in(identity) for identity in ("anna.ferri", "bruno.galli", "giulia.neri")
    ]
    first, second = await taken_ticket(people, "Doppione", anna), await people.new_ticket("L'altro")

    itself = await anna.post(f"/api/tickets/{first}/merge", {"into": first})
    merged = await bruno.do(f"/api/tickets/{first}/merge", {"into": second})
    reply = await giulia.do(f"/api/my/requests/{first}/reply", {"body": "Ci siete?"})
    together = await anna.read(f"/api/tickets/{second}")
    back = await bruno.do(f"/api/tickets/{first}/undo", {"version": merged["version"]})
    again = await bruno.post(f"/api/tickets/{first}/undo", {"version": merged["version"]})
    apart = await anna.read(f"/api/tickets/{second}")

    assert (itself.status, itself.json()["errors"][0]["field"]) == (422, "into")
    assert (merged["state"], merged["merged_into"]) == ("merged", second)
    assert (reply["number"], reply["articles"][-1]["body"]) == (first, "Ci siete?")
    assert [article["kind"] for article in together["articles"]].count("request") == 2
    assert "Ci siete?" in {article["body"] for article in together["articles"]}
    assert (back["state"], back["owner"], back["merged_into"]) == ("open", "anna.ferri", None)
    assert again.status == 409
    assert [article["kind"] for article in apart["articles"]].count("request") == 1


async def test_a_move_is_taken_back_by_who_made_it(people: People) -> None:
    anna = await people.sign_in("anna.ferri")
    number = await taken_ticket(people, "Spostato per sbaglio", anna)
    version = (await anna.read(f"/api/tickets/{number}"))["version"]
    moved = await anna.do(f"/api/tickets/{number}/move", {"queue": "studenti/carriere"})

    back = await anna.do(f"/api/tickets/{number}/undo", {"version": version + 1})

    assert moved["queue"] == "studenti/carriere"
    assert (back["queue"], back["owner"], back["state"]) == ("studenti", "anna.ferri", "open")


async def test_links_watchers_and_forwards(people: People) -> None:
    anna, ivo, dario = [
        await people.sign_in(identity) for identity in ("anna.ferri", "ivo.santi", "dario.riva")
    ]
    first, second = (
        await taken_ticket(people, "Collegato", anna),
        await people.new_ticket("Collegato a"),
    )

    linked = await anna.do(f"/api/tickets/{first}/links", {"to": second, "kind": "duplicate"})
    watched = await ivo.do(f"/api/tickets/{first}/watch")
    unwatched = await ivo.do(f"/api/tickets/{first}/unwatch")
    forwarded = await anna.do(
        f"/api/tickets/{first}/forward", {"to": "ufficio@example.org", "body": "Per conoscenza"}
    )
    nowhere = await anna.post(
        f"/api/tickets/{first}/forward", {"to": "nessuno", "body": "Per conoscenza"}
    )
    not_his = await dario.post(f"/api/tickets/{first}/links", {"to": second, "kind": "related"})
    other = await anna.read(f"/api/tickets/{second}")
    not_his_either = await dario.post(f"/api/tickets/{first}/unlink", {"to": second})
    unlinked = await anna.do(f"/api/tickets/{second}/unlink", {"to": first})
    no_longer = await anna.read(f"/api/tickets/{first}")

    assert ("unlink" in linked["actions"], "unlink" in unlinked["actions"]) == (True, False)
    assert (unlinked["links"], no_longer["links"], not_his_either.status) == ([], [], 403)
    assert linked["links"] == [{"to": second, "kind": "duplicate"}]
    assert other["links"] == [{"to": first, "kind": "duplicate"}]
    assert (watched["watchers"], unwatched["watchers"]) == (["ivo.santi"], [])
    assert forwarded["articles"][-1]["kind"] == "forward"
    assert forwarded["articles"][-1]["visible_to_requester"] is False
    assert (nowhere.status, nowhere.json()["errors"][0]["field"]) == (422, "to")
    assert not_his.status == 403


async def test_many_at_once_are_answered_each_on_its_own(people: People) -> None:
    anna, bruno = await people.sign_in("anna.ferri"), await people.sign_in("bruno.galli")
    first, second = await people.new_ticket("Primo"), await taken_ticket(people, "Di Anna", anna)
    body = {"numbers": [first, second, "2026092810000427"], "action": "take"}

    answer = await bruno.post("/api/tickets/bulk", body, key=f"bulk-{first}")
    again = await bruno.post("/api/tickets/bulk", body, key=f"bulk-{first}")
    nonsense = await bruno.post("/api/tickets/bulk", {"numbers": [first], "action": "explode"})

    assert answer.status == 200
    results = answer.json()["results"]
    assert [(result["number"], result["status"]) for result in results] == [
        (first, 200),
        (second, 409),
        ("2026092810000427", 404),
    ]
    assert "anna.ferri" in results[1]["detail"]
    assert again.json() == answer.json()
    assert nonsense.status == 422
    assert (await bruno.read(f"/api/tickets/{first}"))["owner"] == "bruno.galli"
