"""The checker's part about what tickets keep of their past: history, and the stays in queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.faults.facts import ENDED, Facts, by_ticket
from tests.installation.databases import Row

TOLD = (
    "state", "queue", "priority", "owner", "responsible", "last_owner", "closed_by",
    "postponed_until", "parent", "children", "links",
    "watchers", "shared_with", "merged_into", "fields", "run",
)  # fmt: skip
"""The facts of a ticket whose changes its history tells."""
NO_FACTS = frozenset({"absorbed", "to", "delivery"})
"""Keys of the history that are not facts of the ticket: the merged ticket and the mail of an
entry.
"""
QUEUED = "tickets.ticket.queued.v1"
BOUNCED = "tickets.ticket.bounced.v1"


@dataclass(frozen=True)
class Moment:
    """A ticket after one of its changes."""

    entry: Row
    state: dict[str, Any]


def each_history_replays(facts: Facts) -> Iterator[str]:
    """From the first version to the last: no gap, each change begins where the one before it ended,
    and the last one is the ticket.
    """
    for ticket_id, ticket in facts.tickets.items():
        entries = facts.history.get(ticket_id, [])
        if [entry["version"] for entry in entries] != list(range(1, ticket["version"] + 1)):
            yield (
                f"ticket {ticket['number']} is at version {ticket['version']}, its history has "
                f"{[e['version'] for e in entries]}"
            )
        state = beginning(facts, ticket)
        for entry in entries:
            for name, (before, after) in entry["changes"].items():
                if name in NO_FACTS:
                    continue
                if state[name] != before:
                    yield (
                        f"ticket {ticket['number']} v{entry['version']}: {name} was "
                        f"{state[name]!r}, its history says {before!r}"
                    )
                state[name] = after
        for name, value in state.items():
            if as_told(name, ticket[name]) != as_told(name, value):
                yield (
                    f"ticket {ticket['number']}: {name} is {ticket[name]!r}, its history ends "
                    f"with {value!r}"
                )
    for ticket_id in facts.history.keys() - facts.tickets.keys():
        yield f"there is a history of {ticket_id} and no ticket"


def moments_of(facts: Facts, ticket: Row) -> list[Moment]:
    """Return the ticket after each change, oldest first."""
    found, state = [], beginning(facts, ticket)
    for entry in facts.history.get(ticket["id"], []):
        state = state | {name: after for name, (_, after) in entry["changes"].items()}
        found.append(Moment(entry, state))
    return found


def beginning(facts: Facts, ticket: Row) -> dict[str, Any]:
    """Return a ticket before its first version: nothing but the usual priority, and the answers
    that it was given.

    These are what its history first says, or what it still has.
    """
    entries = facts.history.get(ticket["id"], [])
    state: dict[str, Any] = dict.fromkeys(TOLD) | {
        "children": [],
        "watchers": [],
        "shared_with": [],
    }
    state["fields"] = next(
        (entry["changes"]["fields"][0] for entry in entries if "fields" in entry["changes"]),
        ticket["fields"],
    )
    # What a ticket begins with is told against nothing, what it gets later against none.
    begun = entries[0]["changes"] if entries else {}
    state["links"] = None if "links" in begun else []
    state["priority"] = None if "priority" in begun else 3
    return state


def as_told(name: str, value: Any) -> Any:
    """Return a fact of a ticket as its history would show it."""
    if name == "run" and isinstance(value, dict) and "steps" in value:
        return {"state": value["state"]} | {step["name"]: step["state"] for step in value["steps"]}
    if name == "postponed_until" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def each_stay_is_sound(facts: Facts) -> Iterator[str]:
    """A ticket is in one queue at a time: the stays follow each other, and the last one lasts as
    long as the ticket is somewhere.
    """
    stays = by_ticket(facts.hops)
    for ticket_id, ticket in facts.tickets.items():
        told = sorted(
            stays.get(ticket_id, []),
            key=lambda stay: (stay["started"], stay["ended"] is None, stay["ended"]),
        )
        lasting = [stay["id"] for stay in told if stay["ended"] is None]
        is_nowhere = ticket["state"] in ENDED or ticket["state"] == "returned"
        if lasting != ([] if is_nowhere else [ticket["hop_id"]]):
            yield f"ticket {ticket['number']} ({ticket['state']}) stays in {len(lasting)} queues"
        if not is_nowhere and ticket["queue"] is None:
            yield f"ticket {ticket['number']} has no queue"
        elif not is_nowhere and told and told[-1]["queue"] != ticket["queue"]:
            yield (
                f"ticket {ticket['number']} is in {ticket['queue']}, its last stay is in "
                f"{told[-1]['queue']}"
            )
        for earlier, later in pairwise(told):
            if earlier["ended"] is None or earlier["ended"] > later["started"]:
                yield (
                    f"ticket {ticket['number']} is in {earlier['queue']} and {later['queue']} "
                    f"at once"
                )


def each_routed_stay_was_decided_once(facts: Facts) -> Iterator[str]:
    """Where routing was asked, its answer is where the ticket went, and its history says so
    once.
    """
    decided = {row["hop_id"]: row for row in facts.decisions}
    stays = by_ticket(facts.hops)
    for ticket_id, ticket in facts.tickets.items():
        routed = [stay for stay in stays.get(ticket_id, []) if stay["id"] in decided]
        if [stay["queue"] for stay in routed] != [decided[stay["id"]]["queue"] for stay in routed]:
            yield f"ticket {ticket['number']} is not where routing sent it"
        came = Counter(_landed(entry) for entry in facts.history.get(ticket_id, []))
        del came[None]
        if came != Counter(stay["queue"] for stay in routed):
            yield (
                f"ticket {ticket['number']} was routed {len(routed)} times, its history says "
                f"{came.total()}"
            )


def _landed(entry: Row) -> str | None:
    """Return the queue in which a ticket arrived by decision of routing: to stay there, or to be
    sent back at once.
    """
    before, after = entry["changes"].get("queue", (None, None))
    lands = entry["event"] == QUEUED or (entry["event"] == BOUNCED and before is None)
    return after if lands and isinstance(after, str) else None
