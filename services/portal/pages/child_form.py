"""The answers that a child is given: which are asked for, which may be passed on, and what was
typed as answers again.

In a form an answer is typed in `answer-NAME`, `pass-NAME` is ticked for one that goes along as it
is, and `extra-name` with `extra-value` is one that neither offers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.portal.pages.format import NOT_DATA, answer_in_words, label_of
from services.portal.pages.submit import Typed
from shared.contracts.desk import Desk, FormField
from shared.contracts.events.intake import Answer
from shared.text.cleaning import clean_line, clean_text
from shared.text.numbers import read_number, typed_number
from shared.text.sentences import N_
from shared.web.errors import BadInput
from shared.web.language import Translator

TYPED, PASSED = "answer-", "pass-"
EXTRA_NAME, EXTRA_VALUE = "extra-name", "extra-value"

_NO_NUMBER = N_("This must be a number without thousands separators, such as 1250.50.")


@dataclass(frozen=True, slots=True)
class Question:
    """A piece of data to type; `value` is what stands there already, `choices` are (value, label),
    for `choice` and `boolean`.
    """

    name: str
    label: str
    kind: str
    value: str
    choices: Sequence[tuple[str, str]] = ()
    is_required: bool = False
    is_digits: bool = False


@dataclass(frozen=True, slots=True)
class PassedOn:
    """An answer that is already there and may go along; `value` in words."""

    name: str
    label: str
    value: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form of a child asks: questions, answers to pass on, and what else could be added as
    (name, label).
    """

    questions: Sequence[Question]
    passed: Sequence[PassedOn]
    others: Sequence[tuple[str, str]]


def asked_for(
    desk: Desk,
    *,
    wanted: Iterable[str],
    needed: Iterable[str],
    known: Mapping[str, Answer],
    request_type: str | None,
    typed: Typed,
    translate: Translator,
) -> Asked:
    """Return the form's part about data: `wanted` are typed (those `needed` must be), the rest of
    what is `known` may be passed on.

    `request_type` names the form whose fields come first; `typed` is what a refused form held ({}:
    nothing was sent yet).
    """
    must = set(needed)
    names = [name for name in dict.fromkeys([*needed, *wanted]) if name not in NOT_DATA]
    fields = fields_of(desk, request_type)
    passed = [
        PassedOn(
            name,
            label_of(fields.get(name), name, translate),
            answer_in_words(fields.get(name), answer, translate),
            f"{PASSED}{name}" in typed if typed else False,
        )
        for name, answer in known.items()
        if name not in names and name not in NOT_DATA
    ]
    shown = {*names, *(one.name for one in passed), *NOT_DATA}
    return Asked(
        questions=[
            _question(
                name, fields.get(name), known, typed, is_required=name in must, translate=translate
            )
            for name in names
        ],
        passed=passed,
        others=sorted(
            (
                (name, label_of(field, name, translate))
                for name, field in fields.items()
                if name not in shown
            ),
            key=lambda pair: pair[1],
        ),
    )


def fields_of(desk: Desk, request_type: str | None) -> dict[str, FormField]:
    """Return the fields that any form of the desk asks for, by name: those of `request_type` first,
    and before others of the same name.
    """
    first = [desk.forms[request_type]] if request_type in desk.forms else []
    fields: dict[str, FormField] = {}
    for form in [*first, *desk.forms.values()]:
        fields = {
            **fields,
            **{field.name: field for field in form.fields if field.name not in fields},
        }
    return fields


def read_answers(
    desk: Desk, typed: Typed, known: Mapping[str, Answer], *, request_type: str | None
) -> dict[str, Answer]:
    """Return the answers in a form about a child: those typed, those of `known` that were ticked,
    and the one that was added.

    Raises BadInput naming `fields.NAME` for a number that is none.
    """
    fields = fields_of(desk, request_type)
    given: dict[str, Answer] = {
        name: answer for name, answer in known.items() if f"{PASSED}{name}" in typed
    }
    texts = {
        name.removeprefix(TYPED): text for name, text in typed.items() if name.startswith(TYPED)
    }
    if typed.get(EXTRA_NAME):
        texts[typed[EXTRA_NAME]] = typed.get(EXTRA_VALUE, "")
    for name, text in texts.items():
        field = fields.get(name)
        if cleaned := (clean_line if field and field.type != "textarea" else clean_text)(text):
            given[name] = _answer(name, cleaned, field)
    return given


def _question(
    name: str,
    field: FormField | None,
    known: Mapping[str, Answer],
    typed: Typed,
    *,
    is_required: bool,
    translate: Translator,
) -> Question:
    kind = field.type if field else "text"
    choices = (
        [(one.value, one.label.in_language(translate.language)) for one in field.choices]
        if field
        else []
    )
    if kind == "boolean":
        kind, choices = "choice", [("true", translate(N_("yes"))), ("false", translate(N_("no")))]
    value = (
        typed.get(f"{TYPED}{name}", "") if typed else _as_typed(known.get(name), translate.language)
    )
    is_digits = field is not None and field.is_digits
    return Question(
        name, label_of(field, name, translate), kind, value, choices, is_required, is_digits
    )


def _as_typed(answer: Answer | None, language: str) -> str:
    """Return `answer` as somebody would type it."""
    if isinstance(answer, bool):
        return "true" if answer else "false"
    if isinstance(answer, int | float):
        return typed_number(answer, language)
    return "" if answer is None else answer


def _answer(name: str, text: str, field: FormField | None) -> Answer:
    if field is not None and field.type == "boolean":
        return text == "true"
    if field is None or field.type != "number":
        return text
    number = read_number(text)
    if number is None:
        raise BadInput.of(f"fields.{name}", _NO_NUMBER)
    return number
