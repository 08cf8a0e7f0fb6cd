"""The checker's part about mails: what notify's ledger, the portal and the mail server say about
each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from email.message import EmailMessage

from tests.faults.facts import Facts
from tests.installation.databases import Row

LEFT = frozenset({"sent", "resent"})
TO_OPERATORS = frozenset({"notice", "digest"})
FIRST_TAKING = frozenset({"tickets.ticket.taken.v1", "tickets.ticket.assigned.v1"})
BY_CLOCK = {"tickets.ticket.reminded.v1": "reminder", "tickets.ticket.expired.v1": "expired"}


def each_due_mail_is_there_once(facts: Facts, refused: Collection[str]) -> Iterator[str]:
    """One delivery each: a receipt for each ticket, a notice of taking charge for each that was
    taken, each question and answer, each reminder and expiry; children write to nobody.

    And whatever an operator sent to an outside address.
    """
    due = _due(facts)
    deliveries = [row for row in facts.deliveries if row["kind"] not in TO_OPERATORS]
    there = Counter((row["ticket_id"], _kind(row)) for row in deliveries)
    for one in due.keys() | there.keys():
        if due[one] != there[one]:
            yield (
                f"{due[one]} mails {one[1]} of ticket {one[0]} are due, the ledger has {there[one]}"
            )
    articles = {row["id"]: row for row in facts.articles}
    shown = {row["id"]: row for row in facts.shown_deliveries}
    for row in deliveries:
        wanted = ("failed",) if row["recipient"] in refused else LEFT
        if row["state"] not in wanted:
            yield f"delivery {row['id']} ({row['kind']}) is {row['state']}: {row['reason']}"
        elif shown.get(row["id"], {}).get("state") != row["state"]:
            yield (
                f"delivery {row['id']} is {row['state']}, the portal shows "
                f"{shown.get(row['id'], {}).get('state')}"
            )
        if row["article_id"] not in articles:
            yield f"delivery {row['id']} ({row['kind']}) is no article"
    carried = Counter(row["article_id"] for row in deliveries)
    for article_id, count in carried.items():
        if count > 1:
            yield f"article {article_id} is {count} mails"
    for row in articles.values():
        if row["kind"] == "notice" and not carried[row["id"]]:
            yield f"notice {row['id']} tells of no delivery"


def _due(facts: Facts) -> Counter[tuple[str, str]]:
    due: Counter[tuple[str, str]] = Counter()
    for ticket_id, ticket in facts.tickets.items():
        if ticket["parent_id"] is not None:
            continue
        due[ticket_id, "receipt"] = 1
        events = [entry["event"] for entry in facts.history.get(ticket_id, [])]
        if not FIRST_TAKING.isdisjoint(events):
            due[ticket_id, "taking_charge"] = 1
        for event in events:
            if event in BY_CLOCK:
                due[ticket_id, BY_CLOCK[event]] += 1
    for article in facts.articles:
        is_to_requester = facts.tickets.get(article["ticket_id"], {}).get("parent_id") is None
        if article["kind"] == "forward" or (
            article["kind"] in ("question", "answer") and is_to_requester
        ):
            due[article["ticket_id"], "words"] += 1
    return due


def each_mail_left_once(facts: Facts, mails: Sequence[EmailMessage]) -> Iterator[str]:
    """What arrived is what the ledger calls sent.

    The one allowed double: the answer after the final dot may have been lost.
    """
    arrived: dict[str, list[EmailMessage]] = defaultdict(list)
    for mail in mails:
        arrived[str(mail["Message-ID"])].append(mail)
    ledger = {row["message_id"]: row for row in facts.deliveries}
    for message_id in arrived.keys() - ledger.keys():
        yield f"mail {message_id} arrived and is in no ledger"
    for message_id, row in ledger.items():
        came = arrived.get(message_id, [])
        if not came and row["state"] in LEFT:
            yield f"mail {message_id} ({row['kind']}) is {row['state']} and never arrived"
        if len(came) > 1 and not row["maybe_sent"]:
            yield (
                f"mail {message_id} ({row['kind']}) arrived {len(came)} times and nobody was "
                f"uncertain"
            )
        for mail in came:
            if row["recipient"] not in str(mail["To"]):
                yield f"mail {message_id} ({row['kind']}) went to somebody else"


def _kind(delivery: Row) -> str:
    kind: str = delivery["kind"]
    return kind if kind in ("receipt", "taking_charge", "reminder", "expired") else "words"
