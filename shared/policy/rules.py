"""Which rule of the desk fits a ticket: pure, from the desk and what the ticket says.

Routing decides queues by it; tickets and the portal ask it whether there is a next level to
escalate to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.contracts.desk import Desk, FieldCondition, Rule, RuleConditions
from shared.contracts.events.intake import Answer
from shared.contracts.people import Context, Requester
from shared.policy.conditions import holds, is_answered

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_SHOWN = 40
"""So many characters of an answer are shown in a reason."""


@dataclass(frozen=True, slots=True)
class RoutingRequest:
    """What a ticket without a queue says about itself.

    `escalated_from` is the queue it is escalated from.
    """

    request_type: str | None
    origin: str
    affiliation: str
    language: str
    fields: Mapping[str, Answer] = field(default_factory=dict)
    is_child: bool = False
    escalated_from: str | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day, `end` excluded; it crosses midnight where `end` is earlier than
    `start`.
    """

    start: time
    end: time

    def __contains__(self, moment: time) -> bool:
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Fit:
    """A rule that fits, its place among the desk's rules (from 1), and what makes its conditions
    hold, in words.
    """

    place: int
    rule: Rule
    seen: tuple[str, ...]


def fitting_rule(desk: Desk, request: RoutingRequest, now: datetime) -> Fit | None:
    """Return the first rule of `desk` whose conditions all hold for `request` at `now` (aware),
    None where there is none.
    """
    for place, rule in enumerate(desk.rules, start=1):
        seen = _seen(desk, rule.when, request, now)
        if seen is not None:
            return Fit(place, rule, tuple(seen))
    return None


class Escalatable(Protocol):
    """What rules may ask about a ticket; `TicketState` has it, and so has the aggregate in
    tickets.
    """

    @property
    def queue(self) -> str | None: ...
    @property
    def request_type(self) -> str | None: ...
    @property
    def context(self) -> Context: ...
    @property
    def requester(self) -> Requester: ...
    @property
    def language(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Answer]: ...
    @property
    def parent_id(self) -> UUID | None: ...


def next_level(desk: Desk, ticket: Escalatable, now: datetime) -> str | None:
    """Return the queue to which the rules escalate the ticket from its own, None where no rule
    leads to an open one.
    """
    if ticket.queue is None:
        return None
    request = RoutingRequest(
        request_type=ticket.request_type,
        origin=ticket.context.origin,
        affiliation=ticket.requester.affiliation,
        language=ticket.language,
        fields=ticket.fields,
        is_child=ticket.parent_id is not None,
        escalated_from=ticket.queue,
    )
    fit = fitting_rule(desk, request, now)
    goal = desk.queues.get(fit.rule.queue) if fit is not None else None
    if fit is None or goal is None or goal.closed or fit.rule.queue == ticket.queue:
        return None
    return fit.rule.queue


def missing_answers(desk: Desk, queue: str, fields: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the names of the answers that `queue` needs and that `fields` lacks."""
    return tuple(name for name in desk.queues[queue].needs if not is_answered(fields.get(name)))


def read_hours(text: str) -> Hours | None:
    """Return the hours that `text` (`HH:MM-HH:MM`) means, None where it is not well formed or
    empty.
    """
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    hours = Hours(time(from_hour, from_minute), time(to_hour, to_minute))
    return hours if hours.start != hours.end else None


def _seen(
    desk: Desk, when: RuleConditions, request: RoutingRequest, now: datetime
) -> list[str] | None:
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
    wanted = (
        f"({', '.join(map(shown_answer, condition.value))})"
        if isinstance(condition.value, tuple)
        else shown_answer(condition.value)
    )
    return f"{condition.field} {shown_answer(answer)} {condition.operator} {wanted}"


def shown_answer(value: Answer | None) -> str:
    """Return an answer as reasons show it: shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
