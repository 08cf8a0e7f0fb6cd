"""The example desk is the one that INTERFACES promises; tests elsewhere rely on these names."""

from pathlib import Path

import pytest

from services.routing.desk_file.load import read_desk
from services.routing.rules import decide
from shared.contracts.desk import ALL_RIGHTS, Desk, FormField, Text
from shared.policy.rules import RoutingRequest
from tests.factories.routing_tickets import NOW

QUEUES = {
    "studenti": (1, "urp", ()),
    "studenti/carriere": (2, "carriere", ()),
    "studenti/tasse": (2, "tasse", ("matricola",)),
    "ict": (1, "ict", ()),
    "ict/identita": (2, "identita", ()),
    "ict/rete": (2, "rete", ()),
    "ict/rete/wifi": (3, "rete", ("sede",)),
    "biblioteche": (1, "biblioteche", ()),
    "internazionale": (1, "internazionale", ()),
    "aule": (1, "aule", ()),
}
FIELDS = {
    "iscrizioni": ["subject", "description", "matricola", "corso"],
    "carriera": ["subject", "description", "matricola"],
    "tasse": ["subject", "description", "matricola", "anno", "importo"],
    "mobilita": ["subject", "description", "matricola", "paese", "periodo"],
    "account": ["subject", "description", "username"],
    "posta": ["subject", "description", "indirizzo"],
    "wifi": ["subject", "description", "sede", "dispositivo"],
    "biblioteca": ["subject", "description", "tipo"],
    "aula": ["subject", "description", "aula", "urgente"],
}
RIGHTS = {
    "anna.ferri": {"urp": {"rw"}, "carriere": {"move_into"}, "tasse": {"move_into"}},
    "bruno.galli": {"urp": {"rw"}, "carriere": {"move_into"}, "tasse": {"move_into"}},
    "carla.monti": {"carriere": {"rw"}},
    "dario.riva": {"tasse": {"rw"}, "urp": {"ro"}},
    "elena.sala": {"ict": {"rw"}, "identita": {"move_into"}, "rete": {"move_into"}},
    "fabio.conti": {"ict": {"rw"}, "identita": {"move_into"}, "rete": {"move_into"}},
    "nadia.serra": {"internazionale": {"rw"}},
    "oreste.bruni": {"biblioteche": {"rw"}, "aule": {"rw"}},
    "gaia.leoni": {"rete": {"rw"}, "identita": {"rw"}},
    "ivo.santi": {"urp": {"ro", "note"}},
    "luisa.villa": {
        group: {"rw"} for group in dict.fromkeys(group for _, group, _ in QUEUES.values())
    },
}


@pytest.fixture(scope="module")
def desk() -> Desk:
    reading = read_desk(Path(__file__).parents[3] / "deploy" / "desk")
    assert reading.desk is not None, "\n".join(map(str, reading.mistakes))
    assert reading.warnings == ()
    return reading.desk


def test_the_queues_with_level_group_and_needs(desk: Desk) -> None:
    assert {
        name: (queue.level, queue.group, queue.needs) for name, queue in desk.queues.items()
    } == QUEUES
    assert list(desk.queues) == list(QUEUES)


def test_what_no_rule_matches_goes_to_it_support(desk: Desk) -> None:
    assert desk.default_queue == "ict"


def test_the_forms_with_their_fields_in_order(desk: Desk) -> None:
    assert {
        slug: [field.name for field in form.fields] for slug, form in desk.forms.items()
    } == FIELDS
    assert list(desk.forms) == list(FIELDS)


def test_only_amount_and_device_may_be_left_out(desk: Desk) -> None:
    optional = {
        (slug, field.name)
        for slug, form in desk.forms.items()
        for field in form.fields
        if not field.required
    }

    assert optional == {("tasse", "importo"), ("wifi", "dispositivo")}


def test_the_checks_of_answers(desk: Desk) -> None:
    fields = {
        (slug, field.name): field for slug, form in desk.forms.items() for field in form.fields
    }

    assert {key: field.pattern for key, field in fields.items() if field.pattern} == {
        ("iscrizioni", "matricola"): "[0-9]{6,7}",
        ("carriera", "matricola"): "[0-9]{6,7}",
        ("tasse", "matricola"): "[0-9]{6,7}",
        ("mobilita", "matricola"): "[0-9]{6,7}",
        ("tasse", "anno"): "[0-9]{4}/[0-9]{4}",
    }
    assert (fields["tasse", "importo"].type, fields["tasse", "importo"].minimum) == ("number", 0)
    assert fields["posta", "indirizzo"].type == "email"
    assert [choice.value for choice in fields["wifi", "sede"].choices] == [
        "centro",
        "polo-nord",
        "residenze",
    ]
    assert [choice.value for choice in fields["biblioteca", "tipo"].choices] == [
        "prestito",
        "accesso-risorse",
        "altro",
    ]
    assert fields["aula", "urgente"].type == "boolean"


