"""Queues are renamed, regrouped, closed when they have been emptied, and never deleted."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.routing.queue_retirement import (
    QueuesStillNeeded,
    queues_given_up,
    require_queues_kept,
)
from shared.contracts.desk import Desk, Text
from tests.fixtures.desk_files import load_desk

EXAMPLE = load_desk(Path(__file__).parents[3] / "deploy" / "desk")


def changed(*queues: str, **changes: object) -> Desk:
    """Return the example desk with these queues changed."""
    return EXAMPLE.model_copy(
        update={
            "queues": EXAMPLE.queues
            | {q: EXAMPLE.queues[q].model_copy(update=changes) for q in queues}
        }
    )


def without(*queues: str) -> Desk:
    return EXAMPLE.model_copy(
        update={
            "queues": {name: queue for name, queue in EXAMPLE.queues.items() if name not in queues}
        }
    )


def without_right(identity: str, *groups: str) -> Desk:
    operator = EXAMPLE.operators[identity]
    kept = {group: rights for group, rights in operator.rights.items() if group not in groups}
    return EXAMPLE.model_copy(
        update={
            "operators": EXAMPLE.operators
            | {identity: operator.model_copy(update={"rights": kept})}
        }
    )


def refusal(before: Desk, after: Desk, not_ended: Mapping[str, int]) -> list[str]:
    """Return why `after` cannot follow `before`, nothing where it can."""
    try:
        require_queues_kept(before, after, not_ended=not_ended)
    except QueuesStillNeeded as refused:
        return str(refused).splitlines()
    return []


@pytest.mark.parametrize(
    "after",
    [
        EXAMPLE,
        changed("aule", title=Text(it="Spazi", en="Spaces"), address="spazi@example.edu"),
        changed("aule", "biblioteche", group="ict"),
        changed("ict/rete", needs=("sede",), level=4),
        without_right("oreste.bruni", "aule"),
    ],
    ids=["nothing", "titles", "groups", "needs and levels", "an operator of two"],
)
def test_what_leaves_tickets_reachable_is_accepted_however_many_there_are(after: Desk) -> None:
    assert queues_given_up(EXAMPLE, after) == []
    assert refusal(EXAMPLE, after, dict.fromkeys(EXAMPLE.queues, 9)) == []


def test_a_new_queue_is_accepted() -> None:
    assert refusal(without("aule"), EXAMPLE, {}) == []


def test_queues_that_are_missing_are_named() -> None:
    assert refusal(EXAMPLE, without("aule", "ict/rete/wifi"), {}) == [
        f'the queue "{name}" is in force and missing from the new desk; a queue cannot be '
        f"deleted, for tickets and their histories "
        "name it: put it back, with closed: true if nothing may come in"
        for name in ("ict/rete/wifi", "aule")
    ]


def test_a_queue_is_closed_once_its_tickets_have_ended() -> None:
    after = changed("aule", "biblioteche", closed=True)

    assert queues_given_up(EXAMPLE, after) == ["biblioteche", "aule"]
    assert refusal(EXAMPLE, after, {"ict": 5}) == []
    assert refusal(EXAMPLE, after, {"aule": 1, "biblioteche": 12}) == [
        (
            'the queue "biblioteche" cannot be closed: 12 tickets have not ended in it; expected '
            "them "
            "to be moved or closed before"
        ),
        (
            'the queue "aule" cannot be closed: 1 ticket has not ended in it; expected them to be '
            "moved or closed before"
        ),
    ]


def test_a_queue_that_is_closed_already_is_not_looked_at_and_may_open_again() -> None:
    closed = changed("aule", closed=True)

    assert queues_given_up(closed, closed) == []
    assert refusal(closed, closed, {"aule": 3}) == []
    assert refusal(closed, EXAMPLE, {"aule": 3}) == []


def test_a_queue_with_tickets_keeps_somebody_who_may_work_it() -> None:
    nobody = changed("aule", group="nuovo")

    assert queues_given_up(EXAMPLE, nobody) == ["aule"]
    assert refusal(EXAMPLE, nobody, {}) == []
    assert refusal(EXAMPLE, nobody, {"aule": 2}) == [
        (
            'nobody could work the queue "aule" any more: 2 tickets have not ended in it; '
            "expected an "
            'operator with rw in group "nuovo"'
        )
    ]


def test_a_queue_that_nobody_could_work_before_either_may_stay_so() -> None:
    nobody = changed("aule", group="nuovo")

    assert refusal(nobody, nobody, {"aule": 2}) == []
