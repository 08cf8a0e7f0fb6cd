"""Sample requests are read and checked like a desk, and tried on one or two."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.routing.desk_file.mistakes import DeskMistakes
from services.routing.desk_file.samples import SampleRequest, load_samples
from services.routing.desk_file.trial import Trial, try_samples
from shared.contracts.desk import Desk, Rule, RuleConditions
from tests.fixtures.desk_files import load_desk
from tests.unit.routing.desk_file.small_desk import SMALL_DESK, broken

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 9, 28, 7, 30, tzinfo=UTC)  # 09:30 in Rome


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return small_desk(tmp_path)


def small_desk(folder: Path, *changes: tuple[str, str]) -> Desk:
    (folder / "desk.yaml").write_text(broken(*changes), encoding="utf-8")
    return load_desk(folder / "desk.yaml")


def samples_of(text: str, folder: Path, *desks: Desk) -> list[SampleRequest]:
    file = folder / "requests.yaml"
    file.write_text(text, encoding="utf-8")
    return [sample.request for sample in load_samples(file, desks, now=NOW)]


def mistakes_of(text: str, folder: Path, *desks: Desk) -> list[str]:
    with pytest.raises(DeskMistakes) as raised:
        samples_of(text, folder, *desks)
    return [str(mistake).removeprefix(f"{folder}/") for mistake in raised.value.mistakes]


def tried(text: str, folder: Path, *desks: Desk) -> list[Trial]:
    file = folder / "requests.yaml"
    file.write_text(text, encoding="utf-8")
    return try_samples(load_samples(file, desks, now=NOW), desks, now=NOW)


BAD: dict[str, tuple[str, list[str]]] = {
    "empty": ("", ["requests.yaml:1:1: found an empty file; expected a list of requests"]),
    "a mapping": (
        "requests: []",
        ["requests.yaml:1:1: found a mapping; expected a list of requests"],
    ),
    "nothing in it": (
        "[]",
        ["requests.yaml:1:1: requests: found an empty list; expected at least one request"],
    ),
    "broken": (
        "- [",
        [
            "requests.yaml:1:4: found bad YAML while parsing a flow node that began in line 1: "
            "expected the node content, but found '<stream end>'; expected valid YAML"
        ],
    ),
    "an unknown key": (
        "- { request_type: tasse, lingua: it }",
        [
            'requests.yaml:1:26: requests[1]: found the unknown key "lingua"; '
            "expected one of affiliation, at, child, escalated_from, fields, form, language, "
            "origin, request_type; "
            'did you mean "language"?'
        ],
    ),
    "an unknown form": (
        "- { form: tassa }",
        [
            (
                'requests.yaml:1:11: requests[1].form: found form "tassa", which does not exist; '
                'expected "tasse"'
            )
        ],
    ),
    "no form": (
        "- { child: true }",
        [
            (
                'requests.yaml:1:3: requests[1]: found no "request_type"; expected "request_type": '
                '"tasse"'
            )
        ],
    ),
    "a form in two words": (
        "- { form: tasse, request_type: tasse }",
        [
            (
                'requests.yaml:1:5: requests[1].form: found "form" beside "request_type"; expected '
                "one of the two, for they mean the same"
            )
        ],
    ),
    "a field that the form does not have": (
        "- { form: tasse, fields: { anno: x } }",
        [
            'requests.yaml:1:28: requests[1].fields.anno: found field "anno", which the form does '
            "not have; "
            "expected one of description, importo, matricola, sede, subject"
        ],
    ),
    "a child's field that no form has": (
        "- { form: tasse, child: true, fields: { anno: x } }",
        [
            'requests.yaml:1:41: requests[1].fields.anno: found field "anno", which no form has; '
            "expected one of description, importo, matricola, sede, subject"
        ],
    ),
    "an answer that cannot be": (
        "- { form: tasse, fields: { sede: nord, importo: molto, matricola: 123456 } }",
        [
            (
                'requests.yaml:1:34: requests[1].fields.sede: found "nord"; expected one of '
                "centro, "
                'polo-nord; did you mean "polo-nord"?'
            ),
            (
                'requests.yaml:1:49: requests[1].fields.importo: found "molto"; expected a number, '
                'for field "importo" is one'
            ),
            "requests.yaml:1:67: requests[1].fields.matricola: found the number 123456; "
            'expected text in quotes, for field "matricola" is a text',
        ],
    ),
    "an unknown queue": (
        "- { escalated_from: studente }",
        [
            'requests.yaml:1:21: requests[1].escalated_from: found queue "studente", which does '
            "not exist; "
            'expected one of ict, studenti, studenti/tasse; did you mean "studenti"?'
        ],
    ),
    "times that are none": (
        (
            '- { form: tasse, at: "25:00" }\n- { form: tasse, at: 2026-13-01T08:00 }\n- { form: '
            "tasse, at: 2026-09-01 }"
        ),
        [
            f'requests.yaml:{line}:22: requests[{line}].at: found "{found}"; '
            'expected a time such as "09:30", or a moment such as 2026-09-01T09:30'
            for line, found in ((1, "25:00"), (2, "2026-13-01T08:00"), (3, "2026-09-01"))
        ],
    ),
    "mistakes of shape": (
        "- { form: tasse, origin: web }\n- { form: tasse, child: forse }\n- tasse",
        [
            'requests.yaml:1:26: requests[1].origin: found "web"; '
            'expected one of faq, online-services, service, website; did you mean "website"?',
            'requests.yaml:2:25: requests[2].child: found "forse"; expected true or false',
            'requests.yaml:3:3: requests[3]: found "tasse"; '
            "expected a mapping with request_type, form, fields, origin, affiliation, language, "
            "at, child, escalated_from",
        ],
    ),
}


@pytest.mark.parametrize(("text", "sentences"), BAD.values(), ids=BAD.keys())
def test_nonsense_is_told_with_its_line(
    text: str, sentences: list[str], desk: Desk, tmp_path: Path
) -> None:
    assert mistakes_of(text, tmp_path, desk) == sentences


def test_a_file_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(DeskMistakes, match=r"nowhere\.yaml: found nothing that can be read"):
        load_samples(tmp_path / "nowhere.yaml", [desk], now=NOW)


def test_what_is_left_out_is_as_on_the_page_without_a_login(desk: Desk, tmp_path: Path) -> None:
    (request,) = samples_of("- form: tasse", tmp_path, desk)

    assert (request.type, request.origin, request.affiliation, request.language) == (
        "tasse",
        "website",
        "guest",
        "it",
    )
    assert (request.fields, request.child, request.escalated_from, request.at) == (
        {},
        False,
        None,
        None,
    )
    assert str(request) == "tasse, website, guest, it"


def test_json_says_the_same_as_yaml(desk: Desk, tmp_path: Path) -> None:
    said = [
        {
            "request_type": "tasse",
            "fields": {"sede": "centro", "importo": 1.5, "consent": True},
            "at": "22:30",
            "child": True,
        }
    ]

    (request,) = samples_of(json.dumps(said, indent=2), tmp_path, desk)

    assert request == SampleRequest.model_validate(said[0])
    assert (
        str(request)
        == "tasse, website, guest, it, at 22:30, a child, sede centro, importo 1.5, consent true"
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, NOW),
        ("22:30", datetime(2026, 9, 28, 20, 30, tzinfo=UTC)),
        ("2026-12-01T08:00", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        ("2026-12-01 08:00:30Z", datetime(2026, 12, 1, 8, 0, 30, tzinfo=UTC)),
        ("2026-12-01T08:00-05:00", datetime(2026, 12, 1, 13, 0, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_the_desk(at: str | None, expected: datetime) -> None:
    assert SampleRequest(form="tasse", at=at).moment(ZoneInfo("Europe/Rome"), NOW) == expected


def test_the_shipped_samples_are_possible_on_the_shipped_desk_and_reach_every_kind_of_rule() -> (
    None
):
    desk = load_desk(ROOT / "deploy" / "desk")

    trials = try_samples(
        load_samples(ROOT / "deploy" / "examples" / "requests.yaml", [desk], now=NOW),
        [desk],
        now=NOW,
    )

    decisions = [trial.decisions[0] for trial in trials]
    assert {decision.rule for decision in decisions if decision} >= {
        "Tasse",
        "Figli sul Wi-Fi",
        "Escalation delle reti",
    }
    assert {decision.missing for decision in decisions if decision} == {(), ("sede",)}
    assert {trial.difference for trial in trials} == {""}


def test_one_desk_says_queue_rule_and_reason(desk: Desk, tmp_path: Path) -> None:
    text = (
        "- { form: tasse, fields: { sede: centro } }\n- { form: tasse, child: true }\n- { "
        "escalated_from: studenti, at: '08:00' }"
    )

    trials = tried(text, tmp_path, desk)

    assert [
        (d.queue, d.rule, d.reason, d.missing) for trial in trials for d in trial.decisions if d
    ] == [
        ("studenti", "Tasse", 'rule 1 "Tasse": request_type = tasse, sede centro == centro', ()),
        (
            "ict",
            None,
            (
                "no rule matches (request_type = tasse, origin = website, affiliation = guest, a "
                "child): default queue ict"
            ),
            (),
        ),
        (
            "studenti/tasse",
            "Escalation",
            'rule 2 "Escalation": escalated from studenti, 08:00 within 08:00-18:00',
            (),
        ),
    ]
    assert [trial.sample.place.line for trial in trials] == [1, 2, 3]


def test_what_two_desks_decide_differently_is_marked(desk: Desk, tmp_path: Path) -> None:
    rules = (
        Rule(name="Inglese", when=RuleConditions(language=("en",)), queue="ict"),
        Rule(name="Figli", when=RuleConditions(child=True), queue="studenti/tasse"),
        Rule(name="Studenti", when=RuleConditions(affiliation=("student",)), queue="studenti"),
        *desk.rules,
    )
    text = "\n".join(
        [
            "- { form: tasse, fields: { sede: centro } }",
            "- { form: tasse, language: en, fields: { sede: centro } }",
            "- { form: tasse, affiliation: student, fields: { sede: centro } }",
            "- { form: tasse, child: true }",
        ]
    )

    trials = tried(text, tmp_path, desk, desk.model_copy(update={"rules": rules}))

    assert [trial.difference for trial in trials] == ["", "queue", "rule", "queue"]
    assert [[(d.queue, d.missing) for d in trial.decisions if d] for trial in trials] == [
        [("studenti", ()), ("studenti", ())],
        [("studenti", ()), ("ict", ())],
        [("studenti", ()), ("studenti", ())],
        [("ict", ()), ("studenti/tasse", ("matricola",))],
    ]


def test_a_child_that_would_come_back_only_under_one_desk_differs(
    desk: Desk, tmp_path: Path
) -> None:
    other = small_desk(tmp_path, ("    needs: [matricola]\n", ""))
    rule = Rule(name="Figli", when=RuleConditions(child=True), queue="studenti/tasse")
    both = [each.model_copy(update={"rules": (rule,)}) for each in (desk, other)]

    (trial,) = tried("- { form: tasse, child: true }", tmp_path, *both)

    assert trial.difference == "queue"
    assert [d.missing for d in trial.decisions if d] == [("matricola",), ()]


def test_a_form_or_a_queue_that_only_one_desk_has_is_not_possible_under_the_other(
    desk: Desk, tmp_path: Path
) -> None:
    text = "- form: tasse\n- form: contributi\n- { form: contributi, escalated_from: studenti }"
    renamed = SMALL_DESK.replace("  tasse:\n    title", "  contributi:\n    title").replace(
        "request_type: [tasse]", "request_type: [contributi]"
    )
    (tmp_path / "desk.yaml").write_text(renamed, encoding="utf-8")
    other = load_desk(tmp_path / "desk.yaml")

    trials = tried(text, tmp_path, desk, other)

    assert [[d is not None for d in trial.decisions] for trial in trials] == [
        [True, False],
        [False, True],
        [False, True],
    ]
    assert {trial.difference for trial in trials} == {"queue"}
