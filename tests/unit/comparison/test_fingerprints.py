"""Fingerprints tell whether two sides have the same facts, in whatever order they read them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from asyncpg.pgproto import pgproto

from shared.comparison.fingerprints import (
    Fingerprint,
    Fingerprints,
    article_fact,
    change_fact,
    ticket_fact,
)
from shared.database.unit_of_work import PARTITIONS, partition_of
from tests.factories.portal_events import make_state

FIRST, SECOND = UUID(int=1), UUID(int=2)
AT = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)


def made_of(*facts: tuple[UUID, Sequence[object]]) -> list[Fingerprint]:
    found = Fingerprints()
    for aggregate_id, fact in facts:
        found.add(aggregate_id, fact)
    return found.by_partition()


def test_nothing_has_the_fingerprint_of_nothing() -> None:
    assert made_of() == [Fingerprint(0, 0)] * PARTITIONS
    assert Fingerprint().hexadecimal == "0000000000000000"


def test_the_order_of_facts_and_of_keys_does_not_matter() -> None:
    one, other = (FIRST, ["a", {"x": 1, "y": None}]), (SECOND, [2.5, AT])

    assert made_of(one, other) == made_of(other, (FIRST, ["a", {"y": None, "x": 1}]))


@pytest.mark.parametrize(
    "other",
    [
        (FIRST, ["a", {"x": 2}]),
        (FIRST, ["a", {"x": 1, "y": None}]),
        (FIRST, [{"x": 1}, "a"]),
        (FIRST, ["a", {"x": "1"}]),
    ],
)
def test_another_fact_has_another_fingerprint(other: tuple[UUID, list[object]]) -> None:
    assert made_of((FIRST, ["a", {"x": 1}])) != made_of(other)


def test_a_fact_counts_where_its_aggregate_belongs_and_as_often_as_it_is_there() -> None:
    fact = (FIRST, ["a"])

    once, twice = made_of(fact), made_of(fact, fact)

    assert [number for number, each in enumerate(once) if each.count] == [partition_of(FIRST)]
    assert twice[partition_of(FIRST)].count == 2
    assert twice[partition_of(FIRST)].total != once[partition_of(FIRST)].total


def test_ids_are_the_same_fact_whichever_driver_read_them() -> None:
    assert made_of((FIRST, [FIRST])) == made_of((FIRST, [pgproto.UUID(FIRST.hex)]))


def test_what_may_be_done_follows_from_the_rest_and_is_not_compared() -> None:
    assert ticket_fact(make_state()) == ticket_fact(make_state(actions={}))
    assert ticket_fact(make_state()) != ticket_fact(make_state(priority=4))


def test_who_wrote_and_who_changed_is_compared() -> None:
    article = SimpleNamespace(
        id=FIRST,
        kind="note",
        visible_to_requester=False,
        subject="",
        body="Testo",
        created_at=AT,
        child=None,
    )
    change = SimpleNamespace(
        version=2, at=AT, event="tickets.ticket.noted.v1", reason=None, changes={}
    )

    assert article_fact(article, identity="anna.ferri", name="Anna") == [
        FIRST,
        "note",
        "anna.ferri",
        "Anna",
        False,
        "",
        "Testo",
        AT,
        None,
    ]
    assert change_fact(change, identity=None, name="") == [
        2,
        AT,
        "tickets.ticket.noted.v1",
        None,
        "",
        None,
        {},
    ]
