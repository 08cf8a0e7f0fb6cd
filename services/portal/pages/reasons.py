"""Why the system did something to a ticket, in the reader's language.

Reasons travel and are kept as English sentences of a fixed form. Those of routing say which rule
fitted and what it saw, in the form of `services/routing/rules.py`. What is not of that form is
shown as it is.
"""

import re

from services.portal.pages.labels import AFFILIATIONS, ORIGINS, REASONS
from shared.contracts.desk import Desk
from shared.contracts.events.tickets import TicketQueued
from shared.text.sentences import N_
from shared.web.language import Translator

_DECISION = re.compile(
    r'(?:rule (?P<place>\d+) "(?P<name>[^"]*)": (?P<seen>.*?)|no rule matches \((?P<summary>.*)\))'
    r"(?:; queue (?P<closed>\S+) is closed)?(?:: default queue (?P<default>\S+))?"
)
_FACTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("no conditions"), N_("no conditions")),
    (re.compile("a child"), N_("a child ticket")),
    (re.compile("not a child"), N_("not a child ticket")),
    (re.compile(r"escalated from (?P<queue>\S+)"), N_("escalated from %(queue)s")),
    (re.compile(r"request_type = (?P<form>.+)"), N_("request type: %(form)s")),
    (re.compile(r"origin = (?P<origin>.+)"), N_("origin: %(origin)s")),
    (re.compile(r"affiliation = (?P<affiliation>.+)"), N_("requester: %(affiliation)s")),
    (re.compile(r"language = (?P<language>.+)"), N_("language: %(language)s")),
    (re.compile(r"(?P<field>\S+) is present"), N_("%(field)s is answered")),
    (re.compile(r"(?P<field>\S+) is not present"), N_("%(field)s is not answered")),
    (
        re.compile(r"(?P<time>\d\d:\d\d) within (?P<hours>[\d:-]+)"),
        N_("%(time)s is within %(hours)s"),
    ),
    (re.compile(r"opened in queue (?P<queue>\S+)"), N_("opened in the queue %(queue)s")),
    (re.compile(r"step (?P<step>\S+) of the recipe"), N_("step %(step)s of the workflow")),
)


def system_reason(event: str, reason: str, desk: Desk, translate: Translator) -> str | None:
    """Return the reason that the system gave for the change `event`, in words; None for what a
    person wrote.
    """
    if reason in REASONS:
        return translate(REASONS[reason])
    return routing_reason(reason, desk, translate) if event == TicketQueued.NAME else None


def routing_reason(
    reason: str, desk: Desk, translate: Translator, *, is_named: bool = False
) -> str:
    """Return in words why a ticket is in its queue; a reason of another form is returned as it is.

    `is_named`: the rule is named beside it.
    """
    decision = _DECISION.fullmatch(reason)
    if decision is None:
        return _fact(reason, desk, translate)
    seen = ", ".join(
        _fact(fact, desk, translate)
        for fact in (decision["seen"] or decision["summary"] or "").split(", ")
    )
    if decision["place"] and is_named:
        parts = [seen]
    elif decision["place"]:
        parts = [
            translate(
                N_("rule %(place)s “%(name)s”: %(seen)s"),
                place=decision["place"],
                name=decision["name"],
                seen=seen,
            )
        ]
    else:
        parts = [translate(N_("no rule fits (%(seen)s)"), seen=seen)]
    if decision["closed"]:
        parts.append(
            translate(
                N_("the queue %(queue)s is closed"),
                queue=_queue(decision["closed"], desk, translate),
            )
        )
    if decision["default"]:
        parts.append(
            translate(
                N_("default queue %(queue)s"), queue=_queue(decision["default"], desk, translate)
            )
        )
    return "; ".join(parts)


def _fact(text: str, desk: Desk, translate: Translator) -> str:
    for pattern, sentence in _FACTS:
        found = pattern.fullmatch(text)
        if found:
            named = {
                name: _value(name, value, desk, translate)
                for name, value in found.groupdict().items()
            }
            return translate(sentence, **named)
    return text


def _value(name: str, value: str, desk: Desk, translate: Translator) -> str:
    match name:
        case "queue":
            return _queue(value, desk, translate)
        case "form" if value in desk.forms:
            return desk.forms[value].title.in_language(translate.language)
        case "origin" if value in ORIGINS:
            return translate(ORIGINS[value])
        case "affiliation" if value in AFFILIATIONS:
            return translate(AFFILIATIONS[value])
        case "language" if value in _LANGUAGES:
            return translate(_LANGUAGES[value])
    return value


def _queue(slug: str, desk: Desk, translate: Translator) -> str:
    return f"{desk.queue_title(slug, translate.language)} ({slug})" if slug in desk.queues else slug


_LANGUAGES = {"it": N_("Italian"), "en": N_("English")}
