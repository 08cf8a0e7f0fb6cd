"""The JSON Schema of a form and its check say the same about every clean answer, and unclean ones
are cleaned first.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from services.intake.domain.forms import FormDefinition
from shared.text.addresses import NotAnAddress, clean_address, mail_address
from shared.text.cleaning import clean_line, clean_text
from tests.fixtures.desk_files import load_desk
from tests.unit.intake.small_desk import EVERY_KIND, GOOD

FORMATS = FormatChecker(formats=())
CLEAN = {"text": clean_line, "textarea": clean_text, "email": clean_address}


@FORMATS.checks("email", raises=NotAnAddress)
def is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(mail_address(value, everywhere=True))


EXAMPLE_DESK = load_desk(Path(__file__).resolve().parents[3] / "deploy" / "desk")
DEFINITIONS = {"every-kind": FormDefinition("every-kind", EVERY_KIND)} | {
    slug: FormDefinition(slug, form) for slug, form in EXAMPLE_DESK.forms.items()
}

TEXTS = st.one_of(
    st.text(max_size=50),
    st.text(alphabet=" \t\n\r\x00\x1f\x7f\x85\u00a0\u2028a1@.", max_size=12),
    st.from_regex(r"[0-9]{5,8}\n?", fullmatch=True),
    st.from_regex(r"[a-z]{1,8}@(example|b)\.(edu|it|local)", fullmatch=True),
    st.sampled_from(
        [
            "centro",
            "polo-nord",
            "red",
            "2026/2027",
            "prestito",
            "",
            " ",
            "x" * 201,
            "x" * 300 + "@example.edu",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -0.0, 1000.5, 1000.6, 10**15, 10**15 + 1, -(10**16), 10**400]),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def fitting(field: Any) -> st.SearchStrategy[Any]:
    """Values that are often right for `field`."""
    match field.type:
        case "number":
            return st.one_of(st.integers(-5, 2000), st.floats(-5, 2000))
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from([choice.value for choice in field.choices])
        case "email":
            return st.sampled_from(["a@example.edu", "b.c@example.org", "x@y"])
        case _ if field.pattern:
            return st.from_regex(field.pattern, fullmatch=True)
        case _:
            return st.text(alphabet="abc è\n", min_size=1, max_size=12)


@st.composite
def sent_fields(draw: st.DrawFn, definition: FormDefinition) -> dict[str, Any]:
    """Right answers, with some left out, some replaced by anything, and sometimes one too many."""
    fields: dict[str, Any] = {}
    for field in definition.form.fields:
        if draw(st.integers(0, 9)):
            fields[field.name] = draw(
                st.one_of(fitting(field), fitting(field), fitting(field), ANYTHING)
            )
    if draw(st.integers(0, 9)):
        fields["consent"] = draw(st.one_of(st.just(True), st.just(True), ANYTHING))
    if not draw(st.integers(0, 9)):
        fields[draw(st.sampled_from(["other", "", "Subject"]))] = draw(ANYTHING)
    return fields


def clean(definition: FormDefinition, fields: dict[str, Any]) -> dict[str, Any]:
    """Return `fields` with every text as it would be kept."""
    kinds = {
        field.name: CLEAN[field.type] for field in definition.form.fields if field.type in CLEAN
    }
    return {
        name: kinds[name](value) if name in kinds and isinstance(value, str) else value
        for name, value in fields.items()
    }


@pytest.mark.parametrize("slug", DEFINITIONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_schema_and_check_agree(slug: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[slug]
    fields = data.draw(sent_fields(definition))

    by_schema = Draft202012Validator(definition.schema("en"), format_checker=FORMATS).is_valid(
        clean(definition, fields)
    )
    by_check = not definition.check(fields, language="en").wrong

    event("right" if by_check else "wrong")
    assert by_schema == by_check


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([field.name for field in EVERY_KIND.fields] + ["consent"]), value=ANYTHING
)
def test_schema_and_check_agree_about_each_single_answer(name: str, value: object) -> None:
    definition = DEFINITIONS["every-kind"]
    fields = {**GOOD, name: value}

    by_schema = Draft202012Validator(definition.schema("it"), format_checker=FORMATS).is_valid(
        clean(definition, fields)
    )

    assert by_schema == (not definition.check(fields, language="it").wrong)


@pytest.mark.parametrize("slug", DEFINITIONS)
@pytest.mark.parametrize("language", ["it", "en"])
def test_each_schema_is_one_of_2020_12(slug: str, language: str) -> None:
    schema = DEFINITIONS[slug].schema(language)

    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"][-1] == "consent"
    assert schema["additionalProperties"] is False


def test_clean_answers_are_right_again() -> None:
    definition = DEFINITIONS["every-kind"]
    answers = definition.check({**GOOD, "subject": "  x  "}, language="en").answers

    assert definition.check({**answers, "consent": True}, language="en").answers == answers
