"""The checker finds what it is there for: the sound facts of a story are spoilt, one at a time."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from tests.faults.checker import complaints_about, find_complaints
from tests.faults.facts import Call, Facts, Promised, read_facts
from tests.faults.notices_checked import WITHHELD
from tests.faults.story import Story
from tests.fixtures.system import Town, run_embedded
from tests.installation.databases import Row
from tests.installation.people import People

pytestmark = pytest.mark.timeout(300)

Told = tuple[Facts, Promised, list[EmailMessage]]
Spoil = Callable[[Any], object]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """What an installation of its own says after the story, with which nothing is wrong."""
    with run_embedded() as town:
        yield asyncio.run(tell(town))


async def tell(town: Town) -> Told:
    async with People(town.installation) as people:
        story = Story(people)
        await story.tell()
    assert await complaints_about(town, story.promised) == []
    return await read_facts(town.installation.databases), story.promised, town.installation.mails()


def first(rows: Any) -> Any:
    return next(iter(rows.values())) if isinstance(rows, dict) else rows[0]


def other_value(row: Row, name: str) -> None:
    row[name] = "spoilt"


def ticket(facts: Facts, wanted: Callable[[Row], object]) -> Row:
    """The first ticket that is as wanted."""
    return next(row for row in facts.tickets.values() if wanted(row))


def entry(facts: Facts, fact: str) -> Row:
    """The first change of this kind in any history."""
    return next(
        row
        for rows in facts.history.values()
        for row in rows
        if row["event"] == f"tickets.ticket.{fact}.v1"
    )


def parent(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["children"] and row["run"] is None)


def child(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["parent_id"] == parent(facts)["id"])


def in_recipe(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["run"])


def step_child(facts: Facts) -> Row:
    """The child that did the first step."""
    return ticket(facts, lambda row: row["number"] == in_recipe(facts)["run"]["steps"][0]["child"])


def stay_before_another(facts: Facts) -> Row:
    return next(
        one
        for one in facts.hops
        for other in facts.hops
        if one["ticket_id"] == other["ticket_id"] and one["ended"] == other["started"]
    )


def merged(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["merged_into"])


def linked(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["links"])


def shared(facts: Facts) -> Row:
    return ticket(facts, lambda row: row["shared_with"])


def delivery(facts: Facts, kind: str) -> Row:
    return next(row for row in facts.deliveries if row["kind"] == kind)


def without(rows: Any, wanted: Callable[[Row], object]) -> None:
    rows[:] = [row for row in rows if not wanted(row)]


def version_too_many(facts: Facts, fact: str) -> None:
    """The same change once more, in a history without gaps and with everything shown."""
    for ticket_id, rows in facts.history.items():
        if any(row["event"] == f"tickets.ticket.{fact}.v1" for row in rows):
            again = {
                **entry(facts, fact),
                "version": rows[-1]["version"] + 1,
                "changes": {},
                "ticket_id": ticket_id,
            }
            rows.append(again)
            facts.tickets[ticket_id]["version"] += 1
            return


FAULTS: dict[str, tuple[Spoil, str]] = {
    "a ticket lost": (
        lambda f: f.tickets.pop(ticket(f, lambda t: t["request_id"])["id"]),
        "became 0 tickets",
    ),
    "a ticket doubled": (
        lambda f: f.tickets.update(double={**ticket(f, lambda t: t["request_id"]), "id": "double"}),
        "became 2 tickets",
    ),
    "a number doubled": (
        lambda f: f.tickets.update(double={**first(f.tickets), "id": "double"}),
        "tickets have the number",
    ),
    "a wrong number": (lambda f: other_value(first(f.tickets), "number"), "is no ticket number"),
    "a ticket of nobody": (
        lambda f: other_value(ticket(f, lambda t: t["request_id"]), "request_id"),
        "which nobody sent",
    ),
    "a ticket of nothing": (lambda f: in_recipe(f).update(request_id=None), "came of nothing"),
    "a ticket of another requester": (
        lambda f: other_value(ticket(f, lambda t: t["request_id"])["requester"], "email"),
        "is not of whom its request was filed for",
    ),
    "a ticket begun by another": (
        lambda f: other_value(
            next(row for row in f.submissions.values() if row["filed_by"])["filed_by"], "identity"
        ),
        "its request was sent by spoilt",
    ),
    "a number not known to intake": (
        lambda f: other_value(first(f.submissions), "ticket_number"),
        "intake says",
    ),
    "a gap in the history": (lambda f: f.history[parent(f)["id"]].pop(1), "its history has"),
    "a history that does not replay": (
        lambda f: f.history[parent(f)["id"]][0]["changes"].update(queue=["ict", "aule"]),
        "its history says",
    ),
    "a history that ends elsewhere": (
        lambda f: parent(f).update(owner="luisa.villa"),
        "its history ends with",
    ),
    "a run that is not as its history says": (
        lambda f: in_recipe(f)["run"].update(state="done"),
        "its history ends with",
    ),
    "a history of nothing": (lambda f: f.history.update(nothing=[]), "and no ticket"),
    "a ticket never routed": (lambda f: f.decisions.clear(), "was routed 0 times"),
    "a ticket in the wrong queue": (
        lambda f: first(f.decisions).update(queue="ict"),
        "not where routing sent it",
    ),
    "a stay that never ended": (
        lambda f: next(h for h in f.hops if h["ended"]).update(ended=None),
        "stays in",
    ),
    "two stays at once": (
        lambda f: stay_before_another(f).update(ended="2999-01-01 00:00:00"),
        "at once",
    ),
    "a ticket without a queue": (lambda f: parent(f).update(queue=None), "has no queue"),
    "a stay somewhere else": (lambda f: parent(f).update(queue="aule"), "its last stay is in"),
    "an old row in the portal": (
        lambda f: f.shown_tickets[parent(f)["id"]].update(version=1),
        "the portal shows 1",
    ),
    "another requester in the portal": (
        lambda f: other_value(first(f.shown_tickets), "requester_name"),
        "another requester",
    ),
    "a ticket not shown": (
        lambda f: f.shown_tickets.pop(first(f.shown_tickets)["id"]),
        "there and not shown",
    ),
    "somebody it is shared with, unknown to history": (
        lambda f: shared(f)["shared_with"].clear(),
        "its history ends with",
    ),
    "a share that is not found": (lambda f: f.shown_shares.clear(), "the portal finds it by set()"),
    "a share that does not end": (
        lambda f: [each.update(version=shared(f)["version"]) for each in f.shown_shares],
        "'ida.boni@example.org'",
    ),
    "an article not shown": (lambda f: f.shown_articles.pop(), "there and not shown"),
    "history shown otherwise": (lambda f: other_value(first(f.shown_history), "event"), "shown {"),
    "a child that its parent does not know": (
        lambda f: parent(f)["children"].clear(),
        "which does not know it",
    ),
    "a parent with somebody else's child": (
        lambda f: parent(f)["children"].append(merged(f)["number"]),
        "that is none of it",
    ),
    "a cycle": (
        lambda f: parent(f).update(parent_id=child(f)["id"], parent=child(f)["number"]),
        "is above itself",
    ),
    "an open child of an ended parent": (
        lambda f: (parent(f).update(state="closed_successful"), child(f).update(state="open")),
        "its child",
    ),
    "a parent that waits for nothing": (
        lambda f: parent(f).update(state="waiting_children"),
        "has none that is open",
    ),
    "a parent that does not wait": (
        lambda f: in_recipe(f).update(state="open"),
        "does not wait for its child",
    ),
    "an end that the parent never heard of": (
        lambda f: without(f.articles, lambda a: a["child"] and a["child"]["news"] == "outcome"),
        "its parent was told 0 times",
    ),
    "a step opened twice": (
        lambda f: in_recipe(f)["children"].append(in_recipe(f)["children"][0]),
        "was opened 2 times",
    ),
    "a step skipped": (
        lambda f: in_recipe(f)["run"]["steps"][1].update(state="waiting", child=None),
        "is due and was not opened",
    ),
    "a step that is not as its child": (
        lambda f: in_recipe(f)["run"]["steps"][0].update(state="open"),
        "its child is closed_successful",
    ),
    "a step before its time": (
        lambda f: without(f.history[step_child(f)["id"]], lambda e: "closed" in e["event"]),
        "had ended",
    ),
    "a step whose child is not there": (
        lambda f: other_value(step_child(f), "number"),
        "had ended",
    ),
    "a merge of which one half is missing": (
        lambda f: other_value(entry(f, "absorbed"), "event"),
        "is half: 1 tickets merged, 0 told of it",
    ),
    "a merge of which the other half is missing": (
        lambda f: other_value(entry(f, "merged"), "event"),
        "is half: 0 tickets merged, 1 told",
    ),
    "a merged ticket that goes on": (
        lambda f: merged(f).update(state="open"),
        "is open and merged into",
    ),
    "a ticket merged into another one": (
        lambda f: other_value(merged(f), "merged_into_id"),
        "which is another one",
    ),
    "a ticket merged into itself": (
        lambda f: merged(f).update(merged_into_id=merged(f)["id"]),
        "is merged into itself",
    ),
    "a link that goes one way": (lambda f: linked(f)["links"].clear(), "is duplicate to"),
    "a link to itself": (
        lambda f: linked(f)["links"][0].update(to=linked(f)["number"]),
        "or to itself",
    ),
    "an end without a time": (lambda f: merged(f).update(closed_at=None), "and ended at None"),
    "a ticket closed by nobody": (
        lambda f: child(f).update(closed_by=None),
        "was closed by nobody",
    ),
    "a change without a command": (
        lambda f: version_too_many(f, "taken"),
        "was asked for by nobody",
    ),
    "a command without an effect": (
        lambda f: other_value(entry(f, "bounced"), "event"),
        "is nowhere in the history",
    ),
    "an effect under another's name": (
        lambda f: entry(f, "question-asked")["actor"].update(identity="x"),
        "is nowhere in the history",
    ),
    "an acknowledged word that is lost": (
        lambda f: without(f.articles, lambda a: a["body"] == "tutto bene?"),
        "there 0 times",
    ),
    "an acknowledged word that is doubled": (
        lambda f: f.articles.append(
            {**next(a for a in f.articles if a["body"] == "tutto bene?"), "id": "double"}
        ),
        "there 2 times",
    ),
    "a refused word that is there": (
        lambda f: f.articles[0].update(body="non la vedo"),
        "was answered 404, its words are there",
    ),
    "an answer that nobody asked for": (
        lambda f: f.answers.update(other=first(f.answers)),
        "which nobody gave",
    ),
    "an answer that is lost": (
        lambda f: f.answers.pop(
            next(key for key, row in f.answers.items() if row["answer"]["ticket"])
        ),
        "tickets knows nothing of it",
    ),
    "a receipt missing": (
        lambda f: f.deliveries.remove(delivery(f, "receipt")),
        "are due, the ledger has",
    ),
    "a receipt doubled": (
        lambda f: f.deliveries.append({**delivery(f, "receipt"), "id": "double"}),
        "are due, the ledger has",
    ),
    "an article mailed twice": (
        lambda f: f.deliveries.append({**delivery(f, "question"), "id": "double"}),
        "is 2 mails",
    ),
    "a mail never sent": (lambda f: delivery(f, "receipt").update(state="queued"), "is queued"),
    "a mail that nobody got": (
        lambda f: other_value(delivery(f, "receipt"), "message_id"),
        "never arrived",
    ),
    "a mail from nowhere": (
        lambda f: other_value(delivery(f, "receipt"), "message_id"),
        "is in no ledger",
    ),
    "a mail to somebody else": (
        lambda f: other_value(delivery(f, "receipt"), "recipient"),
        "went to somebody else",
    ),
    "a notice doubled": (
        lambda f: f.notices.append({**f.notices[0], "id": "double"}),
        "is told 2 times",
    ),
    "a notice of nothing": (lambda f: f.notices[0].update(ticket_version=99), "which never was"),
    "a notice to who may not see": (
        lambda f: f.notices[0].update(operator="oreste.bruni"),
        "may not see it",
    ),
    "a notice to who did it": (
        lambda f: [
            each.update(operator="anna.ferri")
            for each in f.notices
            if each["actor_identity"] == "anna.ferri"
        ],
        "of what he did himself",
    ),
    "a notice missing": (
        lambda f: without(f.notices, lambda n: n["why"] == "responsible"),
        "(responsible) is not told",
    ),
    "a notice not to the queue": (
        lambda f: without(f.notices, lambda n: n["why"] == "queue"),
        "(worker) is not told",
    ),
    "a notice not shown": (lambda f: f.shown_notices.pop(f.notices[0]["id"]), "is not shown"),
    "a notice shown otherwise": (
        lambda f: f.shown_notices[f.notices[0]["id"]].update(kind="spoilt"),
        "is shown otherwise",
    ),
    "a notice shown to nobody": (
        lambda f: f.shown_notices.update(double=first(f.shown_notices)),
        "shown and not there",
    ),
    "a notice without its mail": (
        lambda f: f.deliveries.remove(delivery(f, "notice")),
        "is not in the ledger",
    ),
    "a notice that was not mailed": (
        lambda f: delivery(f, "notice").update(state="failed", reason="spoilt"),
        "is failed: spoilt",
    ),
    "an event left in an outbox": (
        lambda f: f.outboxes.update(tickets=1),
        "1 events in the outbox",
    ),
    "a dead letter": (
        lambda f: f.failed["notify"].append({"type": "x", "state": "dead", "error": "Invalid"}),
        "a kept message x is dead: Invalid",
    ),
}


def test_each_planted_fault_is_found(told: Told) -> None:
    facts, promised, mails = told
    assert list(find_complaints(facts, promised, mails)) == []

    found: dict[str, list[str]] = {}
    for name, (spoil, _) in FAULTS.items():
        spoilt = copy.deepcopy(replace(facts))
        spoil(spoilt)
        found[name] = list(find_complaints(spoilt, promised, mails))

    missed = {
        name: found[name][:5]
        for name, (_, sentence) in FAULTS.items()
        if not any(sentence in one for one in found[name])
    }
    assert missed == {}


def test_a_mail_withheld_of_a_ticket_that_was_lost_is_found(told: Told) -> None:
    facts, promised, mails = told
    spoilt: Any = copy.deepcopy(replace(facts))
    withheld = delivery(spoilt, "notice")
    withheld.update(state="failed", reason=WITHHELD)
    spoilt.tickets.pop(
        next(row for row in spoilt.notices if row["delivery_id"] == withheld["id"])["ticket_id"]
    )

    complaints = list(find_complaints(spoilt, promised, mails))

    assert any(
        one.startswith(f"delivery {withheld['id']} ") and one.endswith(f"is failed: {WITHHELD}")
        for one in complaints
    )


def test_broken_promises_and_mails_that_come_twice_are_found(told: Told) -> None:
    facts, promised, mails = told
    receipt = delivery(facts, "receipt")

    lost = list(
        find_complaints(
            facts, Promised(requests=["0" * 32], notes={"mai scritta": "2026092810000016"}), mails
        )
    )
    twice = list(find_complaints(facts, promised, [*mails, mails[0]]))
    refused = list(find_complaints(facts, promised, mails, refused=[receipt["recipient"]]))

    assert f"request {'0' * 32} was answered 202 and is not stored" in lost
    assert "note 'mai scritta' was acknowledged and is 0 times in ticket 2026092810000016" in lost
    assert len(twice) == 1
    assert twice[0].endswith("arrived 2 times and nobody was uncertain")
    assert f"delivery {receipt['id']} (receipt) is sent: None" in refused


def test_callers_who_were_told_something_else_than_was_done_are_found(told: Told) -> None:
    facts, promised, mails = told
    assert promised.calls is not None
    taken, *others = promised.calls

    def complaints(*instead: Call) -> list[str]:
        return list(find_complaints(facts, replace(promised, calls=[*instead, *others]), mails))

    denied = complaints(replace(taken, status=409, number=None, version=None))
    misread = complaints(replace(taken, version=99))
    unknown = complaints(taken, replace(taken, command="0" * 32))
    repeated = complaints(taken, taken)
    nameless = complaints()

    assert denied == [f"take {taken.about} by anna.ferri was answered 409, tickets had said done"]
    assert misread == [
        (
            f"take {taken.about} by anna.ferri was answered with {taken.about} v99, not "
            f"v{taken.version}"
        )
    ]
    assert unknown == [
        f"take {taken.about} by anna.ferri was answered 200 and tickets knows nothing of it"
    ]
    assert repeated == ["1 commands were given twice"]
    assert nameless == [
        f"tickets answered {taken.command}, which nobody gave",
        (
            f"ticket {taken.about} v{taken.version}: tickets.ticket.taken.v1 by anna.ferri was "
            f"asked "
            f"for by nobody"
        ),
    ]
