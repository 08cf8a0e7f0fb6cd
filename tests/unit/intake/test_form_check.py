"""Which answers a form takes, and what it says about the others."""

import math
from typing import Any

import pytest

from services.intake.domain.forms import FormDefinition
from tests.unit.intake.small_desk import EVERY_KIND, GOOD, make_field, make_form

DEFINITION = FormDefinition("every-kind", EVERY_KIND)


def wrong_with(**changes: Any) -> list[tuple[str, str]]:
    checked = DEFINITION.check({**GOOD, **changes}, language="en")
    return [
        (one.name, one.message % one.facts if one.facts else one.message) for one in checked.wrong
    ]


def test_right_answers_come_back_clean_and_without_the_consent() -> None:
    checked = DEFINITION.check(
        {**GOOD, "subject": "  Cafe\u0301  ", "room": "   ", "amount": 12.5}, language="en"
    )

    assert checked.wrong == ()
    assert checked.answers == {
        "subject": "Café",
        "description": "One\ntwo",
        "matricola": "123456",
        "mailbox": "someone@example.edu",
        "amount": 12.5,
        "urgent": False,
        "place": "centro",
    }


def test_everything_that_is_wrong_is_said_at_once() -> None:
    checked = DEFINITION.check({"other": 1, "matricola": "12"}, language="it")

    assert [(one.name, one.message) for one in checked.wrong] == [
        ("other", "This field is not expected here."),
        ("subject", "This is required."),
        ("description", "This is required."),
        ("matricola", "Six or seven digits. (it)"),
        ("mailbox", "This is required."),
        ("urgent", "This is required."),
        ("place", "This is required."),
        ("consent", "You must give your consent before the request can be sent."),
    ]


NUMBER = "This must be a number without thousands separators, such as 1250.50."
NO_ADDRESS = "Enter an email address such as name@example.edu."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("subject", "   ", "This is required."),
        ("subject", "", "This is required."),
        ("subject", None, "This must be a text."),
        ("subject", 3, "This must be a text."),
        ("subject", ["a"], "This must be a text."),
        ("subject", "x" * 201, "This has 201 characters; there is room for 200."),
        ("subject", "\u200b\u3164", "This is required."),
        ("subject", "\u0301", "This is required."),
        ("description", "\x07\ufeff", "This is required."),
        ("matricola", "12345678", "This has 8 characters; there is room for 7."),
        ("matricola", "12345\n6", "Six or seven digits."),
        ("matricola", "abcdef", "Six or seven digits."),
        ("matricola", 123456, "This must be a text."),
        ("mailbox", "someone", NO_ADDRESS),
        ("mailbox", "a@b@example.edu", NO_ADDRESS),
        ("mailbox", "someone@localhost", NO_ADDRESS),
        ("mailbox", "some one@example.edu", NO_ADDRESS),
        ("mailbox", "", NO_ADDRESS),
        ("mailbox", "a@example.edu\nBcc: b@example.edu", NO_ADDRESS),
        ("mailbox", "x" * 300 + "@example.edu", "This has 312 characters; there is room for 254."),
        ("mailbox", "x" * 65 + "@example.edu", NO_ADDRESS),
        ("office", "a@example.org", "This does not have the expected format."),
        ("amount", "12", NUMBER),
        ("amount", True, NUMBER),
        ("amount", math.nan, NUMBER),
        ("amount", math.inf, NUMBER),
        ("amount", -0.01, "This must be at least 0."),
        ("amount", 1000.51, "This may be at most 1000.5."),
        ("shift", 10**400, "This may be at most 1000000000000000."),
        ("urgent", "true", "This must be true or false."),
        ("urgent", 1, "This must be true or false."),
        ("urgent", None, "This must be true or false."),
        ("place", "luna", "This must be one of: centro, polo-nord."),
        ("place", "", "This must be one of: centro, polo-nord."),
        ("place", {}, "This must be one of: centro, polo-nord."),
        ("consent", False, "You must give your consent before the request can be sent."),
        ("consent", "true", "You must give your consent before the request can be sent."),
        ("consent", 1, "You must give your consent before the request can be sent."),
    ],
)
def test_a_wrong_answer_is_named_with_its_reason(name: str, value: object, message: str) -> None:
    assert wrong_with(**{name: value}) == [(name, message)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", "x" * 200),
        ("subject", "Perché no? 🙂 李"),
        ("description", "tab\tand\r\nlines"),
        ("amount", 0),
        ("amount", 1000.5),
        ("amount", 7),
        ("shift", -3),
        ("office", "info@example.edu"),
        ("colour", "red"),
    ],
)
def test_an_answer_at_the_edge_is_right(name: str, value: object) -> None:
    assert wrong_with(**{name: value}) == []


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("subject", "two\r\nlines", "two lines"),
        ("subject", "tab\tand\vmore", "tab and more"),
        ("subject", "bell\x07 \u202egnp.exe\u202c", "bell gnp.exe"),
        ("subject", " " + "x" * 200 + "\n", "x" * 200),
        ("description", "red \x1b[31m\r\n\r\n  - a\u2028  - b", "red [31m\n\n  - a\n  - b"),
        ("matricola", "\ufeff 1234567\n", "1234567"),
        ("matricola", "\u200e123\u00ad456", "123456"),
        ("mailbox", " mailto:Someone@example.edu?subject=a ", "Someone@example.edu"),
        ("mailbox", "Rossi, Maria <maria.rossi@example.edu>", "maria.rossi@example.edu"),
        ("mailbox", "some\u200bone@example.edu\u200e", "someone@example.edu"),
        ("mailbox", "x" * 64 + "@example.edu", "x" * 64 + "@example.edu"),
    ],
)
def test_what_nobody_meant_to_send_goes_before_an_answer_is_judged(
    name: str, value: str, kept: str
) -> None:
    checked = DEFINITION.check({**GOOD, name: value}, language="en")

    assert (checked.wrong, checked.answers[name]) == ((), kept)


