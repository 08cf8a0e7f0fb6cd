"""Fifty operators who want the same ticket at the same instant."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.conftest import CROWD
from tests.fixtures.system import Town
from tests.installation.people import People

pytestmark = pytest.mark.timeout(300)


async def test_of_fifty_who_take_a_ticket_at_once_one_gets_it_and_all_others_hear_who(
    town: Town, people: People
) -> None:
    crowd = {identity: await people.sign_in(identity) for identity in CROWD}
    number = await people.new_ticket("La vogliono tutti")

    answers = await asyncio.gather(
        *(person.post(f"/api/tickets/{number}/take") for person in crowd.values())
    )

    outcome = dict(zip(crowd, answers, strict=True))
    winners = [identity for identity, answer in outcome.items() if answer.status == 200]
    assert len(winners) == 1
    winner = winners[0]
    assert outcome[winner].json()["owner"] == winner
    losers = {identity: answer for identity, answer in outcome.items() if identity != winner}
    assert {answer.status for answer in losers.values()} == {409}
    assert {answer.headers["content-type"] for answer in losers.values()} == {
        "application/problem+json"
    }
    assert [
        identity for identity, answer in losers.items() if winner not in answer.json()["detail"]
    ] == []
    history = await crowd[winner].read(f"/api/tickets/{number}/history")
    assert [
        e["actor"]["identity"] for e in history["items"] if e["event"] == "tickets.ticket.taken.v1"
    ] == [winner]
    assert (await people.is_queued(number))["owner"] == winner
