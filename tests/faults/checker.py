"""Says what is wrong with an installation, from its databases alone: it shares no code with what it checks.

Every service tells its own truth; here they are laid beside each other. What is checked stands in DOMAIN's and ARCHITECTURE's words:
nothing accepted is lost and nothing happens twice, versions have no gaps, a ticket's history replays to its state, the portal equals
tickets row by row, and every mail that is due was sent once.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from tests.faults import mails_checked
from tests.fixtures.system import Town
from tests.installation.databases import Databases, Row
from tests.installation.installation import SERVICES

PATIENCE_SECONDS = 90.0
ENDED = frozenset({"closed_successful", "closed_unsuccessful", "withdrawn", "merged"})
SAME = (
    "number", "version", "state", "queue", "hop_id", "priority", "owner", "responsible", "last_owner", "closed_by", "request_type",
    "subject", "fields", "context", "language", "parent_id", "parent", "children", "links", "routing", "postponed_until", "created_at",
    "updated_at", "closed_at",
)  # fmt: skip
"""Columns of a ticket that tickets and portal both have."""
JSON = frozenset({"fields", "context", "children", "links", "routing", "requester", "author", "actor", "changes"})


@dataclass(frozen=True)
class Promised:
    """What callers were told: ids of requests answered 202, and of each acknowledged note its text and ticket number."""

    requests: Collection[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """All rows of all services."""

    submissions: Sequence[Row]
    tickets: Mapping[str, Row]
    articles: Sequence[Row]
    history: Mapping[str, list[Row]]
    hops: Sequence[Row]
    decisions: Sequence[Row]
    deliveries: Sequence[Row]
    shown_tickets: Mapping[str, Row]
    shown_articles: Sequence[Row]
    shown_history: Sequence[Row]
    shown_deliveries: Sequence[Row]
    outboxes: Mapping[str, int]
    failed: Mapping[str, list[Row]]


async def complaints_about(town: Town, promised: Promised, *, seconds: float = PATIENCE_SECONDS) -> list[str]:
    """Return what is wrong once all that is under way has arrived; empty when all is well within `seconds`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    refused = town.mail_server.refused if town.mail_server else ()
    while True:
        facts = await read_facts(town.installation.databases)
        found = list(find_complaints(facts, promised, town.installation.mails(), refused=refused))
        if not found or loop.time() > end:
            return found
        await asyncio.sleep(0.5)


async def read_facts(databases: Databases) -> Facts:
    """Read every table that tells of requests and tickets."""

    async def rows(service: str, table: str, order: str = "id") -> list[Row]:
        found = await databases.rows(service, f"select * from {table} order by {order}")
        return [{name: _value(name, value) for name, value in row.items()} for row in found]

    return Facts(
        submissions=await rows("intake", "submissions"),
        tickets={row["id"]: row for row in await rows("tickets", "tickets")},
        articles=await rows("tickets", "articles"),
        history=_by_ticket(await rows("tickets", "history", "ticket_id, version")),
        hops=await rows("tickets", "hops"),
        decisions=await rows("routing", "decisions", "hop_id"),
        deliveries=await rows("notify", "deliveries"),
        shown_tickets={row["id"]: row for row in await rows("portal", "tickets")},
        shown_articles=await rows("portal", "articles"),
        shown_history=await rows("portal", "history", "ticket_id, version"),
        shown_deliveries=await rows("portal", "deliveries"),
        outboxes={service: await databases.value(service, "select count(*) from outbox") for service in SERVICES},
        failed={service: await databases.rows(service, "select type, state, error from failed_messages") for service in SERVICES},
    )


