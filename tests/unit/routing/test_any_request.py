"""Whatever a ticket says, and whatever the rules of a checked desk are, it gets a queue that exists
and is open.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.routing.rules import always_before, decide
from shared.contracts.desk import FieldCondition, Rule, RuleConditions
from shared.policy.rules import RoutingRequest
from tests.fixtures.desk_files import load_desk

EXAMPLE = load_desk(Path(__file__).parents[3] / "deploy" / "desk")

answers = st.one_of(
    st.text(max_size=60),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from(["2026/2027", "centro", ""]),
)
names = st.sampled_from(["matricola", "anno", "sede", "importo", "urgente"])
types = st.sampled_from([*EXAMPLE.forms])
origins = st.sampled_from(["online-services", "service", "website", "faq"])
affiliations = st.sampled_from(["student", "staff", "guest"])
languages = st.sampled_from(["it", "en"])
queues = st.sampled_from([*EXAMPLE.queues])
requests = st.builds(
    RoutingRequest,
    request_type=st.none() | types | st.text(max_size=20),
    origin=origins,
    affiliation=affiliations,
    language=languages,
    fields=st.dictionaries(names, answers, max_size=4),
    is_child=st.booleans(),
    escalated_from=st.none() | queues,
)
values = st.none() | answers | st.lists(answers, max_size=3).map(tuple)
conditions = st.builds(
    FieldCondition,
    field=names,
    operator=st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "in", "present"]),
    value=values,
)
whens = st.builds(
    RuleConditions,
    request_type=st.lists(types, max_size=2).map(tuple),
    origin=st.lists(origins, max_size=2).map(tuple),
    affiliation=st.lists(affiliations, max_size=2).map(tuple),
    language=st.lists(languages, max_size=1).map(tuple),
    fields=st.lists(conditions, max_size=2).map(tuple),
    hours=st.none() | st.sampled_from(["08:00-18:00", "20:00-07:00", "nonsense"]),
    child=st.none() | st.booleans(),
    escalated_from=st.none() | queues,
)
rules = st.lists(
    st.builds(Rule, name=st.text(min_size=1, max_size=20), when=whens, queue=queues), max_size=6
).map(tuple)
# The zone is given apart.
_EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001
_LATEST = datetime(2100, 1, 1)  # noqa: DTZ001
moments = st.datetimes(min_value=_EARLIEST, max_value=_LATEST, timezones=st.just(UTC))


@given(request=requests, rules=rules, closed=st.sets(queues), now=moments)
def test_a_decision_never_fails_and_names_an_open_queue(
    request: RoutingRequest, rules: tuple[Rule, ...], closed: set[str], now: datetime
) -> None:
    kept = {
        name: queue.model_copy(update={"closed": name in closed - {EXAMPLE.default_queue}})
        for name, queue in EXAMPLE.queues.items()
    }
    desk = EXAMPLE.model_copy(update={"rules": rules, "queues": kept})

    decision = decide(desk, request, now)

    assert decision.queue in desk.queues
    assert not desk.queues[decision.queue].closed
    assert decision.rule is None or decision.rule in {rule.name for rule in rules}
    assert decision.reason
    assert decision.reason.translate({0x200C: None, 0x200D: None}).isprintable()
    assert set(decision.missing) <= set(desk.queues[decision.queue].needs)
    assert decide(desk, request, now) == decision


@given(request=requests, first=whens, second=whens, now=moments)
def test_a_rule_said_to_win_always_does(
    request: RoutingRequest, first: RuleConditions, second: RuleConditions, now: datetime
) -> None:
    earlier, later = (
        Rule(name="earlier", when=first, queue="ict"),
        Rule(name="later", when=second, queue="aule"),
    )
    desk = EXAMPLE.model_copy(update={"rules": (earlier, later)})

    decision = decide(desk, request, now)

    assert not (decision.rule == "later" and always_before(earlier, later))


@given(request=requests, rules=rules, now=moments)
def test_a_persons_request_comes_to_one_of_the_queues_said_to_be_reached(
    request: RoutingRequest, rules: tuple[Rule, ...], now: datetime
) -> None:
    desk = EXAMPLE.model_copy(update={"rules": rules})
    sent = replace(
        request, request_type=request.request_type or "tasse", is_child=False, escalated_from=None
    )

    assert decide(desk, sent, now).queue in desk.queues_of_requests(str(sent.request_type))
