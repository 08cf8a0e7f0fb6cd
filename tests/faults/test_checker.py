"""The checker finds what it is there for: sound facts are spoilt, one at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from tests.faults.checker import complaints_about, find_complaints
from tests.faults.facts import Facts, Promised, read_facts
from tests.fixtures.system import Town
from tests.installation.people import People, tasse_request

pytestmark = pytest.mark.timeout(300)

Spoil = Callable[[Any], object]


def first(rows: Any) -> Any:
    return next(iter(rows.values())) if isinstance(rows, dict) else rows[0]


def other_value(row: dict[str, Any], name: str) -> None:
    row[name] = "spoilt"


FAULTS: dict[str, tuple[Spoil, str]] = {
    "a ticket lost": (lambda f: f.tickets.pop(first(f.tickets)["id"]), "became 0 tickets"),
    "a ticket doubled": (lambda f: f.tickets.update(double={**first(f.tickets), "id": "double"}), "became 2 tickets"),
    "a number doubled": (lambda f: f.tickets.update(double={**first(f.tickets), "id": "double"}), "tickets have the number"),
    "a wrong number": (lambda f: other_value(first(f.tickets), "number"), "is no ticket number"),
    "a ticket of nobody": (lambda f: other_value(first(f.tickets), "request_id"), "which nobody sent"),
    "a number not known to intake": (lambda f: other_value(first(f.submissions), "ticket_number"), "intake says"),
    "a gap in the history": (lambda f: first(f.history).pop(1), "its history has"),
    "a history that does not replay": (lambda f: first(f.history)[0]["changes"].update(queue=[None, "ict"]), "its history says"),
    "a history that ends elsewhere": (lambda f: first(f.tickets).update(state="merged"), "its history ends with"),
    "a ticket never routed": (lambda f: f.decisions.clear(), "was routed 0 times"),
    "a ticket in the wrong queue": (lambda f: first(f.decisions).update(queue="ict"), "not where routing sent it"),
    "an old row in the portal": (lambda f: first(f.shown_tickets).update(version=1), "the portal shows 1"),
    "another requester in the portal": (lambda f: other_value(first(f.shown_tickets), "requester_name"), "another requester"),
    "a ticket not shown": (lambda f: f.shown_tickets.pop(first(f.shown_tickets)["id"]), "there and not shown"),
    "an article not shown": (lambda f: f.shown_articles.pop(), "there and not shown"),
    "history shown otherwise": (lambda f: other_value(first(f.shown_history), "event"), "shown {"),
    "a receipt missing": (lambda f: f.deliveries.pop(), "are due, the ledger has"),
    "a receipt doubled": (lambda f: f.deliveries.append({**first(f.deliveries), "id": "double"}), "are due, the ledger has"),
    "a mail never sent": (lambda f: first(f.deliveries).update(state="queued"), "is queued"),
    "a mail that nobody got": (lambda f: other_value(first(f.deliveries), "message_id"), "never arrived"),
    "a mail from nowhere": (lambda f: other_value(first(f.deliveries), "message_id"), "is in no ledger"),
    "an event left in an outbox": (lambda f: f.outboxes.update(tickets=1), "1 events in the outbox"),
    "a dead letter": (
        lambda f: f.failed["notify"].append({"type": "x", "state": "dead", "error": "Invalid"}),
        "a kept message x is dead: Invalid",
    ),
}


async def told(town: Town, people: People) -> tuple[Facts, Promised, list[EmailMessage]]:
    request_id = await people.nobody.send_form(tasse_request("Per il controllore"))
    number = await people.nobody.number_of(request_id)
    await people.is_queued(number)
    promised = Promised(requests=[request_id])
    assert await complaints_about(town, promised) == []
    return await read_facts(town.installation.databases), promised, town.installation.mails()


async def test_each_planted_fault_is_found(embedded_town: Town) -> None:
    async with People(embedded_town.installation) as people:
        facts, promised, mails = await told(embedded_town, people)
    assert list(find_complaints(facts, promised, mails)) == []

    found: dict[str, list[str]] = {}
    for name, (spoil, _) in FAULTS.items():
        spoilt = copy.deepcopy(facts)
        spoil(spoilt)
        found[name] = list(find_complaints(spoilt, promised, mails))

    missed = {name: found[name] for name, (_, sentence) in FAULTS.items() if not any(sentence in one for one in found[name])}
    assert missed == {}


async def test_broken_promises_and_mails_that_come_twice_are_found(embedded_town: Town) -> None:
    async with People(embedded_town.installation) as people:
        facts, promised, mails = await told(embedded_town, people)

    lost = list(find_complaints(facts, Promised(requests=["0" * 32], notes={"mai scritta": "2026092810000016"}), mails))
    twice = list(find_complaints(facts, promised, [*mails, mails[0]]))
    refused = list(find_complaints(facts, promised, mails, refused=[facts.deliveries[0]["recipient"]]))

    assert f"request {'0' * 32} was answered 202 and is not stored" in lost
    assert "note 'mai scritta' was acknowledged and is 0 times in ticket 2026092810000016" in lost
    assert len(twice) == 1
    assert twice[0].endswith("arrived 2 times and nobody was uncertain")
    assert len(refused) > 0
