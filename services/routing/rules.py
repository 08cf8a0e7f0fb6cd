"""The decision which queue a ticket gets: pure, from the desk and what the ticket says."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.desk import Desk, Rule
from shared.policy.rules import RoutingRequest, fitting_rule, missing_answers


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a ticket goes.

    `rule` is None where the default queue takes it; `missing` names what `queue` needs and a child
    lacks.
    """

    queue: str
    rule: str | None
    reason: str
    missing: tuple[str, ...] = ()


def decide(desk: Desk, request: RoutingRequest, now: datetime) -> Decision:
    """Return the queue that the first matching rule of `desk` gives, else its default queue, and
    what was seen.

    `desk` has been checked (every queue it names exists, the default queue is open); `now` is
    aware.
    """
    fit = fitting_rule(desk, request, now)
    if fit is None:
        return _by_default(desk, request, f"no rule matches ({_summary(request)})")
    reason = f'rule {fit.place} "{fit.rule.name}": {", ".join(fit.seen) or "no conditions"}'
    if desk.queues[fit.rule.queue].closed:
        return _by_default(desk, request, f"{reason}; queue {fit.rule.queue} is closed")
    return _decision(desk, request, fit.rule.queue, fit.rule.name, reason)


def always_before(first: Rule, second: Rule) -> bool:
    """Return whether `first`, which comes earlier, surely takes every ticket that `second`
    would.
    """
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


def _by_default(desk: Desk, request: RoutingRequest, why: str) -> Decision:
    return _decision(
        desk, request, desk.default_queue, None, f"{why}: default queue {desk.default_queue}"
    )


def _decision(
    desk: Desk, request: RoutingRequest, queue: str, rule: str | None, reason: str
) -> Decision:
    missing = missing_answers(desk, queue, request.fields) if request.is_child else ()
    return Decision(queue=queue, rule=rule, reason=_printable(reason), missing=missing)


_JOINERS = "\u200c\u200d"


def _printable(text: str) -> str:
    """Return `text` fit to be stored and shown: answers may hold anything, and some scripts and
    emoji need joiners.
    """
    return (
        text
        if text.isprintable()
        else "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)
    )


def _summary(request: RoutingRequest) -> str:
    facts = [f"request_type = {request.request_type}"] if request.request_type else []
    facts += [f"origin = {request.origin}", f"affiliation = {request.affiliation}"]
    if request.is_child:
        facts.append("a child")
    if request.escalated_from:
        facts.append(f"escalated from {request.escalated_from}")
    return ", ".join(facts)
