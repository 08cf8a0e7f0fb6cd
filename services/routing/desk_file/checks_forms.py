"""Cross checks of the forms: each question can be asked, answered and checked."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, one_of, shown
from services.routing.desk_file.patterns import pattern_problem
from services.routing.desk_file.shape import DeskInFile
from shared.contracts.desk import Form, FormField, Text

RESERVED_SLUGS = frozenset({"docs", "openapi-json"})
"""Words that the addresses of the forms API use for something else (`openapi.json` is no slug in
the first place).
"""

_MOMENT = re.compile(
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_TEXTS = frozenset({"text", "textarea", "email"})
_EVERY_FORM = {"subject": frozenset({"text"}), "description": frozenset({"text", "textarea"})}
NO_ANSWERS = frozenset(_EVERY_FORM)
"""The fields that become a ticket's subject and text: on the ticket they are no answers, so no
condition can look at them.
"""


def check_privacy_url(url: Text | None, loc: Loc, findings: Findings) -> None:
    """Check that the privacy notice can be read at its address, by a connection that nobody else
    reads.
    """
    for language, address in url.model_dump().items() if url is not None else ():
        try:
            parts = urlsplit(address)
            is_page = (
                parts.scheme == "https"
                and bool(parts.hostname)
                and address.isprintable()
                and " " not in address
            )
        except ValueError:
            is_page = False
        if not is_page:
            findings.mistake(
                (*loc, language),
                found=shown(address),
                expected="an address such as https://www.example.edu/privacy",
            )


def check_forms(desk: DeskInFile, findings: Findings) -> None:
    """Check every form, its fields and its priority rules."""
    for slug, form in desk.forms.items():
        loc: Loc = ("forms", slug)
        if slug in RESERVED_SLUGS:
            findings.mistake(
                loc,
                found=f'form "{slug}"',
                expected="another name; this one is an address of the forms API",
                at_key=True,
            )
        _check_opening(form, loc, findings)
        check_privacy_url(form.privacy_url, (*loc, "privacy_url"), findings)
        _check_fields(form.fields, loc, findings)
        _check_priority_rules(form, loc, findings)


def _check_opening(form: Form, loc: Loc, findings: Findings) -> None:
    moments: dict[str, datetime] = {}
    for key, text in (("opens_at", form.opens_at), ("closes_at", form.closes_at)):
        if text is None:
            continue
        try:
            moments[key] = _moment(text, is_end=key == "closes_at")
        except ValueError:
            findings.mistake(
                (*loc, key),
                found=shown(text),
                expected="a date or moment such as 2026-09-01 or 2026-09-01T08:00",
            )
    if len(moments) == 2 and moments["opens_at"] >= moments["closes_at"]:
        found = f'"{form.closes_at}", which is not after opens_at "{form.opens_at}"'
        findings.mistake((*loc, "closes_at"), found=found, expected="a later moment")


def _moment(text: str, *, is_end: bool) -> datetime:
    """Return the local moment that `text` names; a form that closes on a day is open through it.

    Raises ValueError for no moment.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text).replace(tzinfo=None)
    return moment + timedelta(days=1) if is_end and len(text) == len("2026-09-01") else moment


def _check_fields(fields: Sequence[FormField], form_loc: Loc, findings: Findings) -> None:
    loc = (*form_loc, "fields")
    first: dict[str, int] = {}
    for index, field in enumerate(fields):
        at = (*loc, index)
        if field.name == "consent":
            expected = (
                "another name; every form asks for consent by itself, with the text under `consent`"
            )
            findings.mistake((*at, "name"), found='field "consent"', expected=expected)
        if first.setdefault(field.name, index) != index:
            found = (
                f'field "{field.name}" again (first at '
                f"{findings.place_of((*loc, first[field.name]))})"
            )
            findings.mistake((*at, "name"), found=found, expected="each field once in a form")
        allowed = _EVERY_FORM.get(field.name)
        if allowed is not None and (field.type not in allowed or not field.required):
            found = (
                f'field "{field.name}" of type '
                f"{field.type}{'' if field.required else ', not required'}"
            )
            findings.mistake(
                at, found=found, expected=f"a required field of type {' or '.join(sorted(allowed))}"
            )
        _check_field(field, at, findings)
    for name in _EVERY_FORM:
        if name not in first:
            findings.mistake(
                loc,
                found=f'no field "{name}"',
                expected=f'a field "{name}", as in every form',
                at_key=True,
            )


def _check_field(field: FormField, loc: Loc, findings: Findings) -> None:
    for given, key, kinds in (
        (field.pattern, "pattern", _TEXTS),
        (field.pattern_hint, "pattern_hint", _TEXTS),
        (field.max_length, "max_length", _TEXTS),
        (field.minimum, "minimum", frozenset({"number"})),
        (field.maximum, "maximum", frozenset({"number"})),
        (field.choices or None, "choices", frozenset({"choice"})),
    ):
        if given is not None and field.type not in kinds:
            found = f'"{key}" in a field of type {field.type}'
            findings.mistake(
                (*loc, key),
                found=found,
                expected=f"it only in fields of type {', '.join(sorted(kinds))}",
                at_key=True,
            )
    if field.pattern is not None:
        problem = pattern_problem(field.pattern)
        if problem is not None:
            findings.mistake(
                (*loc, "pattern"),
                found=f"{shown(field.pattern)}, {problem.found}",
                expected=problem.expected,
            )
    elif field.pattern_hint is not None:
        findings.mistake(
            (*loc, "pattern_hint"),
            found="a hint without a pattern",
            expected='a "pattern" beside it',
            at_key=True,
        )
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        found = f"{field.maximum:g}, below the minimum {field.minimum:g}"
        findings.mistake(
            (*loc, "maximum"), found=found, expected="a maximum of at least the minimum"
        )
    if field.type == "choice":
        _check_choices(field, loc, findings)


def _check_choices(field: FormField, loc: Loc, findings: Findings) -> None:
    if not field.choices:
        expected = "at least one choice with value and label"
        findings.mistake(
            (*loc, "choices"),
            found=f'no choices in field "{field.name}" of type choice',
            expected=expected,
            at_key=True,
        )
    first: dict[str, int] = {}
    for index, choice in enumerate(field.choices):
        if first.setdefault(choice.value, index) != index:
            findings.mistake(
                (*loc, "choices", index, "value"),
                found=f'choice "{choice.value}" again',
                expected="each choice once",
            )


def _check_priority_rules(form: Form, form_loc: Loc, findings: Findings) -> None:
    fields = {field.name: field for field in form.fields}
    for index, rule in enumerate(form.priority_rules):
        loc = (*form_loc, "priority_rules", index)
        field = fields.get(rule.field)
        if field is None:
            findings.unknown((*loc, "field"), "field", rule.field, fields, section="forms")
            continue
        expected = expected_value(field, rule.equals)
        if expected is not None:
            findings.mistake((*loc, "equals"), found=shown(rule.equals), expected=expected)


def expected_value(field: FormField, value: str | int | float | bool) -> str | None:
    """Return what an answer to `field` can be if `value` is none; None if it is one."""
    match field.type:
        case "boolean":
            return (
                None
                if isinstance(value, bool)
                else f'true or false, for field "{field.name}" is a boolean'
            )
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return None if is_number else f'a number, for field "{field.name}" is one'
        case "choice":
            values = [choice.value for choice in field.choices]
            return None if not values or value in values else one_of(values, near=str(value))
    return None if isinstance(value, str) else f'text in quotes, for field "{field.name}" is a text'
