"""The checker's part about commands: each that was acknowledged has its effect exactly once, none
that was refused has any.

A history does not name the command that made it. But each command that tickets did is answered with
the ticket at the version that it made, and each change that a person made is claimed by exactly one
of them: a change too many is claimed by nobody, one too few is missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from uuid import NAMESPACE_URL, uuid5

from tests.faults.facts import Call, Facts, by_number
from tests.installation.databases import Row

CREATED, CHILD_OPENED, CHILD_REPORTED, ANSWERED, REPLIED, LINKED, UNLINKED = (
    f"tickets.ticket.{fact}.v1"
    for fact in (
        "created",
        "child-opened",
        "child-reported",
        "answered",
        "requester-replied",
        "linked",
        "unlinked",
    )
)
MERGED, ABSORBED, MERGE_UNDONE, WITHDRAWN = (
    f"tickets.ticket.{fact}.v1" for fact in ("merged", "absorbed", "merge-undone", "withdrawn")
)
MADE_BY: Mapping[str, Collection[str]] = {
    action: [f"tickets.ticket.{fact}.v1" for fact in facts.split()]
    for action, facts in {
        "take": "taken",
        "release": "released",
        "assign": "assigned",
        "responsible": "responsible-changed",
        "move": "moved",
        "escalate": "escalated",
        "postpone": "postponed",
        "resume": "resumed",
        "priority": "priority-changed",
        "reply": "answered requester-replied",
        "ask": "question-asked",
        "note": "noted",
        "forward": "forwarded",
        "close": "closed",
        "reopen": "reopened",
        "bounce": "bounced",
        "resend": "resent",
        "withdraw": "withdrawn",
        "decide": "run-decided",
        "merge": "merged",
        "links": "linked",
        "unlink": "unlinked",
        "watch": "watchers-changed",
        "unwatch": "watchers-changed",
        "share": "shared",
        "unshare": "unshared",
        "undo": "move-undone merge-undone",
        "my reply": "requester-replied",
        "my withdraw": "withdrawn",
        "my share": "shared",
        "my unshare": "unshared",
    }.items()
}
"""What each command does to the ticket that it is about; `children` does nothing to it but through
its child.
"""
MAY_CHANGE_NOTHING = frozenset(
    {
        "take",
        "assign",
        "responsible",
        "postpone",
        "priority",
        "links",
        "unlink",
        "watch",
        "unwatch",
        "share",
        "unshare",
        "my share",
        "my unshare",
    }
)
"""Commands that find done what they ask for: they succeed and change nothing."""
ALSO: Mapping[str, Collection[str]] = {
    MERGED: {ABSORBED, LINKED},
    MERGE_UNDONE: {MERGE_UNDONE, LINKED},
    WITHDRAWN: {WITHDRAWN, MERGE_UNDONE, LINKED},
    REPLIED: {REPLIED},
    LINKED: {LINKED},
    UNLINKED: {UNLINKED},
}
"""What the same command does besides, mostly to other tickets: a link moves with a merge, children
end with their parent.
"""

Version = tuple[str, int]
"""A ticket's id and a version of it."""


def command_id(caller: str, key: str) -> str:
    """Return the id under which tickets answers what `caller` asks with the Idempotency-Key
    `key`.
    """
    return uuid5(uuid5(NAMESPACE_URL, "urn:sportello"), "\x1f".join(("command", caller, key))).hex


def each_answer_is_the_one_given(facts: Facts, calls: Collection[Call]) -> Iterator[str]:
    """What callers were answered is what tickets says it answered."""
    given = {call.command: call for call in calls}
    if len(given) != len(calls):
        yield f"{len(calls) - len(given)} commands were given twice"
    for command in facts.answers.keys() - given.keys():
        yield f"tickets answered {command}, which nobody gave"
    for command, call in given.items():
        answer = facts.answers.get(command, {}).get("answer")
        if answer is None:
            if call.is_done:
                yield (
                    f"{call.action} {call.about} by {call.caller} was answered {call.status} "
                    f"and tickets knows nothing of it"
                )
            continue
        ticket = answer["ticket"]
        if (ticket is not None) != call.is_done:
            yield (
                f"{call.action} {call.about} by {call.caller} was answered {call.status}, "
                f"tickets had said {answer['refusal'] or 'done'}"
            )
        elif ticket is not None and (
            call.number != ticket["number"] or call.version not in (None, ticket["version"])
        ):
            yield (
                f"{call.action} {call.about} by {call.caller} was answered with {call.number} "
                f"v{call.version}, not v{ticket['version']}"
            )


def each_done_command_has_one_effect(facts: Facts, calls: Collection[Call]) -> Iterator[str]:
    """Each claims one change, and no two claim the same; what succeeded without changing anything
    may find the change of another.
    """
    claims: dict[Version, list[Call]] = defaultdict(list)
    for call in calls:
        answered = facts.answers.get(call.command)
        ticket = answered["answer"]["ticket"] if answered else None
        if ticket is None:
            continue
        claimed = list(_claimed(facts, call, ticket))
        if not claimed and call.action not in MAY_CHANGE_NOTHING:
            yield (
                f"{call.action} {call.about} by {call.caller} was done and is nowhere in the "
                f"history"
            )
        for each in claimed:
            claims[each].append(call)
    for (ticket_id, made), claimers in claims.items():
        if (
            ticket_id in facts.tickets
            and len(claimers) > 1
            and any(call.action not in MAY_CHANGE_NOTHING for call in claimers)
        ):
            which = ", ".join(f"{call.action} by {call.caller}" for call in claimers)
            yield f"ticket {facts.tickets[ticket_id]['number']} v{made} is claimed by {which}"
    for ticket_id, entry in _made_by_persons(facts):
        version: int = entry["version"]
        if (ticket_id, version) not in claims:
            what = f"{entry['event']} by {entry['actor']['identity']}"
            yield (
                f"ticket {facts.tickets[ticket_id]['number']} v{version}: {what} was asked for "
                f"by nobody"
            )