def test_an_address_is_kept_as_every_mail_server_takes_it() -> None:
    checked = DEFINITION.check({**GOOD, "mailbox": "Someone@BÜCHER.example"}, language="en")

    assert checked.answers["mailbox"] == "Someone@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1250", 1250),
        ("1250.5", 1250.5),
        ("1250,50", 1250.5),
        ("1.250,50", 1250.5),
        ("1,250.50", 1250.5),
        ("€ 12", 12),
        ("12 €", 12),
        ("1 250", 1250),
        ("12 50", "12 50"),
        ("1.250.000", 1250000),
        ("123456789012345,123", "123456789012345,123"),
        ("-3", -3),
        ("0.125", 0.125),
        ("1.250", "1.250"),
        ("1,250", "1,250"),
        ("1.2.3", "1.2.3"),
        ("1e5", "1e5"),
        ("nan", "nan"),
        ("9" * 400, "9" * 400),
    ],
)
def test_a_number_is_read_as_people_write_it_and_doubt_is_left_to_the_check(
    typed: str, value: object
) -> None:
    read = DEFINITION.from_page({"amount": typed})["amount"]

    assert (read, type(read)) == (value, type(value))


def test_a_page_leaves_out_what_was_not_filled_in_and_a_box_not_ticked_is_no() -> None:
    fields = DEFINITION.from_page(
        {
            "subject": " A ",
            "description": "one\r\ntwo",
            "room": "  ",
            "place": "centro",
            "ignored": "x",
        }
    )

    assert fields == {
        "subject": "A",
        "description": "one\ntwo",
        "urgent": False,
        "place": "centro",
        "consent": False,
    }


def test_ticked_boxes_are_yes() -> None:
    fields = DEFINITION.from_page({"urgent": "true", "consent": "on"})

    assert fields == {"urgent": True, "consent": True}


@pytest.mark.parametrize(
    ("answers", "priority"),
    [
        ({}, 3),
        ({"urgent": False}, 3),
        ({"urgent": True}, 4),
        ({"urgent": True, "place": "polo-nord"}, 4),
        ({"place": "polo-nord"}, 5),
        ({"shift": 1}, 1),
        ({"shift": 1.0}, 1),
        ({"shift": True}, 3),
        ({"urgent": 1}, 3),
    ],
)
def test_the_first_rule_that_fits_gives_the_priority(
    answers: dict[str, Any], priority: int
) -> None:
    assert DEFINITION.priority(answers) == priority


def test_a_pattern_without_hint_has_a_sentence_of_its_own() -> None:
    definition = FormDefinition("f", make_form(make_field("code", "text", pattern="[A-Z]+")))

    checked = definition.check(
        {"subject": "a", "description": "b", "code": "a", "consent": True}, language="en"
    )

    assert [(one.name, one.message) for one in checked.wrong] == [
        ("code", "This does not have the expected format.")
    ]


@pytest.mark.parametrize("kind", ["text", "textarea"])
def test_no_answer_keeps_a_pattern_busy(kind: str) -> None:
    definition = FormDefinition(
        "f", make_form(make_field("code", kind, pattern="((a+))+b", max_length=20_000))
    )
    answers = {"subject": "a", "description": "b", "consent": True}

    wrong = definition.check({**answers, "code": "a" * 10_000}, language="en").wrong
    right = definition.check({**answers, "code": "a" * 10_000 + "b"}, language="en")

    assert [one.name for one in wrong] == ["code"]
    assert right.wrong == ()


def test_a_pattern_of_an_old_desk_that_is_not_supported_lets_the_form_go_on_and_is_reported() -> (
    None
):
    definition = FormDefinition("f", make_form(make_field("code", "text", pattern=r"(a)\1")))

    checked = definition.check(
        {"subject": "a", "description": "b", "code": "x", "consent": True}, language="en"
    )

    assert checked.wrong == ()
    assert definition.unchecked_fields == ("code",)
    assert "pattern" not in definition.schema("en")["properties"]["code"]
