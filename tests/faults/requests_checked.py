"""The checker's part about what was sent: each request is one ticket with a sound number, each
acknowledged note is there once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

from tests.faults.facts import Facts
from tests.installation.databases import Row


def each_request_is_one_ticket(facts: Facts, promised: Collection[str]) -> Iterator[str]:
    """Nothing accepted is lost and nothing is there twice.

    What came of no request is a child, or goes on with a closed ticket.
    """
    stored = facts.submissions
    for request_id in promised:
        if request_id.replace("-", "") not in stored:
            yield f"request {request_id} was answered 202 and is not stored"
    of_request: dict[str, list[Row]] = defaultdict(list)
    for ticket in facts.tickets.values():
        if ticket["request_id"] is not None:
            of_request[ticket["request_id"]].append(ticket)
        elif ticket["parent_id"] is None and not ticket["links"]:
            yield f"ticket {ticket['number']} came of nothing"
    for request_id, submission in stored.items():
        numbers = [ticket["number"] for ticket in of_request.get(request_id, [])]
        if len(numbers) != 1:
            yield f"request {request_id} became {len(numbers)} tickets"
        elif submission["ticket_number"] != numbers[0]:
            yield (
                f"intake says that request {request_id} is ticket "
                f"{submission['ticket_number']}, which is {numbers[0]}"
            )
        else:
            yield from _is_of_whom_it_was_filed_for(facts, submission, of_request[request_id][0])
    for request_id in of_request.keys() - stored.keys():
        yield f"a ticket tells of request {request_id}, which nobody sent"


def _is_of_whom_it_was_filed_for(facts: Facts, submission: Row, ticket: Row) -> Iterator[str]:
    if ticket["requester"]["email"] != submission["requester"]["email"]:
        yield f"ticket {ticket['number']} is not of whom its request was filed for"
    begun = facts.history.get(ticket["id"], [])
    sender = (submission["filed_by"] or submission["requester"])["identity"]
    if begun and begun[0]["actor"]["identity"] != sender:
        yield (
            f"ticket {ticket['number']} was begun by {begun[0]['actor']['identity']}, its "
            f"request was sent by {sender}"
        )


def each_number_is_sound(facts: Facts) -> Iterator[str]:
    """`yyyymmdd`, system id, counter of at least five digits, check digit (DOMAIN section 3)."""
    for number, count in Counter(ticket["number"] for ticket in facts.tickets.values()).items():
        if count > 1:
            yield f"{count} tickets have the number {number}"
        if not re.fullmatch(r"\d{8}10\d{5,}\d", number) or int(number[-1]) != check_digit(
            number[:-1]
        ):
            yield f"{number} is no ticket number"


def check_digit(digits: str) -> int:
    """Weights 1, 2, 1, 2 ... from the left, whole products added, ten minus the last digit of the
    sum; 10 becomes 1.
    """
    rest = 10 - sum(int(digit) * (1 + position % 2) for position, digit in enumerate(digits)) % 10
    return 1 if rest == 10 else rest


def each_note_is_there_once(facts: Facts, promised: Mapping[str, str]) -> Iterator[str]:
    numbers = {ticket_id: ticket["number"] for ticket_id, ticket in facts.tickets.items()}
    found = Counter(
        (row["body"], numbers.get(row["ticket_id"]))
        for row in facts.articles
        if row["kind"] == "note"
    )
    for (body, number), count in found.items():
        if count > 1:
            yield f"note {body!r} is {count} times in ticket {number}"
    for body, number in promised.items():
        if found[body, number] != 1:
            yield (
                f"note {body!r} was acknowledged and is {found[body, number]} times in ticket "
                f"{number}"
            )
