"""The decision which queue a ticket gets: pure, from the desk and what the ticket says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from shared.conditions import holds, is_answered
from shared.desk import Desk, FieldCondition, Rule, RuleConditions
from shared.events.intake import Answer

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_SHOWN = 40
"""So many characters of an answer are shown in a reason."""


@dataclass(frozen=True, slots=True)
class RoutingRequest:
    """What a ticket without a queue says about itself. `escalated_from` is the queue it is escalated from."""

    request_type: str | None
    origin: str
    affiliation: str
    language: str
    fields: Mapping[str, Answer] = field(default_factory=dict)
    is_child: bool = False
    escalated_from: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a ticket goes. `rule` is None where the default queue takes it; `missing` names what `queue` needs and a child lacks."""

    queue: str
    rule: str | None
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day, `end` excluded; it crosses midnight where `end` is earlier than `start`."""

    start: time
    end: time

    def __contains__(self, moment: time) -> bool:
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


def decide(desk: Desk, request: RoutingRequest, now: datetime) -> Decision:
    """Return the queue that the first matching rule of `desk` gives, else its default queue, and what was seen.

    `desk` has been checked (every queue it names exists, the default queue is open); `now` is aware.
    """
    for number, rule in enumerate(desk.rules, start=1):
        seen = _seen(desk, rule.when, request, now)
        if seen is None:
            continue
        reason = f'rule {number} "{rule.name}": {", ".join(seen) or "no conditions"}'
        if desk.queues[rule.queue].closed:
            return _by_default(desk, request, f"{reason}; queue {rule.queue} is closed")
        return _decision(desk, request, rule.queue, rule.name, reason)
    return _by_default(desk, request, f"no rule matches ({_summary(request)})")


def always_before(first: Rule, second: Rule) -> bool:
    """Return whether `first`, which comes earlier, surely takes every ticket that `second` would."""
    a, b = first.when, second.when
    return (
        all(
            not mine or (bool(theirs) and set(theirs) <= set(mine))
            for mine, theirs in (
                (a.request_type, b.request_type),
                (a.origin, b.origin),
                (a.affiliation, b.affiliation),
                (a.language, b.language),
            )
        )
        and all(condition in b.fields for condition in a.fields)
        and a.hours in (None, b.hours)
        and a.child in (None, b.child)
        and a.escalated_from == b.escalated_from
    )


def read_hours(text: str) -> Hours | None:
    """Return the hours that `text` (`HH:MM-HH:MM`) means, None where it is not well formed or empty."""
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    hours = Hours(time(from_hour, from_minute), time(to_hour, to_minute))
    return hours if hours.start != hours.end else None


def _by_default(desk: Desk, request: RoutingRequest, why: str) -> Decision:
    return _decision(desk, request, desk.default_queue, None, f"{why}: default queue {desk.default_queue}")


def _decision(desk: Desk, request: RoutingRequest, queue: str, rule: str | None, reason: str) -> Decision:
    missing = tuple(name for name in desk.queues[queue].needs if not is_answered(request.fields.get(name))) if request.is_child else ()
    return Decision(queue=queue, rule=rule, reason=_printable(reason), missing=missing)


def _seen(desk: Desk, when: RuleConditions, request: RoutingRequest, now: datetime) -> list[str] | None:
    """Return what makes all conditions hold, in words; None where one does not."""
    if when.escalated_from != request.escalated_from:
        return None
    if when.child is not None and when.child != request.is_child:
        return None
    seen = [f"escalated from {when.escalated_from}"] if when.escalated_from else []
    if when.child is not None:
        seen.append("a child" if request.is_child else "not a child")
    for name, wanted, actual in (
        ("request_type", when.request_type, request.request_type),
        ("origin", when.origin, request.origin),
        ("affiliation", when.affiliation, request.affiliation),
        ("language", when.language, request.language),
    ):
        if wanted and actual not in wanted:
            return None
        if wanted:
            seen.append(f"{name} = {actual}")
    for condition in when.fields:
        answer = request.fields.get(condition.field)
        if not holds(condition, answer):
            return None
        seen.append(_condition_seen(condition, answer))
    if when.hours is not None:
        local = now.astimezone(ZoneInfo(desk.timezone)).time()
        hours = read_hours(when.hours)
        if hours is None or local not in hours:
            return None
        seen.append(f"{local:%H:%M} within {when.hours}")
    return seen


def _condition_seen(condition: FieldCondition, answer: Answer | None) -> str:
    if condition.operator == "present":
        return f"{condition.field} is {'' if is_answered(answer) else 'not '}present"
    wanted = f"({', '.join(map(shown_answer, condition.value))})" if isinstance(condition.value, tuple) else shown_answer(condition.value)
    return f"{condition.field} {shown_answer(answer)} {condition.operator} {wanted}"


def shown_answer(value: Answer | None) -> str:
    """Return an answer as reasons show it: shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _printable(text: str) -> str:
    """Return `text` fit to be stored and shown: answers may hold anything."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _summary(request: RoutingRequest) -> str:
    facts = [f"request_type = {request.request_type}"] if request.request_type else []
    facts += [f"origin = {request.origin}", f"affiliation = {request.affiliation}"]
    if request.is_child:
        facts.append("a child")
    if request.escalated_from:
        facts.append(f"escalated from {request.escalated_from}")
    return ", ".join(facts)
