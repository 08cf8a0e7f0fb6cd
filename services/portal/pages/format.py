"""Facts of tickets as people read them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from services.portal.domain.viewer import Viewer
from services.portal.pages.labels import (
    ASSURANCES,
    DONE,
    EVENTS,
    FIELDS,
    LINK_KINDS,
    NOTICE_STATES,
    PRIORITIES,
)
from shared.contracts.desk import Desk, FormField
from shared.contracts.events.intake import Answer
from shared.contracts.events.notify import NoticeState
from shared.text.numbers import shown_answer
from shared.text.sentences import N_
from shared.web.language import Translator
from shared.web.pages import zone_name
from shared.web.refusals import STATES

NOT_DATA = frozenset({"subject", "description", "consent"})
"""What a form asks that has become the subject, the text or the consent of a request."""


def done_sentence(done: str, translate: Translator) -> str:
    """Return what to say for `done` in a page's address (`take` or `take:<ticket number>`); "" for
    what is unknown.
    """
    action, _, number = done.partition(":")
    if action not in DONE:
        return ""
    sentence = translate(DONE[action])
    return f"{number} · {sentence}" if number.isdigit() and len(number) <= 24 else sentence


def event_name(name: str, translate: Translator) -> str:
    """Return what a change of a ticket is called."""
    return translate(EVENTS.get(name, name))


def shown_changes(
    changes: Mapping[str, Any], desk: Desk, translate: Translator
) -> list[tuple[str, str, str]]:
    """Return the changes of a history entry as (name, before, after) in words."""
    return [
        (
            translate(FIELDS[field]),
            _in_words(field, before, desk, translate),
            _in_words(field, after, desk, translate),
        )
        for field, (before, after) in changes.items()
        if field in FIELDS
    ]


def shown_answers(
    fields: Mapping[str, FormField], answers: Mapping[str, Answer], translate: Translator
) -> list[tuple[str, str]]:
    """Return answers as (label, words), in the order of `fields`; without those that the request
    itself shows.
    """
    order = [name for name in fields if name in answers] + [
        name for name in answers if name not in fields
    ]
    return [
        (
            label_of(fields.get(name), name, translate),
            answer_in_words(fields.get(name), answers[name], translate),
        )
        for name in order
        if name not in NOT_DATA
    ]


def typed_in_words(
    action: str, typed: Mapping[str, str], desk: Desk, translate: Translator
) -> list[tuple[str, str]]:
    """Return what was typed in the form of `action` as (label, words), for somebody who is asked
    whether they mean it.
    """
    outcomes = {
        "successful": N_("Successfully: the request is fulfilled"),
        "unsuccessful": N_("Unsuccessfully: it cannot be fulfilled"),
    }
    priorities = {str(priority): name for priority, name in PRIORITIES.items()}
    shown: dict[str, list[tuple[str, str, str]]] = {
        "assign": [
            ("operator", N_("Operator"), desk.person_name(typed.get("operator"))),
            ("reason", N_("Reason"), typed.get("reason", "")),
        ],
        "responsible": [
            ("responsible", N_("Operator"), desk.person_name(typed.get("responsible")))
        ],
        "move": [("queue", N_("Queue"), desk.queue_title(typed.get("queue"), translate.language))],
        "priority": [
            ("priority", N_("Priority"), translate(priorities.get(typed.get("priority", ""), "")))
        ],
        "postpone": [("until", N_("Until"), _local_time(typed.get("until", ""), translate))],
        "note": [("body", N_("Text of the note"), typed.get("body", ""))],
        "close": [
            (
                "outcome",
                N_("What is the outcome?"),
                translate(outcomes.get(typed.get("outcome", ""), "")),
            ),
            ("answer", N_("Final answer"), typed.get("answer", "")),
        ],
    }
    return [
        (translate(label), words) for name, label, words in shown.get(action, []) if typed.get(name)
    ]


def _local_time(typed: str, translate: Translator) -> str:
    """Return a time of the desk's zone as people read it."""
    return (
        format_datetime(datetime.fromisoformat(typed), "d MMM y, HH:mm", locale=translate.language)
        if typed
        else ""
    )


def label_of(field: FormField | None, name: str, translate: Translator) -> str:
    """Return what the field `name` is called: as its form calls it, where a form is known that has
    it.
    """
    return field.label.in_language(translate.language) if field else name


def answer_in_words(field: FormField | None, answer: Answer, translate: Translator) -> str:
    """Return an answer as people read it; `field` is the question it answers, None where it is not
    known.
    """
    if isinstance(answer, bool):
        return translate(N_("yes")) if answer else translate(N_("no"))
    if isinstance(answer, int | float):
        return shown_answer(answer, label_of(field, "", translate), translate.language)
    choices = (
        {choice.value: choice.label.in_language(translate.language) for choice in field.choices}
        if field
        else {}
    )
    return choices.get(answer, answer)


def _in_words(field: str, value: object, desk: Desk, translate: Translator) -> str:
    if value is None:
        return ""
    if field == "state":
        return translate(STATES.get(str(value), str(value)))
    if field == "queue":
        return desk.queue_title(str(value), translate.language)
    if field == "priority" and isinstance(value, int) and value in PRIORITIES:
        return translate(PRIORITIES[value])
    if field == "assurance":
        return translate(ASSURANCES.get(str(value), str(value)))
    if field in ("parent", "merged_into", "absorbed"):
        return str(value)
    if field == "postponed_until":
        moment = datetime.fromisoformat(str(value))
        zone = ZoneInfo(desk.timezone)
        shown = format_datetime(moment, "d MMM y, HH:mm", tzinfo=zone, locale=translate.language)
        return f"{shown} {zone_name(zone, translate)}"
    if isinstance(value, list | tuple):
        return ", ".join(_one_of_many(field, one, desk, translate) for one in value)
    return desk.person_name(str(value))


def _one_of_many(field: str, value: object, desk: Desk, translate: Translator) -> str:
    if field == "watchers":
        return desk.person_name(str(value))
    if field == "shared_with" and isinstance(value, dict):
        return f"{value.get('name', '')} ({value.get('email', '')})"
    if isinstance(value, dict):
        return (
            f"{value.get('to', '')} ({translate(LINK_KINDS.get(str(value.get('kind', '')), ''))})"
        )
    return str(value)


class Told(Protocol):
    """A notice of the change that made `ticket_version`, and how it came to `operator`."""

    @property
    def ticket_version(self) -> int: ...
    @property
    def operator(self) -> str: ...
    @property
    def state(self) -> NoticeState: ...


def told_by_version(
    notices: Iterable[Told], viewer: Viewer, translate: Translator
) -> dict[int, list[tuple[str, str]]]:
    """Return, by the version that a change made, who was told of it as (name, how)."""
    told: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for notice in notices:
        told[notice.ticket_version].append(
            (viewer.desk.person_name(notice.operator), translate(NOTICE_STATES[notice.state]))
        )
    return told