def test_urgent_means_priority_4(desk: Desk) -> None:
    rules = {
        slug: [(rule.field, rule.equals, rule.priority) for rule in form.priority_rules]
        for slug, form in desk.forms.items()
    }

    assert {slug: found for slug, found in rules.items() if found} == {
        "aula": [("urgente", True, 4)]
    }


def test_every_form_is_open_to_everybody_and_asks_for_consent(desk: Desk) -> None:
    assert {
        (form.audience, form.login, form.opens_at, form.closes_at) for form in desk.forms.values()
    } == {((), False, None, None)}
    assert all(
        "privacy" in form.consent.it and "privacy" in form.consent.en
        for form in desk.forms.values()
    )


def test_the_operators_with_their_rights_and_addresses(desk: Desk) -> None:
    rights = {
        who: {group: set(given) for group, given in operator.rights.items()}
        for who, operator in desk.operators.items()
    }

    assert rights == RIGHTS
    assert all(operator.email == f"{who}@example.edu" for who, operator in desk.operators.items())
    assert all(desk.rights("luisa.villa", queue) == ALL_RIGHTS for queue in desk.queues)


def test_the_people_who_only_ask(desk: Desk) -> None:
    assert {who: (person.email, person.affiliation) for who, person in desk.people.items()} == {
        "giulia.neri": ("giulia.neri@studenti.example.edu", "student"),
        "hugo.marchi": ("hugo.marchi@example.edu", "staff"),
    }


def test_mobility_has_a_recipe_whose_first_step_checks_the_career_and_whose_others_run_side_by_side(
    desk: Desk,
) -> None:
    recipes = {slug: form.recipe for slug, form in desk.forms.items() if form.recipe is not None}

    assert list(recipes) == ["mobilita"]
    steps = recipes["mobilita"].steps
    assert [(step.name, step.queue, step.after) for step in steps] == [
        ("carriera", "studenti/carriere", ()),
        ("tasse", "studenti/tasse", ("carriera",)),
        ("identita", "ict/identita", ("carriera",)),
    ]
    assert {step.name: step.if_unsuccessful for step in steps} == {
        "carriera": "ask",
        "tasse": "ask",
        "identita": "continue",
    }
    assert {step.fields for step in steps} == {("matricola", "paese", "periodo")}
    assert [step.when for step in steps] == [(), (), ()]


def test_what_is_escalated_goes_down_its_own_branch_whatever_it_is_about(desk: Desk) -> None:
    above = {
        name for name in desk.queues if any(other.startswith(f"{name}/") for other in desk.queues)
    }
    assert above == {"studenti", "ict", "ict/rete"}

    for queue in above:
        for request_type in (None, *desk.forms):
            request = RoutingRequest(
                request_type=request_type,
                origin="website",
                affiliation="student",
                language="it",
                escalated_from=queue,
            )
            assert decide(desk, request, NOW).queue.startswith(f"{queue}/"), (queue, request_type)


def test_a_child_opened_by_the_type_of_a_first_level_that_has_a_second_goes_to_the_second(
    desk: Desk,
) -> None:
    reached = {
        form: decide(
            desk, RoutingRequest(form, "website", "student", "it", is_child=True), NOW
        ).queue
        for form in ("iscrizioni", "carriera", "tasse", "account", "posta", "wifi")
    }

    assert reached == {
        "iscrizioni": "studenti/carriere",
        "carriera": "studenti/carriere",
        "tasse": "studenti/tasse",
        "account": "ict/identita",
        "posta": "ict/identita",
        "wifi": "ict/rete/wifi",
    }


@pytest.mark.parametrize(
    ("pattern", "is_digits"),
    [
        ("[0-9]{6,7}", True),
        (r"\d+", True),
        (r"[0-9]\d{5}", True),
        ("[0-9]{4}/[0-9]{4}", False),
        ("[0-9a]{6}", False),
        ("", False),
    ],
)
def test_a_question_whose_answer_has_digits_only_says_so(pattern: str, is_digits: bool) -> None:
    field = FormField(
        name="matricola",
        type="text",
        label=Text(it="Matricola", en="Number"),
        pattern=pattern or None,
    )

    assert field.is_digits is is_digits
