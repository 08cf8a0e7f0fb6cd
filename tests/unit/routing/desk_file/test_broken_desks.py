"""Every mistake in a desk description is told: where, what was found, what was expected.

The cases are in the folder `broken`.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.routing.desk_file.small_desk import SMALL_DESK, broken, read_text

TABLES = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
CASES = {
    f"{table.stem}: {name}": case
    for table in TABLES
    for name, case in yaml.safe_load(table.read_text(encoding="utf-8")).items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_all_that_is_wrong_is_told_with_its_line_and_nothing_else(
    case: dict[str, Any], tmp_path: Path
) -> None:
    reading = read_text(broken(*case["change"]), tmp_path)

    assert [str(mistake) for mistake in reading.mistakes] == case["says"]
    assert reading.desk is None


def test_nothing_is_said_about_a_desk_that_is_right(tmp_path: Path) -> None:
    reading = read_text(SMALL_DESK, tmp_path)

    assert reading.mistakes == ()
    assert reading.warnings == ()
    assert reading.desk is not None
    assert list(reading.desk.queues) == ["studenti", "studenti/tasse", "ict"]


def test_a_rule_that_can_never_match_is_a_warning_and_the_desk_can_be_used(tmp_path: Path) -> None:
    when = (
        '{ request_type: [tasse], language: [it], fields: [{ field: sede, operator: "==", '
        "value: centro }] }"
    )
    rule = f"  - {{ name: Mai, when: {when}, queue: ict }}\n"

    reading = read_text(broken(("mail_texts:", f"{rule}mail_texts:")), tmp_path)

    assert [str(warning) for warning in reading.warnings] == [
        'desk.yaml:60:5: rules[3]: found rule 3 "Mai", which can never match; '
        'expected the narrower rule first: rule 1 "Tasse" always wins before it'
    ]
    assert reading.mistakes == ()
    assert reading.desk is not None


def test_a_group_that_nobody_can_work_is_a_warning(tmp_path: Path) -> None:
    reading = read_text(broken(("ict: [rw] }", "ict: [ro] }")), tmp_path)

    assert [str(warning) for warning in reading.warnings] == [
        (
            'desk.yaml:8:3: groups.ict: found group "ict", in which nobody has rw; expected an '
            "operator who can work its queues"
        )
    ]
    assert reading.desk is not None


def test_a_step_that_may_lack_what_its_queue_needs_is_a_warning_unless_a_condition_sees_to_it(
    tmp_path: Path,
) -> None:
    step = (
        "name: calcolo, title: { it: Calcolo, en: Sum }, queue: studenti/tasse, text: { it: "
        "Calcolare, en: Sum up }, fields: [importo]"
    )
    optional = (
        ("minimum: 0", "required: false, minimum: 0"),
        ("needs: [matricola]", "needs: [importo]"),
    )
    recipe = f"    recipe: {{ title: {{ it: Ricetta, en: Recipe }}, steps: [{{ {step}%s }}] }}\n"

    loose = read_text(broken(*optional, ("rules:\n  -", f"{recipe % ''}rules:\n  -")), tmp_path)
    safe = read_text(
        broken(
            *optional,
            (
                "rules:\n  -",
                f"{recipe % ', when: [{ field: importo, operator: present }]'}rules:\n  -",
            ),
        ),
        tmp_path,
    )

    assert [str(warning) for warning in loose.warnings] == [
        'desk.yaml:53:169: forms.tasse.recipe.steps[1].fields: found field "importo", which may '
        "be left out although queue "
        '"studenti/tasse" needs it; expected a condition on it under `when`, such as { field: '
        "importo, operator: present }"
    ]
    assert loose.desk is not None
    assert (safe.mistakes, safe.warnings) == ((), ())


@pytest.mark.parametrize("assign", ["by_hand", "least_loaded"])
def test_a_queue_may_give_its_tickets_to_the_least_loaded_of_those_who_work_it(
    assign: str, tmp_path: Path
) -> None:
    reading = read_text(broken(("    address: ict@example.edu", f"    assign: {assign}")), tmp_path)

    assert reading.mistakes == ()
    assert reading.desk is not None
    assert reading.desk.queues["ict"].assign == assign


@pytest.mark.parametrize(
    ("opens_at", "closes_at"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026-09-01T08:00", "2026-09-01 08:01"),
        ("2026-09-01T08:00:00+02:00", "2026-12-31T08:00Z"),
    ],
)
def test_a_form_may_open_and_close(opens_at: str, closes_at: str, tmp_path: Path) -> None:
    window = f"    opens_at: {opens_at}\n    closes_at: {closes_at}\n"

    reading = read_text(broken(("    consent:", f"{window}    consent:")), tmp_path)

    assert reading.mistakes == ()


@pytest.mark.parametrize(
    "moment", ["20260901", "9999-12-31", "2026-13-01", "2026-09-01T25:00", "2026-W36-1"]
)
def test_what_is_no_moment_is_told(moment: str, tmp_path: Path) -> None:
    reading = read_text(
        broken(("    consent:", f'    closes_at: "{moment}"\n    consent:')), tmp_path
    )

    assert [str(mistake) for mistake in reading.mistakes] == [
        (
            f'desk.yaml:39:16: forms.tasse.closes_at: found "{moment}"; expected a date or moment '
            f"such as 2026-09-01 or 2026-09-01T08:00"
        )
    ]


@pytest.mark.parametrize(
    "pattern",
    ["[A-Z]+( [A-Z]+)*", "(ab|cd)+", "[0-9]{1,3}([.,][0-9]{2})?", r"\w+(\.\w+)*", "(a{2,3}-)*"],
)
def test_a_pattern_whose_rounds_have_a_beginning_is_accepted(pattern: str, tmp_path: Path) -> None:
    reading = read_text(broken(('"[0-9]{6,7}"', f"'{pattern}'")), tmp_path)

    assert reading.mistakes == ()


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a*)*b", r"(\w*\s?)*x", "(?:[0-9]+){2,}", "([a-z]+-?)+"]
)
def test_a_pattern_that_some_answers_keep_busy_for_hours_is_refused(
    pattern: str, tmp_path: Path
) -> None:
    reading = read_text(broken(('"[0-9]{6,7}"', f"'{pattern}'")), tmp_path)

    assert [mistake.path for mistake in reading.mistakes] == ["forms.tasse.fields[3].pattern"]
    assert "a repetition within a repetition" in reading.mistakes[0].found


def test_a_subject_of_mails_and_a_form_that_invites_to_answer_a_mail_are_warnings(
    tmp_path: Path,
) -> None:
    subject = "mail_texts:\n  receipt.subject: { it: Ricevuta, en: Received }"
    description = (
        "description: { it: Poi rispondi alla mail che arriva., en: Do not reply to the mail. }"
    )

    reading = read_text(
        broken(("mail_texts:", subject), ("description: { it: Tasse, en: Fees }", description)),
        tmp_path,
    )

    assert [str(warning).split(": ", 1)[1] for warning in reading.warnings] == [
        'forms.tasse.description.it: found "rispondi alla mail", which may not be true; '
        "expected the page of the request as the place to answer",
        'mail_texts.receipt.subject: found "receipt.subject", which is not used; '
        "expected no such text: all mails of a ticket have the same subject, by which mail "
        "programs group them",
    ]
    assert reading.desk is not None
