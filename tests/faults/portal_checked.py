"""The checker's part about the read model: row by row what tickets has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from tests.faults.facts import Facts
from tests.installation.databases import Row

SAME = (
    "number", "version", "state", "queue", "hop_id", "priority", "owner", "responsible",
    "last_owner", "closed_by", "request_type",
    "subject", "fields", "context", "language", "parent_id", "parent", "children", "links",
    "routing", "watchers", "shared_with",
    "merged_into_id", "merged_into", "run", "postponed_until", "created_at", "updated_at",
    "closed_at",
)  # fmt: skip
"""Columns of a ticket that tickets and portal both have."""


def the_portal_equals_tickets(facts: Facts) -> Iterator[str]:
    """Tickets, articles and history."""
    for ticket_id in facts.tickets.keys() ^ facts.shown_tickets.keys():
        is_shown = ticket_id in facts.shown_tickets
        yield (
            f"ticket {ticket_id} is {'shown and not there' if is_shown else 'there and not shown'}"
        )
    for ticket_id in facts.tickets.keys() & facts.shown_tickets.keys():
        ticket, shown = facts.tickets[ticket_id], facts.shown_tickets[ticket_id]
        for name in SAME:
            if ticket[name] != shown[name]:
                yield (
                    f"ticket {ticket['number']}: {name} is {ticket[name]!r}, the portal shows "
                    f"{shown[name]!r}"
                )
        for name, value in ticket["requester"].items():
            if shown[f"requester_{name}"] != value:
                yield f"ticket {ticket['number']}: the portal shows another requester"
    articles = [_flat(row, "author", drop=("version",)) for row in facts.articles]
    yield from _differences("article", articles, facts.shown_articles, key=lambda row: row["id"])
    history = [_flat(row, "actor") for rows in facts.history.values() for row in rows]
    yield from _differences(
        "history", history, facts.shown_history, key=lambda row: (row["ticket_id"], row["version"])
    )


def what_is_shared_is_found(facts: Facts) -> Iterator[str]:
    """The portal finds a ticket by the addresses of those whom it is shared with, and by no
    others.
    """
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in facts.shown_shares:
        found[row["ticket_id"], row["version"]].add(row["email_key"])
    for ticket_id, ticket in facts.shown_tickets.items():
        addresses = {reader["email"].casefold() for reader in ticket["shared_with"]}
        if found[ticket_id, ticket["version"]] != addresses:
            yield (
                f"ticket {ticket['number']} is shared with {addresses}, the portal finds it by "
                f"{found[ticket_id, ticket['version']]}"
            )


def _differences(
    what: str, there: Iterable[Row], shown: Iterable[Row], *, key: Callable[[Row], object]
) -> Iterator[str]:
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
