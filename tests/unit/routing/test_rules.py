"""The decision which queue a ticket gets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.routing.rules import Decision, always_before, decide
from shared.contracts.desk import (
    Desk,
    FieldCondition,
    Operator,
    QueueDescription,
    Right,
    Rule,
    RuleConditions,
    Text,
)
from shared.contracts.events.intake import Answer
from shared.policy.conditions import holds, number_in
from shared.policy.rules import RoutingRequest, read_hours
from tests.fixtures.desk_files import load_desk

NOW = datetime(2026, 9, 28, 7, 30, tzinfo=UTC)  # 09:30 in Rome
EXAMPLE = load_desk(Path(__file__).parents[3] / "deploy" / "desk")
FIRST_LEVEL = {
    "iscrizioni": ("studenti", "Iscrizioni"),
    "carriera": ("studenti", "Carriera"),
    "tasse": ("studenti", "Tasse"),
    "account": ("ict", "Servizi informatici"),
    "posta": ("ict", "Servizi informatici"),
    "wifi": ("ict", "Servizi informatici"),
    "biblioteca": ("biblioteche", "Biblioteche"),
    "mobilita": ("internazionale", "Mobilità internazionale"),
    "aula": ("aule", "Aule e spazi"),
}


def asks(request_type: str | None = "tasse", **facts: Any) -> RoutingRequest:
    return RoutingRequest(
        **{
            "request_type": request_type,
            "origin": "website",
            "affiliation": "student",
            "language": "it",
        }
        | facts
    )


def make_rule(queue: str = "studenti", *, name: str = "Tasse", **when: Any) -> Rule:
    return Rule(name=name, when=RuleConditions(**when), queue=queue)


def make_desk(*rules: Rule, closed: str | None = None) -> Desk:
    queues = {
        name: QueueDescription(
            title=Text(it=name, en=name), level=1, group="g", needs=needs, closed=name == closed
        )
        for name, needs in (("ict", ()), ("studenti", ()), ("tasse", ("matricola", "anno")))
    }
    return EXAMPLE.model_copy(update={"queues": queues, "rules": rules})


def condition(operator: str, value: Any = None, field: str = "anno") -> FieldCondition:
    return FieldCondition.model_validate({"field": field, "operator": operator, "value": value})


@pytest.mark.parametrize(("form", "expected"), FIRST_LEVEL.items(), ids=FIRST_LEVEL.keys())
def test_each_form_of_the_example_desk_goes_to_its_first_level(
    form: str, expected: tuple[str, str]
) -> None:
    decision = decide(EXAMPLE, asks(form), NOW)

    assert (decision.queue, decision.rule) == expected
    assert decision.reason.endswith(f'"{expected[1]}": request_type = {form}')


def test_the_first_matching_rule_decides_and_says_what_it_saw() -> None:
    desk = make_desk(
        make_rule("ict", name="Inglese", language=["en"]),
        make_rule("studenti", name="Tasse", request_type=["tasse"], fields=[condition(">=", 2026)]),
        make_rule("ict", name="Dopo", request_type=["tasse"]),
    )

    decision = decide(desk, asks(fields={"anno": "2026/2027"}), NOW)

    assert decision == Decision(
        "studenti", "Tasse", 'rule 2 "Tasse": request_type = tasse, anno 2026/2027 >= 2026'
    )


def test_what_no_rule_matches_goes_to_the_default_queue() -> None:
    desk = make_desk(make_rule(request_type=["carriera"]))

    decision = decide(desk, asks(origin="faq"), NOW)

    assert decision == Decision(
        "ict",
        None,
        (
            "no rule matches (request_type = tasse, origin = faq, affiliation = student): default "
            "queue ict"
        ),
    )


def test_a_rule_without_conditions_takes_everything() -> None:
    assert decide(make_desk(make_rule(name="Tutto")), asks(None), NOW) == Decision(
        "studenti", "Tutto", 'rule 1 "Tutto": no conditions'
    )


def test_a_closed_queue_falls_through_to_the_default_queue() -> None:
    desk = make_desk(make_rule(request_type=["tasse"]), closed="studenti")

    decision = decide(desk, asks(), NOW)

    assert decision == Decision(
        "ict",
        None,
        'rule 1 "Tasse": request_type = tasse; queue studenti is closed: default queue ict',
    )


@pytest.mark.parametrize(
    ("when", "holding", "failing"),
    [
        ({"request_type": ["tasse", "carriera"]}, {}, {"request_type": "aula"}),
        ({"request_type": ["tasse"]}, {}, {"request_type": None}),
        ({"origin": ["faq", "website"]}, {}, {"origin": "service"}),
        ({"affiliation": ["student"]}, {}, {"affiliation": "guest"}),
        ({"language": ["it"]}, {}, {"language": "en"}),
        ({"fields": [condition("==", "x")]}, {"fields": {"anno": "x"}}, {"fields": {"anno": "y"}}),
        ({"child": True}, {"is_child": True}, {"is_child": False}),
        ({"child": False}, {"is_child": False}, {"is_child": True}),
        ({"escalated_from": "ict"}, {"escalated_from": "ict"}, {"escalated_from": "studenti"}),
        ({"escalated_from": "ict"}, {"escalated_from": "ict"}, {"escalated_from": None}),
        ({}, {"escalated_from": None}, {"escalated_from": "ict"}),
    ],
)
def test_every_condition_must_hold(
    when: dict[str, Any], holding: dict[str, Any], failing: dict[str, Any]
) -> None:
    desk = make_desk(make_rule(**when))

    assert decide(desk, asks(**holding), NOW).rule == "Tasse"
    assert decide(desk, asks(**failing), NOW).rule is None


@pytest.mark.parametrize(
    ("hours", "matches"),
    [
        ("09:30-09:31", True),
        ("08:00-09:30", False),
        ("09:31-09:29", False),
        ("22:00-09:31", True),
        ("07:30-07:31", False),
    ],
)
def test_hours_are_those_of_the_desk_and_their_end_is_excluded(hours: str, matches: bool) -> None:
    decision = decide(make_desk(make_rule(hours=hours)), asks(), NOW)

    assert decision.rule == ("Tasse" if matches else None)
    assert (decision.reason == f'rule 1 "Tasse": 09:30 within {hours}') is matches


def test_a_child_without_the_data_its_queue_needs_is_told_what_is_missing() -> None:
    desk = make_desk(make_rule("tasse"))

    assert decide(desk, asks(is_child=True, fields={"anno": " "}), NOW).missing == (
        "matricola",
        "anno",
    )
    assert (
        decide(
            desk, asks(is_child=True, fields={"anno": "2026/2027", "matricola": "123456"}), NOW
        ).missing
        == ()
    )
    assert decide(desk, asks(is_child=False), NOW).missing == ()


@pytest.mark.parametrize(
    ("request_type", "facts", "queue", "missing"),
    [
        ("tasse", {"is_child": True}, "studenti/tasse", ("matricola",)),
        ("carriera", {"is_child": True}, "studenti/carriere", ()),
        ("wifi", {"is_child": True}, "ict/rete/wifi", ("sede",)),
        ("posta", {"is_child": True}, "ict/identita", ()),
        ("tasse", {"escalated_from": "studenti"}, "studenti/tasse", ()),
        ("iscrizioni", {"escalated_from": "studenti"}, "studenti/carriere", ()),
        ("wifi", {"escalated_from": "ict"}, "ict/rete", ()),
        ("account", {"escalated_from": "ict"}, "ict/identita", ()),
        ("wifi", {"escalated_from": "ict/rete"}, "ict/rete/wifi", ()),
        ("aula", {"escalated_from": "aule"}, "ict", ()),
    ],
)
def test_children_and_escalations_of_the_example_desk(
    request_type: str, facts: dict[str, Any], queue: str, missing: tuple[str, ...]
) -> None:
    decision = decide(EXAMPLE, asks(request_type, **facts), NOW)

    assert (decision.queue, decision.missing) == (queue, missing)


@pytest.mark.parametrize(
    ("operator", "value", "answer", "expected"),
    [
        ("==", "centro", "centro", True),
        ("==", "centro", "Centro", False),
        ("==", 1, True, False),
        ("==", True, True, True),
        ("==", 2, 2.0, True),
        ("!=", "centro", "polo-nord", True),
        ("!=", "centro", None, False),
        (">=", 2026, "2026/2027", True),
        (">", 2026, "2026/2027", False),
        ("<", "2027/2028", "2026/2027", True),
        ("<=", 10, 10.5, False),
        (">=", 9, "10", True),
        (">=", 1, 10**400, True),
        (">=", 2026, "anno 2026", False),
        (">=", 0, True, False),
        ("in", ["a", "b"], "b", True),
        ("in", ["a", "b"], "c", False),
        ("in", [True], 1, False),
        ("present", None, "x", True),
        ("present", None, " ", False),
        ("present", None, False, True),
        ("present", None, None, False),
        ("present", False, None, True),
        ("present", False, "x", False),
    ],
)
def test_comparisons_of_answers(
    operator: str, value: Any, answer: Answer | None, expected: bool
) -> None:
    assert holds(condition(operator, value), answer) is expected


def test_reasons_show_what_was_compared_shortened_and_printable() -> None:
    desk = make_desk(
        make_rule(
            fields=[condition("present"), condition("in", ["x" * 100, "y"]), condition("!=", True)]
        )
    )

    reason = decide(desk, asks(fields={"anno": "x" * 100}), NOW).reason

    assert reason == (
        f'rule 1 "Tasse": anno is present, anno {"x" * 37}... in ({"x" * 37}..., y), anno '
        f"{'x' * 37}... != true"
    )
    odd = decide(
        make_desk(make_rule(fields=[condition("!=", "x")])),
        asks(fields={"anno": "a\n\0\ud800b"}),
        NOW,
    ).reason
    assert odd == 'rule 1 "Tasse": anno a   b != x'
    joined = decide(
        make_desk(make_rule(fields=[condition("!=", "x")])),
        asks(fields={"anno": "👩\u200d💻"}),
        NOW,
    ).reason
    assert joined == 'rule 1 "Tasse": anno 👩\u200d💻 != x'


def test_numbers_at_the_beginning_of_texts() -> None:
    assert number_in("2026/2027") == 2026.0
    assert number_in(" -3.5 gradi") == -3.5
    assert number_in("circa 3") is None
    assert number_in(7) == 7
    assert number_in(True) is None


@pytest.mark.parametrize(
    "text", ["8-18", "08:00", "08:00-24:00", "08:60-09:00", "08:00-08:00", "08:00 - 18:00", ""]
)
def test_hours_that_are_not_well_formed(text: str) -> None:
    assert read_hours(text) is None


def test_which_rules_always_win_over_a_later_one() -> None:
    wide, narrow = (
        make_rule(request_type=["tasse", "aula"]),
        make_rule(request_type=["tasse"], language=["it"], hours="08:00-18:00"),
    )

    assert always_before(wide, narrow)
    assert not always_before(narrow, wide)
    assert not always_before(make_rule(hours="08:00-18:00"), make_rule(hours="09:00-10:00"))
    assert not always_before(make_rule(), make_rule(escalated_from="ict"))
    assert not always_before(make_rule(escalated_from="ict"), make_rule())
    assert always_before(
        make_rule(fields=[condition("==", 1)]),
        make_rule(fields=[condition("==", 1), condition(">", 0)]),
    )
    assert not always_before(make_rule(child=True), make_rule())


def test_which_queues_requests_of_a_type_can_come_to() -> None:
    open_in_the_end = make_desk(
        make_rule("studenti", language=["en"]), make_rule("tasse", request_type=["aula"])
    )
    settled = make_desk(
        make_rule("tasse", child=True),
        make_rule("tasse", escalated_from="ict"),
        make_rule("studenti"),
        make_rule("tasse"),
    )
    given_up = make_desk(
        make_rule("tasse", language=["en"]), make_rule("studenti"), closed="studenti"
    )

    assert open_in_the_end.queues_of_requests("tasse") == {"studenti", "ict"}
    assert open_in_the_end.queues_of_requests("aula") == {"studenti", "tasse"}
    assert settled.queues_of_requests("tasse") == {"studenti"}
    assert given_up.queues_of_requests("tasse") == {"tasse", "ict"}


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ({"urp": ("create",)}, True),
        ({"urp": ("rw",)}, True),
        ({"urp": ("note", "move_into", "owner", "priority")}, False),
        ({"ict": ("rw",)}, False),
        ({}, False),
    ],
)
def test_who_may_create_where_a_request_comes_may_file_it_for_somebody(
    rights: dict[str, tuple[Right, ...]], expected: bool
) -> None:
    operators = {"lea": Operator(name="Lea", email="lea@example.edu", rights=rights)}
    desk = Desk.model_validate({**EXAMPLE.model_dump(), "operators": operators})

    assert desk.may_file_for_somebody("lea", "tasse") is expected


def test_who_may_create_in_one_of_the_queues_that_a_request_can_come_to_may_not_file_it() -> None:
    by_answer = make_rule("studenti/tasse", fields=[condition("present")])
    desk = EXAMPLE.model_copy(update={"rules": (by_answer, *EXAMPLE.rules)})

    assert not desk.may_file_for_somebody("anna.ferri", "tasse")
    assert desk.may_file_for_somebody("luisa.villa", "tasse")
    assert not desk.may_file_for_somebody(None, "tasse")
    assert not desk.may_file_for_somebody("giulia.neri", "tasse")
