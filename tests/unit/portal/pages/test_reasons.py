"""Why a ticket is in its queue, in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.portal.pages.reasons import routing_reason, system_reason
from services.routing.rules import decide
from shared.contracts.desk import FieldCondition, Rule, RuleConditions
from shared.policy.rules import RoutingRequest
from shared.web.language import translator
from tests.fixtures.desk_files import load_desk

DESK = load_desk(Path(__file__).parents[4] / "deploy" / "desk")
ITALIAN, ENGLISH = translator("it", "services.portal"), translator("en", "services.portal")
NOW = datetime(2026, 9, 28, 7, 30, tzinfo=UTC)  # 09:30 in Rome
EVERYTHING = RuleConditions(
    request_type=("tasse",),
    origin=("faq",),
    affiliation=("student",),
    language=("it",),
    child=False,
    hours="08:00-18:00",
    fields=(
        FieldCondition(field="anno", operator=">=", value=2026),
        FieldCondition(field="anno", operator="present"),
    ),
)


def reason_of(
    *rules: Rule, origin: str = "faq", request_type: str | None = "tasse", is_child: bool = False
) -> str:
    request = RoutingRequest(
        request_type=request_type,
        origin=origin,
        affiliation="student",
        language="it",
        fields={"anno": "2026/2027"},
        is_child=is_child,
    )
    return decide(DESK.model_copy(update={"rules": rules}), request, NOW).reason


def test_a_rule_says_in_italian_what_it_saw() -> None:
    reason = reason_of(Rule(name="Tasse, di giorno", when=EVERYTHING, queue="studenti/tasse"))

    assert routing_reason(reason, DESK, ITALIAN) == (
        "regola 1 «Tasse, di giorno»: non è un ticket figlio, tipo di richiesta: Tasse, "
        "contributi e borse, provenienza: FAQ studenti, "
        "richiedente: Studente, lingua: italiano, anno 2026/2027 >= 2026, anno ha una risposta, "
        "le 09:30 rientrano in 08:00-18:00"
    )


def test_what_no_rule_fits_says_so_in_both_languages() -> None:
    reason = reason_of(request_type=None, origin="website", is_child=True)

    assert routing_reason(reason, DESK, ITALIAN) == (
        "nessuna regola corrisponde (provenienza: Sito informativo, richiedente: Studente, è un "
        "ticket figlio); "
        "coda predefinita Supporto informatico (ict)"
    )
    assert routing_reason(reason, DESK, ENGLISH) == (
        "no rule fits (origin: Website, requester: Student, a child ticket); default queue IT "
        "support (ict)"
    )


def test_a_closed_queue_and_a_rule_without_conditions_are_told() -> None:
    closed = DESK.queues["aule"].model_copy(update={"closed": True})
    desk = DESK.model_copy(
        update={
            "queues": {**DESK.queues, "aule": closed},
            "rules": (Rule(name="Tutto", when=RuleConditions(), queue="aule"),),
        }
    )
    request = RoutingRequest(request_type="aula", origin="faq", affiliation="guest", language="en")

    reason = decide(desk, request, NOW).reason

    assert routing_reason(reason, desk, ITALIAN) == (
        "regola 1 «Tutto»: nessuna condizione; la coda Aule e spazi (aule) è chiusa; coda "
        "predefinita Supporto informatico (ict)"
    )


@pytest.mark.parametrize("form", DESK.forms)
def test_every_form_of_the_example_desk_is_told_without_english(form: str) -> None:
    request = RoutingRequest(
        request_type=form,
        origin="website",
        affiliation="guest",
        language="it",
        fields={"urgente": True},
    )

    told = routing_reason(decide(DESK, request, NOW).reason, DESK, ITALIAN)

    assert told.startswith("regola ")
    assert not [
        word for word in ("rule", "request_type", "origin", "present", "queue") if word in told
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "opened in queue studenti/tasse",
            "aperto nella coda Ufficio tasse e borse (studenti/tasse)",
        ),
        ("step sede of the recipe", "passo sede della procedura"),
        ('rule 3 "Una, due": never heard of', "regola 3 «Una, due»: never heard of"),
        ("un motivo qualunque", "un motivo qualunque"),
    ],
)
def test_other_reasons_are_told_as_far_as_their_form_is_known(reason: str, told: str) -> None:
    assert routing_reason(reason, DESK, ITALIAN) == told


def test_what_a_person_wrote_is_not_translated() -> None:
    assert system_reason("tickets.ticket.moved.v1", "a child", DESK, ITALIAN) is None
    assert (
        system_reason("tickets.ticket.queued.v1", "a child", DESK, ITALIAN) == "è un ticket figlio"
    )


def test_the_rule_is_not_named_twice_where_it_is_named_beside_its_reason() -> None:
    reason = reason_of(
        Rule(name="Tasse", when=RuleConditions(request_type=("tasse",)), queue="studenti/tasse")
    )

    assert "Tasse»" in routing_reason(reason, DESK, ITALIAN)
    assert "«" not in routing_reason(reason, DESK, ITALIAN, is_named=True)
    assert routing_reason(reason, DESK, ITALIAN, is_named=True) in routing_reason(
        reason, DESK, ITALIAN
    )