def _claimed(facts: Facts, call: Call, ticket: Row) -> Iterator[Version]:
    """Return the changes that a command made which was answered with `ticket`: one, or one on each
    of two tickets.
    """
    ticket_id, version = ticket["id"].replace("-", ""), ticket["version"]
    if call.action == "children":
        yield ticket_id, 1
        parent_id = ticket["parent_id"].replace("-", "")
        yield from (
            (parent_id, entry["version"])
            for entry in facts.history.get(parent_id, [])
            if entry["event"] == CHILD_OPENED and ticket["number"] in _added(entry, "children")
        )
        return
    if call.action == "my reply":
        # The words say where; of a merged ticket the one that goes on with it changes as well.
        for row in facts.articles:
            if row["kind"] == "reply" and row["body"] == call.words:
                yield row["ticket_id"], row["version"]
                yield from _also(
                    facts, row["ticket_id"], facts.history[row["ticket_id"]][row["version"] - 1]
                )
        return
    events = MADE_BY[call.action]
    entries = facts.history.get(ticket_id, [])[:version]
    if call.action == "decide":
        # The steps that come next are opened in the same moment.
        made = [
            entry
            for entry in entries
            if entry["event"] in events and entry["actor"]["identity"] == call.caller
        ][-1:]
    else:
        made = [
            entry
            for entry in entries[-1:]
            if entry["event"] in events and entry["actor"]["identity"] == call.caller
        ]
    for entry in made:
        yield ticket_id, entry["version"]
        yield from _also(facts, ticket_id, entry)


def _also(facts: Facts, ticket_id: str, entry: Row) -> Iterator[Version]:
    """Return what the same command did besides, at the same moment."""
    for other_id, other in facts.by_moment.get((str(entry["at"]), entry["actor"]["identity"]), []):
        if (other_id, other["version"]) != (ticket_id, entry["version"]) and other[
            "event"
        ] in ALSO.get(entry["event"], ()):
            yield other_id, other["version"]


def _made_by_persons(facts: Facts) -> Iterator[tuple[str, Row]]:
    """Return the changes that must have been asked for: not those that follow from others, which
    are also in a person's name.
    """
    steps = {
        step["child"]
        for ticket in facts.tickets.values()
        for step in (ticket["run"] or {"steps": []})["steps"]
    }
    passed_on = {
        (row["ticket_id"], row["version"])
        for row in facts.articles
        if row["kind"] == "answer" and row["child"] is not None
    }
    for ticket_id, ticket in facts.tickets.items():
        for entry in facts.history.get(ticket_id, []):
            follows = (
                entry["actor"]["identity"] is None
                or entry["event"] == CHILD_REPORTED
                or (ticket_id, entry["version"]) in passed_on
                or (
                    entry["event"] == CREATED
                    and (ticket["request_id"] is not None or ticket["number"] in steps)
                )
                or (
                    entry["event"] == CHILD_OPENED
                    and not steps.isdisjoint(_added(entry, "children"))
                )
            )
            if not follows:
                yield ticket_id, entry


def _added(entry: Row, name: str) -> list[str]:
    before, after = entry["changes"].get(name, ([], []))
    return [each for each in after if each not in before]


def no_refused_command_has_an_effect(facts: Facts, calls: Collection[Call]) -> Iterator[str]:
    """Nothing that a refused caller wrote is anywhere."""
    reasons = Counter(entry["reason"] for entries in facts.history.values() for entry in entries)
    bodies = Counter(row["body"] for row in facts.articles)
    for call in calls:
        if (
            not call.is_done
            and call.words is not None
            and (bodies[call.words] or reasons[call.words])
        ):
            yield (
                f"{call.action} {call.about} by {call.caller} was answered {call.status}, its "
                f"words are there"
            )


def each_word_is_there_once(facts: Facts, calls: Collection[Call]) -> Iterator[str]:
    """What an acknowledged caller wrote is in one ticket; a parent may quote its child, and a child
    its parent.
    """
    written = Counter(row["body"] for row in facts.articles if row["child"] is None)
    quoted = Counter(row["body"] for row in facts.articles if row["child"] is not None)
    reasons = Counter(entry["reason"] for entries in facts.history.values() for entry in entries)
    numbers = by_number(facts)
    for call in calls:
        if not call.is_done or call.words is None:
            continue
        there = (
            written[call.words] + reasons[call.words]
            if call.action != "bounce"
            else min(quoted[call.words], 2) - 1
        )
        if there != 1:
            yield (
                f"{call.action} {call.about} by {call.caller} was acknowledged, its words are "
                f"there {there} times"
            )
        if call.number is not None and call.number not in numbers:
            yield (
                f"{call.action} {call.about} by {call.caller} was answered with {call.number}, "
                f"which is no ticket"
            )
