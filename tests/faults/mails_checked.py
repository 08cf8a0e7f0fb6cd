"""The checker's part about mails: what notify's ledger, the portal and the mail server say about each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from email.message import EmailMessage
from typing import TYPE_CHECKING

from tests.installation.databases import Row

if TYPE_CHECKING:
    from tests.faults.checker import Facts

LEFT = frozenset({"sent", "resent"})
FIRST_TAKING = frozenset({"tickets.ticket.taken.v1", "tickets.ticket.assigned.v1"})


def each_due_mail_is_there_once(facts: Facts, refused: Collection[str]) -> Iterator[str]:
    """A receipt for each ticket, a notice of taking charge for each that was taken, and each question and answer: one delivery each."""
    due: Counter[tuple[str, str]] = Counter()
    for ticket_id in facts.tickets:
        due[ticket_id, "receipt"] = 1
        if any(entry["event"] in FIRST_TAKING for entry in facts.history.get(ticket_id, [])):
            due[ticket_id, "taking_charge"] = 1
    for article in facts.articles:
        if article["kind"] in ("question", "answer"):
            due[article["ticket_id"], "words"] += 1
    there = Counter((row["ticket_id"], _kind(row)) for row in facts.deliveries)
    for one in due.keys() | there.keys():
        if due[one] != there[one]:
            yield f"{due[one]} mails {one[1]} of ticket {one[0]} are due, the ledger has {there[one]}"
    articles = {row["id"]: row for row in facts.articles}
    shown = {row["id"]: row for row in facts.shown_deliveries}
    for row in facts.deliveries:
        wanted = ("failed",) if row["recipient"] in refused else LEFT
        if row["state"] not in wanted:
            yield f"delivery {row['id']} ({row['kind']}) is {row['state']}: {row['reason']}"
        elif shown.get(row["id"], {}).get("state") != row["state"]:
            yield f"delivery {row['id']} is {row['state']}, the portal shows {shown.get(row['id'], {}).get('state')}"
        if row["article_id"] not in articles:
            yield f"delivery {row['id']} ({row['kind']}) is no article"
    for row in articles.values():
        if row["kind"] == "notice" and row["id"] not in {delivery["article_id"] for delivery in facts.deliveries}:
            yield f"notice {row['id']} tells of no delivery"


def each_mail_left_once(facts: Facts, mails: Sequence[EmailMessage]) -> Iterator[str]:
    """What arrived is what the ledger calls sent. The one allowed double: the answer after the final dot may have been lost."""
    arrived: dict[str, list[EmailMessage]] = defaultdict(list)
    for mail in mails:
        arrived[str(mail["Message-ID"])].append(mail)
    ledger = {row["message_id"]: row for row in facts.deliveries}
    for message_id in arrived.keys() - ledger.keys():
        yield f"mail {message_id} arrived and is in no ledger"
    for message_id, row in ledger.items():
        count = len(arrived.get(message_id, []))
        if count == 0 and row["state"] in LEFT:
            yield f"mail {message_id} ({row['kind']}) is {row['state']} and never arrived"
        if count > 1 and not row["maybe_sent"]:
            yield f"mail {message_id} ({row['kind']}) arrived {count} times and nobody was uncertain"


def _kind(delivery: Row) -> str:
    kind: str = delivery["kind"]
    return kind if kind in ("receipt", "taking_charge") else "words"