def find_complaints(facts: Facts, promised: Promised, mails: Sequence[EmailMessage], *, refused: Collection[str] = ()) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong. `refused` are recipients to whom the mail server takes nothing, for good."""
    yield from nothing_is_left_over(facts)
    yield from each_request_is_one_ticket(facts, promised.requests)
    yield from each_number_is_sound(facts)
    yield from each_history_replays(facts)
    yield from each_ticket_was_routed_once(facts)
    yield from the_portal_equals_tickets(facts)
    yield from each_note_is_there_once(facts, promised.notes)
    yield from mails_checked.each_due_mail_is_there_once(facts, refused)
    yield from mails_checked.each_mail_left_once(facts, mails)


def nothing_is_left_over(facts: Facts) -> Iterator[str]:
    for service, count in facts.outboxes.items():
        if count:
            yield f"{service}: {count} events in the outbox"
    for service, kept in facts.failed.items():
        for row in kept:
            yield f"{service}: a kept message {row['type']} is {row['state']}: {row['error']}"


def each_request_is_one_ticket(facts: Facts, promised: Collection[str]) -> Iterator[str]:
    stored = {row["id"]: row for row in facts.submissions}
    for request_id in promised:
        if request_id.replace("-", "") not in stored:
            yield f"request {request_id} was answered 202 and is not stored"
    of_request: dict[str, list[Row]] = defaultdict(list)
    for ticket in facts.tickets.values():
        of_request[ticket["request_id"]].append(ticket)
    for request_id, submission in stored.items():
        numbers = [ticket["number"] for ticket in of_request.get(request_id, [])]
        if len(numbers) != 1:
            yield f"request {request_id} became {len(numbers)} tickets"
        elif submission["ticket_number"] != numbers[0]:
            yield f"intake says that request {request_id} is ticket {submission['ticket_number']}, which is {numbers[0]}"
    for request_id in of_request.keys() - stored.keys():
        yield f"a ticket tells of request {request_id}, which nobody sent"


def each_number_is_sound(facts: Facts) -> Iterator[str]:
    """`yyyymmdd`, system id, counter of at least five digits, check digit (DOMAIN section 3)."""
    for number, count in Counter(ticket["number"] for ticket in facts.tickets.values()).items():
        if count > 1:
            yield f"{count} tickets have the number {number}"
        if not re.fullmatch(r"\d{8}10\d{5,}\d", number) or int(number[-1]) != check_digit(number[:-1]):
            yield f"{number} is no ticket number"


def check_digit(digits: str) -> int:
    """Weights 1, 2, 1, 2 ... from the left, whole products added, ten minus the last digit of the sum; 10 becomes 1."""
    rest = 10 - sum(int(digit) * (1 + position % 2) for position, digit in enumerate(digits)) % 10
    return 1 if rest == 10 else rest


def each_history_replays(facts: Facts) -> Iterator[str]:
    for ticket_id, ticket in facts.tickets.items():
        entries = facts.history.get(ticket_id, [])
        if [entry["version"] for entry in entries] != list(range(1, ticket["version"] + 1)):
            yield f"ticket {ticket['number']} is at version {ticket['version']}, its history has {[e['version'] for e in entries]}"
        state: dict[str, Any] = {}
        for entry in entries:
            for name, (before, after) in entry["changes"].items():
                if state.get(name) != before:
                    yield f"ticket {ticket['number']} v{entry['version']}: {name} was {state.get(name)!r}, its history says {before!r}"
                state[name] = after
        for name, value in state.items():
            if ticket[name] != value:
                yield f"ticket {ticket['number']}: {name} is {ticket[name]!r}, its history ends with {value!r}"
    for ticket_id in facts.history.keys() - facts.tickets.keys():
        yield f"there is a history of {ticket_id} and no ticket"


def each_ticket_was_routed_once(facts: Facts) -> Iterator[str]:
    decided = {row["hop_id"]: row for row in facts.decisions}
    hops = _by_ticket(facts.hops)
    for ticket_id, ticket in facts.tickets.items():
        stays = hops.get(ticket_id, [])
        if ticket["queue"] is None and ticket["state"] not in ENDED:
            yield f"ticket {ticket['number']} has no queue"
        routed = [stay for stay in stays if stay["id"] in decided]
        if ticket["queue"] is not None and [stay["queue"] for stay in routed] != [decided[stay["id"]]["queue"] for stay in routed]:
            yield f"ticket {ticket['number']} is not where routing sent it"
        if ticket["queue"] is not None and len(routed) != 1:
            yield f"ticket {ticket['number']} was routed {len(routed)} times"
        lasting = [stay["id"] for stay in stays if stay["ended"] is None]
        if lasting != ([] if ticket["state"] in ENDED else [ticket["hop_id"]]):
            yield f"ticket {ticket['number']} ({ticket['state']}) stays in {len(lasting)} queues"


def the_portal_equals_tickets(facts: Facts) -> Iterator[str]:
    for ticket_id in facts.tickets.keys() ^ facts.shown_tickets.keys():
        yield f"ticket {ticket_id} is {'shown and not there' if ticket_id in facts.shown_tickets else 'there and not shown'}"
    for ticket_id in facts.tickets.keys() & facts.shown_tickets.keys():
        ticket, shown = facts.tickets[ticket_id], facts.shown_tickets[ticket_id]
        for name in SAME:
            if ticket[name] != shown[name]:
                yield f"ticket {ticket['number']}: {name} is {ticket[name]!r}, the portal shows {shown[name]!r}"
        for name, value in ticket["requester"].items():
            if shown[f"requester_{name}"] != value:
                yield f"ticket {ticket['number']}: the portal shows another requester"
    articles = [_flat(row, "author", drop=("version",)) for row in facts.articles]
    yield from _differences("article", articles, facts.shown_articles, key=lambda row: row["id"])
    history = [_flat(row, "actor") for rows in facts.history.values() for row in rows]
    yield from _differences("history", history, facts.shown_history, key=lambda row: (row["ticket_id"], row["version"]))


def each_note_is_there_once(facts: Facts, promised: Mapping[str, str]) -> Iterator[str]:
    numbers = {ticket_id: ticket["number"] for ticket_id, ticket in facts.tickets.items()}
    found = Counter((row["body"], numbers.get(row["ticket_id"])) for row in facts.articles if row["kind"] == "note")
    for (body, number), count in found.items():
        if count > 1:
            yield f"note {body!r} is {count} times in ticket {number}"
    for body, number in promised.items():
        if found[body, number] != 1:
            yield f"note {body!r} was acknowledged and is {found[body, number]} times in ticket {number}"


def _differences(what: str, there: Iterable[Row], shown: Iterable[Row], *, key: Any) -> Iterator[str]:
    theirs = {key(row): row for row in shown}
    ours = {key(row): row for row in there}
    for one in ours.keys() ^ theirs.keys():
        yield f"{what} {one} is {'shown and not there' if one in theirs else 'there and not shown'}"
    for one in ours.keys() & theirs.keys():
        if ours[one] != theirs[one]:
            yield f"{what} {one}: there {ours[one]!r}, shown {theirs[one]!r}"


def _flat(row: Row, person: str, *, drop: tuple[str, ...] = ()) -> Row:
    """The row as the portal keeps it: the person in columns."""
    rest = {name: value for name, value in row.items() if name != person and name not in drop}
    return rest | {f"{person}_{name}": value for name, value in row[person].items()}


def _by_ticket(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["ticket_id"]].append(row)
    return dict(found)


def _value(name: str, value: object) -> Any:
    return json.loads(value) if name in JSON and isinstance(value, str) else value
