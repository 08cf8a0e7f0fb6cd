"""What all databases of an installation say, read at one time and past all of its code."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.installation.databases import Databases, Row
from tests.installation.installation import SERVICES

ENDED = frozenset({"closed_successful", "closed_unsuccessful", "withdrawn", "merged"})
CLOSED = frozenset({"closed_successful", "closed_unsuccessful"})
RIGHTS = frozenset({"ro", "note", "move_into", "create", "owner", "priority", "rw"})
SHOWS_NOTHING = frozenset({"move_into", "create"})
JSON = frozenset(
    {
        "fields", "context", "children", "links", "routing", "requester", "author", "actor",
        "changes", "watchers", "shared_with",
        "run", "child", "muted", "answer", "filed_by",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A command that somebody gave and what he was answered; one on many tickets is one call for
    each.

    `command` is the id under which tickets answered it, `words` what the caller wrote: nobody else
    ever writes the same. `number` and `version` are those of the answer, None where it named none.
    """

    command: str
    caller: str
    action: str
    about: str
    words: str | None
    status: int
    number: str | None = None
    version: int | None = None

    @property
    def is_done(self) -> bool:
        return self.status < 300


@dataclass(frozen=True)
class Promised:
    """What callers were told: ids of requests answered 202, of each acknowledged note its text and
    ticket number, and all commands.

    `calls` is None where not every command to this installation was written down.
    """

    requests: Collection[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    calls: Sequence[Call] | None = None


@dataclass(frozen=True)
class Rights:
    """Who may do what, as the desk in force says it: group of each queue, and rights of each
    operator by group.
    """

    groups: Mapping[str, str]
    operators: Mapping[str, Mapping[str, Sequence[str]]]

    def of(self, operator: str, queue: str | None) -> frozenset[str]:
        """Return the rights on a ticket in `queue`; in none it may land anywhere, and counts what
        holds everywhere.
        """
        given = self.operators.get(operator, {})
        if queue is None:
            return frozenset(RIGHTS).intersection(
                *(_whole(given.get(group, ())) for group in set(self.groups.values()))
            )
        return _whole(given.get(self.groups[queue], ()))

    def workers(self, queue: str) -> list[str]:
        return [operator for operator in self.operators if "rw" in self.of(operator, queue)]


def _whole(given: Sequence[str]) -> frozenset[str]:
    if "rw" in given:
        return RIGHTS
    return frozenset(given) | ({"ro"} if set(given) - SHOWS_NOTHING else frozenset())


@dataclass(frozen=True)
class Facts:
    """All rows of all services."""

    submissions: Mapping[str, Row]
    tickets: Mapping[str, Row]
    articles: Sequence[Row]
    history: Mapping[str, list[Row]]
    hops: Sequence[Row]
    answers: Mapping[str, Row]
    decisions: Sequence[Row]
    rights: Rights
    deliveries: Sequence[Row]
    notices: Sequence[Row]
    preferences: Mapping[str, Row]
    shown_tickets: Mapping[str, Row]
    shown_shares: Sequence[Row]
    shown_articles: Sequence[Row]
    shown_history: Sequence[Row]
    shown_deliveries: Sequence[Row]
    shown_notices: Mapping[str, Row]
    outboxes: Mapping[str, int]
    failed: Mapping[str, list[Row]]

    @cached_property
    def by_moment(self) -> Mapping[tuple[str, str], list[tuple[str, Row]]]:
        """The changes of tickets, with their ids, by their moment and who made them."""
        found: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
        for ticket_id, entries in self.history.items():
            for entry in entries:
                found[str(entry["at"]), entry["actor"]["identity"]].append((ticket_id, entry))
        return found


async def read_facts(databases: Databases) -> Facts:
    """Read every table that tells of requests, tickets, mails and notices."""

    async def rows(service: str, table: str, order: str = "id") -> list[Row]:
        found = await databases.rows(service, f"select * from {table} order by {order}")
        return [{name: _value(name, value) for name, value in row.items()} for row in found]

    desk = json.loads(
        await databases.value(
            "routing", "select body from desk_versions order by version desc limit 1"
        )
    )
    return Facts(
        submissions={row["id"]: row for row in await rows("intake", "submissions")},
        tickets={row["id"]: row for row in await rows("tickets", "tickets")},
        articles=await rows("tickets", "articles"),
        history=by_ticket(await rows("tickets", "history", "ticket_id, version")),
        hops=await rows("tickets", "hops"),
        answers={row["id"]: row for row in await rows("tickets", "command_answers")},
        decisions=await rows("routing", "decisions", "hop_id"),
        rights=Rights(
            {queue: described["group"] for queue, described in desk["queues"].items()},
            {identity: described["rights"] for identity, described in desk["operators"].items()},
        ),
        deliveries=await rows("notify", "deliveries"),
        notices=await rows("notify", "notices"),
        preferences={row["operator"]: row for row in await rows("notify", "preferences")},
        shown_tickets={row["id"]: row for row in await rows("portal", "tickets")},
        shown_shares=await rows("portal", "shares", "ticket_id, email_key"),
        shown_articles=await rows("portal", "articles"),
        shown_history=await rows("portal", "history", "ticket_id, version"),
        shown_deliveries=await rows("portal", "deliveries"),
        shown_notices={row["id"]: row for row in await rows("portal", "notices")},
        outboxes={
            service: await databases.value(service, "select count(*) from outbox")
            for service in SERVICES
        },
        failed={
            service: await databases.rows(service, "select type, state, error from failed_messages")
            for service in SERVICES
        },
    )


def by_ticket(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each ticket."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["ticket_id"]].append(row)
    return dict(found)


def by_number(facts: Facts) -> dict[str, Row]:
    """Return the tickets by their numbers."""
    return {ticket["number"]: ticket for ticket in facts.tickets.values()}


def _value(name: str, value: object) -> Any:
    return json.loads(value) if name in JSON and isinstance(value, str) else value
