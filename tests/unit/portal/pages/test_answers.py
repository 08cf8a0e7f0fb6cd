"""The data that a child is given: what its form asks, and what is read from it."""

import pytest

from services.portal.pages.child_form import PassedOn, Question, asked_for, read_answers
from shared.contracts.desk import Choice, Desk, Form, FormField, Text
from shared.contracts.events.intake import Answer
from shared.web.errors import BadInput
from shared.web.language import translator
from tests.factories.portal_desk import make_example_desk

IN_ITALIAN = translator("it", "services.portal")
KNOWN: dict[str, Answer] = {
    "subject": "Rata",
    "matricola": "123456",
    "importo": 1250.5,
    "urgente": True,
    "sede": "centro",
}


def both(words: str) -> Text:
    return Text(it=words, en=words)


def make_desk() -> Desk:
    fields = (
        FormField(name="subject", type="text", label=both("Oggetto")),
        FormField(name="matricola", type="text", label=both("Numero di matricola")),
        FormField(name="anno", type="text", label=both("Anno accademico")),
        FormField(name="importo", type="number", label=both("Importo")),
        FormField(name="urgente", type="boolean", label=both("Urgente")),
        FormField(
            name="sede",
            type="choice",
            label=both("Sede"),
            choices=(Choice(value="centro", label=both("Centro città")),),
        ),
    )
    form = Form(title=both("Tasse"), description=both("Tasse"), consent=both("Sì"), fields=fields)
    return make_example_desk(forms={"tasse": form})


def test_what_is_needed_is_typed_and_the_rest_may_be_passed_on() -> None:
    asked = asked_for(
        make_desk(),
        needed=("matricola",),
        wanted=(),
        known=KNOWN,
        request_type="tasse",
        typed={},
        translate=IN_ITALIAN,
    )

    assert asked.questions == [
        Question("matricola", "Numero di matricola", "text", "123456", [], is_required=True)
    ]
    assert asked.passed == [
        PassedOn("importo", "Importo", "1.250,5", is_chosen=False),
        PassedOn("urgente", "Urgente", "sì", is_chosen=False),
        PassedOn("sede", "Sede", "Centro città", is_chosen=False),
    ]
    assert asked.others == [("anno", "Anno accademico")]


def test_what_a_child_has_is_typed_again_as_somebody_would_type_it() -> None:
    asked = asked_for(
        make_desk(),
        needed=(),
        wanted=("importo", "urgente", "sede"),
        known=KNOWN,
        request_type=None,
        typed={},
        translate=IN_ITALIAN,
    )

    assert asked.questions == [
        Question("importo", "Importo", "number", "1250,5", []),
        Question("urgente", "Urgente", "choice", "true", [("true", "sì"), ("false", "no")]),
        Question("sede", "Sede", "choice", "centro", [("centro", "Centro città")]),
    ]


def test_a_refused_form_shows_what_stood_in_it() -> None:
    typed = {"answer-matricola": "", "pass-importo": "true"}

    asked = asked_for(
        make_desk(),
        needed=("matricola",),
        wanted=(),
        known=KNOWN,
        request_type="tasse",
        typed=typed,
        translate=IN_ITALIAN,
    )

    assert asked.questions[0].value == ""
    assert [one.name for one in asked.passed if one.is_chosen] == ["importo"]


def test_answers_are_read_with_the_types_that_their_forms_give_them() -> None:
    typed = {
        "answer-matricola": " 654321 ",
        "answer-importo": "12,5",
        "answer-urgente": "false",
        "answer-sede": "",
        "pass-urgente": "true",
        "pass-nothing": "true",
        "extra-name": "anno",
        "extra-value": "2026/2027",
    }

    answers = read_answers(make_desk(), typed, KNOWN, request_type="tasse")

    assert answers == {
        "urgente": False,
        "matricola": "654321",
        "importo": 12.5,
        "anno": "2026/2027",
    }


def test_only_what_is_ticked_goes_along() -> None:
    assert read_answers(make_desk(), {"pass-importo": "true"}, KNOWN, request_type="tasse") == {
        "importo": 1250.5
    }
    assert read_answers(make_desk(), {}, KNOWN, request_type="tasse") == {}


@pytest.mark.parametrize("text", ["molto", "1.250", "12 50", "1e5", "½", "-"])
def test_a_number_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_answers(make_desk(), {"answer-importo": text}, {}, request_type="tasse")

    assert [problem.field for problem in refused.value.problems] == ["fields.importo"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1250", 1250),
        ("-3", -3),
        ("1250.50", 1250.5),
        ("0,125", 0.125),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
    ],
)
def test_a_number_is_read_however_its_decimals_are_written(text: str, number: float) -> None:
    assert read_answers(make_desk(), {"answer-importo": text}, {}, request_type="tasse") == {
        "importo": number
    }
