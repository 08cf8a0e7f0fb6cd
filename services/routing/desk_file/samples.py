"""Sample requests, on which a desk is tried: a YAML or JSON file that is a list of them, checked
like a desk description.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.routing.desk_file.checks_forms import expected_value
from services.routing.desk_file.document import Document, read_list
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import (
    DeskMistakes,
    Loc,
    Place,
    in_reading_order,
    one_of,
    shown,
)
from services.routing.desk_file.shape import explain, find_shape_errors
from services.routing.desk_file.sources import read_sources
from shared.contracts.desk import Desk, FieldName, Language, QueuePath, Slug
from shared.contracts.events.intake import Answer
from shared.contracts.people import Affiliation
from shared.policy.rules import shown_answer

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MOMENT = re.compile(
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class SampleRequest(BaseModel):
    """What a person sends; or (`child`) an operator opens; or (`escalated_from`) an operator gives
    to the next level from that queue.

    `request_type` and `form` are two words for the slug of the form. `at` is `HH:MM` (today) or a
    moment as `2026-09-01T08:00`, in the desk's time zone where it names no other; without it the
    request comes now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_type: Slug | None = None
    form: Slug | None = None
    fields: dict[FieldName, Answer] = {}
    origin: Literal["online-services", "service", "website", "faq"] = "website"
    affiliation: Affiliation = "guest"
    language: Language = "it"
    at: str | None = None
    child: bool = False
    escalated_from: QueuePath | None = None

    @property
    def type_key(self) -> Literal["request_type", "form"]:
        """The word that the file uses for the form."""
        return "request_type" if self.form is None else "form"

    @property
    def type(self) -> str | None:
        """The slug of the form."""
        return self.request_type or self.form

    def __str__(self) -> str:
        facts = [self.type or "no form", self.origin, self.affiliation, self.language]
        facts += [f"at {self.at}"] if self.at else []
        facts += ["a child"] if self.child else []
        facts += [f"escalated from {self.escalated_from}"] if self.escalated_from else []
        return ", ".join(
            [*facts, *(f"{name} {shown_answer(answer)}" for name, answer in self.fields.items())]
        )

    def moment(self, zone: ZoneInfo, now: datetime) -> datetime:
        """Return when it comes, to a desk in `zone`; `now` is aware.

        Raises ValueError where `at` is no time.
        """
        if self.at is None:
            return now
        if _TIME.fullmatch(self.at):
            return datetime.combine(now.astimezone(zone).date(), time.fromisoformat(self.at), zone)
        if not _MOMENT.fullmatch(self.at):
            raise ValueError(self.at)
        moment = datetime.fromisoformat(self.at)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample request and where it stands in its file."""

    place: Place
    request: SampleRequest


class _Samples(BaseModel):
    requests: tuple[SampleRequest, ...]


def load_samples(path: Path, desks: Sequence[Desk], *, now: datetime) -> list[Sample]:
    """Return the requests in the file `path` (a folder: in all its YAML files).

    Each must be one that could be made under some of `desks`. Raises DeskMistakes with everything
    that is wrong.
    """
    sources, unread = read_sources(path)
    if not sources:
        raise DeskMistakes(unread)
    document = read_list(sources, Place(str(path)), name="requests")
    samples, errors = find_shape_errors(
        _Samples, document.data if document.data else {"requests": []}
    )
    mistakes = [*unread, *document.mistakes, *explain(_Samples, errors, document)]
    findings = Findings(document, frozenset(document.unusable))
    if samples is not None and not document.broken_syntax:
        if not samples.requests:
            findings.mistake(("requests",), found="an empty list", expected="at least one request")
        for index, request in enumerate(samples.requests):
            _check_request(request, ("requests", index), desks, now, findings)
    mistakes += findings.mistakes
    if samples is None or mistakes:
        raise DeskMistakes(in_reading_order(mistakes))
    return [
        Sample(_line_of(document, index), request) for index, request in enumerate(samples.requests)
    ]


def _line_of(document: Document, index: int) -> Place:
    place = document.place(("requests", index))
    return Place(place.file, place.line, place.column)


def _check_request(
    request: SampleRequest, loc: Loc, desks: Sequence[Desk], now: datetime, findings: Findings
) -> None:
    if request.request_type is not None and request.form is not None:
        findings.mistake(
            (*loc, "form"),
            found='"form" beside "request_type"',
            expected="one of the two, for they mean the same",
            at_key=True,
        )
    if request.type is None and request.escalated_from is None:
        expected = f'"request_type": {one_of(slug for desk in desks for slug in desk.forms)}'
        findings.mistake(loc, found='no "request_type"', expected=expected)
    queues = {queue for desk in desks for queue in desk.queues}
    if request.escalated_from is not None and request.escalated_from not in queues:
        findings.unknown(
            (*loc, "escalated_from"), "queue", request.escalated_from, queues, section="queues"
        )
    try:
        request.moment(ZoneInfo(desks[0].timezone), now)
    except ValueError:
        expected = 'a time such as "09:30", or a moment such as 2026-09-01T09:30'
        findings.mistake((*loc, "at"), found=shown(request.at), expected=expected)
    _check_answers(request, loc, desks, findings)


def _check_answers(
    request: SampleRequest, loc: Loc, desks: Sequence[Desk], findings: Findings
) -> None:
    known_forms = {slug for desk in desks for slug in desk.forms}
    if request.type is not None and request.type not in known_forms:
        findings.unknown(
            (*loc, request.type_key), "form", request.type, known_forms, section="forms"
        )
        return
    # A child carries what its operator gives it, whichever form asks for that.
    is_free = request.child or request.type is None
    forms = [
        form
        for desk in desks
        for slug, form in desk.forms.items()
        if is_free or slug == request.type
    ]
    for name, answer in request.fields.items():
        if name == "consent":
            continue  # every form asks for it
        at = (*loc, "fields", name)
        meant = [field for form in forms for field in form.fields if field.name == name]
        expectations = [expected_value(field, answer) for field in meant]
        if not meant:
            known = {field.name for form in forms for field in form.fields}
            findings.mistake(
                at,
                found=(
                    f'field "{name}", which '
                    f"{'no form has' if is_free else 'the form does not have'}"
                ),
                expected=one_of(known, near=name),
                at_key=True,
            )
        elif None not in expectations:
            findings.mistake(
                at,
                found=shown(answer),
                expected=" or ".join(dict.fromkeys(e for e in expectations if e)),
            )
