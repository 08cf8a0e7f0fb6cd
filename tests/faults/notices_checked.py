"""The checker's part about what operators are told: once for each person and change, only who may
see it, and nobody left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.faults.facts import Facts
from tests.faults.history_checked import QUEUED, Moment, moments_of
from tests.faults.mails_checked import LEFT
from tests.installation.databases import Row

UNTOLD = frozenset(
    f"tickets.ticket.{fact}.v1"
    for fact in (
        "routing-requested",
        "notified",
        "reminded",
        "watchers-changed",
        "escalated",
        "created",
    )
)
"""Changes that nobody is told of, or only when what they begin is decided."""
TO_THE_OWNER = frozenset(
    f"tickets.ticket.{fact}.v1" for fact in ("requester-replied", "noted", "child-reported", "due")
)
REPLIED = "tickets.ticket.requester-replied.v1"
ASKS_FOR_QUEUE = frozenset(
    f"tickets.ticket.{fact}.v1" for fact in ("created", "escalated", "resent", "reopened")
) | {REPLIED}
"""Changes after which a ticket may wait for routing."""
WITHHELD = "its operator may no longer see the ticket"


def nobody_is_told_twice(facts: Facts) -> Iterator[str]:
    """One person gets at most one notice of one change."""
    told = Counter((row["operator"], row["number"], row["ticket_version"]) for row in facts.notices)
    for (operator, number, version), count in told.items():
        if count > 1:
            yield f"{operator} is told {count} times of ticket {number} v{version}"


def only_who_may_know_is_told(facts: Facts) -> Iterator[str]:
    """A notice tells of a change that happened, where somebody may see it who did not make it
    himself.
    """
    moments = _moments(facts)
    for row in facts.notices:
        what = f"ticket {row['number']} v{row['ticket_version']}"
        moment = moments.get((row["ticket_id"], row["ticket_version"]))
        if moment is None:
            yield f"{row['operator']} is told of {what}, which never was"
        elif "ro" not in facts.rights.of(row["operator"], moment.state["queue"]):
            yield (
                f"{row['operator']} is told of {what} in {moment.state['queue']} and may not see it"
            )
        elif moment.entry["actor"]["identity"] == row["operator"]:
            yield f"{row['operator']} is told of what he did himself: {what}"


def nobody_is_left_out(facts: Facts) -> Iterator[str]:
    """The responsible is told of everything, the owner of what is said to him, who works a queue of
    what comes there unless muted.
    """
    told = {(row["operator"], row["ticket_id"], row["ticket_version"]) for row in facts.notices}
    for ticket_id, version, operator, why in _due(facts):
        if (operator, ticket_id, version) not in told:
            yield (
                f"{operator} ({why}) is not told of ticket {facts.tickets[ticket_id]['number']} "
                f"v{version}"
            )


def _due(facts: Facts) -> Iterator[tuple[str, int, str, str]]:
    wanting = {
        queue: [
            one
            for one in facts.rights.workers(queue)
            if "created" not in facts.preferences.get(one, {}).get("muted", [])
        ]
        for queue in facts.rights.groups
    }
    for (ticket_id, version), moment in _moments(facts).items():
        state, event = moment.state, moment.entry["event"]
        if event in UNTOLD or (event == REPLIED and state["state"] == "merged"):
            # What is written to a merged ticket is told at the one that goes on with it.
            continue
        doers = {moment.entry["actor"]["identity"], *_causes(facts, ticket_id, moment.entry)}
        people = [(state["responsible"], "responsible")]
        if (
            event in TO_THE_OWNER
            and state["owner"]
            and "rw" in facts.rights.of(state["owner"], state["queue"])
        ):
            people.append((state["owner"], "owner"))
        if event == QUEUED and version == 2:
            people += [(operator, "worker") for operator in wanting[state["queue"]]]
        for operator, why in people:
            if (
                operator is not None
                and operator not in doers
                and "ro" in facts.rights.of(operator, state["queue"])
            ):
                yield ticket_id, version, operator, why


def _causes(facts: Facts, ticket_id: str, entry: Row) -> list[str | None]:
    """Return whose acts may have made the ticket wait for the queue that it reached."""
    if entry["event"] != QUEUED:
        return []
    return [
        each["actor"]["identity"]
        for each in facts.history[ticket_id][: entry["version"]]
        if each["event"] in ASKS_FOR_QUEUE
    ]


def the_bell_rings_as_told(facts: Facts) -> Iterator[str]:
    """The portal has the same notices, each in the state of its mail."""
    deliveries = {row["id"]: row for row in facts.deliveries}
    for row in facts.notices:
        shown = facts.shown_notices.get(row["id"])
        wanted = {"none": "told", "digest": "digest"}.get(row["rhythm"])
        if row["delivery_id"] is not None:
            wanted = deliveries.get(row["delivery_id"], {}).get("state")
        elif (
            row["rhythm"] == "none"
            and shown is not None
            and shown["state"] == "failed"
            and _went_out_of_sight(facts, row)
        ):
            # It waited for company in one mail, and its ticket was out of sight by then.
            wanted = "failed"
        if shown is None:
            yield f"notice {row['id']} to {row['operator']} is not shown"
        elif [
            shown[name]
            for name in ("operator", "ticket_id", "ticket_version", "number", "kind", "state")
        ] != [
            *(row[name] for name in ("operator", "ticket_id", "ticket_version", "number", "kind")),
            wanted,
        ]:
            yield (
                f"notice {row['id']} to {row['operator']} ({row['kind']}, {wanted}) is shown "
                f"otherwise: {shown['kind']}, {shown['state']}"
            )
    for notice_id in facts.shown_notices.keys() - {row["id"] for row in facts.notices}:
        yield f"notice {notice_id} is shown and not there"


def each_notice_by_mail_left(facts: Facts) -> Iterator[str]:
    """Who wants a mail for each notice got it, unless the ticket had gone out of his sight by
    then.
    """
    notices = {row["delivery_id"]: row for row in facts.notices if row["delivery_id"] is not None}
    deliveries = {row["id"]: row for row in facts.deliveries if row["kind"] in ("notice", "digest")}
    for row in facts.notices:
        if (row["rhythm"] == "each" and row["delivery_id"] is None) or (
            row["rhythm"] == "none" and row["delivery_id"] is not None
        ):
            yield (
                f"notice {row['id']} to {row['operator']} wants {row['rhythm']}: its mail is "
                f"{row['delivery_id']}"
            )
    for delivery_id in notices.keys() ^ deliveries.keys():
        yield (
            f"mail {delivery_id} to an operator is "
            f"{'no notice' if delivery_id in deliveries else 'not in the ledger'}"
        )
    for delivery_id in notices.keys() & deliveries.keys():
        delivery, notice = deliveries[delivery_id], notices[delivery_id]
        is_withheld = (
            delivery["state"] == "failed"
            and delivery["reason"] == WITHHELD
            and _went_out_of_sight(facts, notice)
        )
        if delivery["state"] not in LEFT and not is_withheld:
            yield (
                f"delivery {delivery_id} (to {notice['operator']}) is {delivery['state']}: "
                f"{delivery['reason']}"
            )


def _went_out_of_sight(facts: Facts, notice: Row) -> bool:
    ticket = facts.tickets.get(notice["ticket_id"])
    if ticket is None:
        return False
    later = [
        moment
        for moment in moments_of(facts, ticket)
        if moment.entry["version"] > notice["ticket_version"]
    ]
    return any(
        "ro" not in facts.rights.of(notice["operator"], moment.state["queue"]) for moment in later
    )


def _moments(facts: Facts) -> dict[tuple[str, int], Moment]:
    return {
        (ticket_id, m.entry["version"]): m
        for ticket_id, ticket in facts.tickets.items()
        for m in moments_of(facts, ticket)
    }
