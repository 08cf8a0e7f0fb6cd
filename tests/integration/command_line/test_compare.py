"""`compare` names what differs between each two services, and how many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from services.cli.pairs import Agreement, bounded
from tests.installation.installation import Installation
from tests.installation.people import People
from tests.installation.start import embedded
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that nobody else uses."""
    with embedded() as installation:
        yield installation


def ask(installation: Installation, service: str, query: str, *values: Any) -> list[Any]:
    connection = sqlite3.connect(installation.data / f"{service}.db", timeout=10)
    with connection:
        found = connection.execute(query, values).fetchall()
    connection.close()
    return found


async def test_what_each_two_services_do_not_agree_on_is_named(own: Installation) -> None:
    async with People(own) as people:
        numbers = [await people.new_ticket(f"Richiesta {number}") for number in range(3)]

        async def is_quiet() -> bool:
            sent = ask(
                own,
                "notify",
                "select count(*) from deliveries where kind = 'receipt' and state = 'sent'",
            )
            told = ask(own, "tickets", "select count(*) from articles where kind = 'notice'")
            return sent == told == [(3,)]

        await eventually(is_quiet, what="the receipts have been sent and are articles")
    own.stop()
    whole = own.command("compare")
    (first, second, third) = (
        ask(own, "tickets", "select id from tickets where number = ?", each)[0][0]
        for each in numbers
    )
    # The first ticket lost its receipt, the second the article of it, the third its queue; and the
    # mail of the second failed.
    ask(own, "notify", "delete from deliveries where kind = 'receipt' and ticket_id = ?", first)
    ask(own, "tickets", "delete from articles where kind = 'notice' and ticket_id = ?", second)
    ask(own, "portal", "delete from articles where kind = 'notice' and ticket_id = ?", second)
    ask(
        own,
        "notify",
        (
            "update deliveries set state = 'failed', version = version + 1 where kind = 'receipt' "
            "and "
            "ticket_id = ?"
        ),
        second,
    )
    ask(
        own,
        "tickets",
        "update tickets set queue = null, routing_asked_at = updated_at where id = ?",
        third,
    )
    ask(own, "portal", "update tickets set queue = null where id = ?", third)
    # The portal has lost a mail and all notices of the first.
    ask(own, "portal", "delete from deliveries where kind = 'receipt' and ticket_id = ?", third)
    ask(own, "portal", "delete from notices where ticket_id = ?", first)
    (notices,) = ask(own, "notify", "select count(*) from notices where ticket_id = ?", first)[0]
    undecided = own.command("compare", "--patience", "0")
    ask(own, "routing", "delete from decisions where ticket_id = ?", third)
    # The portal is ahead of the first ticket and behind the second; tickets no longer has a change
    # of the second, nor the third at all.
    ask(own, "portal", "update tickets set version = version + 1 where id = ?", first)
    ask(own, "portal", "delete from articles where ticket_id = ?", second)
    ask(own, "tickets", "delete from history where version = 2 and ticket_id = ?", second)
    unheard = own.command("compare", "--patience", "0")
    ask(own, "tickets", "delete from tickets where id = ?", third)
    lost = own.command("compare", "--patience", "0")

    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "all is the same")
    counts = [line.split(" since ")[0] for line in whole.stdout.splitlines()[1:8]]
    assert counts == [
        "requests: 3 in intake, 3 in tickets",
        "queues: 0 tickets wait for one, 0 of these routing has decided",
        "places: 3 tickets, of 3 notify knows the queue",
        "mails: 0 changes",
        "deliveries: 3 mails to requesters and outside in notify",
        f"notices: {3 * notices} to operators in notify",
        f"shown: 3 mails, {3 * notices} notices and 0 preferences in notify",
    ]
    assert (
        f"tickets whose queue notify does not know: 1: {numbers[2]}"
        in undecided.stdout.splitlines()
    )
    assert (undecided.returncode, unheard.returncode) == (1, 1)
    lines = undecided.stdout.splitlines()
    assert f"tickets that have not heard which queue routing decided: 1: {numbers[2]}" in lines
    assert f"changes whose mails were never made: 1: {numbers[0]} version 1 (1 receipt)" in lines
    assert f"mails whose article tickets does not have: 1: {numbers[1]} (receipt)" in lines
    assert f"mails that failed without tickets knowing: 1: {numbers[1]} (receipt)" in lines
    assert (
        f"tickets that wait for a queue without routing knowing: 1: {numbers[2]}"
        in unheard.stdout.splitlines()
    )
    assert (
        f"mails whose end the portal does not show: 2: {numbers[1]} (receipt), {numbers[2]} "
        f"(receipt)"
    ) in lines
    assert f"notices that the portal does not show as they stand: {notices}: {numbers[0]}" in lines
    named = unheard.stdout.splitlines()
    ahead = "tickets of which the portal has what tickets does not have (recover mends that): 2: "
    assert [line.removeprefix(ahead).split(", ") for line in named if line.startswith(ahead)] in (
        [numbers[:2]],
        [numbers[1::-1]],
    )
    assert f"tickets of which the portal lacks something: 1: {numbers[1]}" in named
    assert (
        f"notices of changes that tickets does not have: {notices}: {numbers[1]} version 2" in named
    )
    assert (
        f"mails of tickets that do not exist: 1: {numbers[2]} (receipt)" in lost.stdout.splitlines()
    )
    assert undecided.stderr.splitlines()[-1].startswith(
        "7 differ: 1 tickets that have not heard which queue routing decided, 1 tickets whose "
        "queue notify does not know, "
        "1 changes whose mails were never made, "
        "1 mails whose article tickets does not have, 1 mails that failed without tickets knowing, "
        f"2 mails whose end the portal does not show, {notices} notices that the portal does not "
        f"show as they stand; "
    )


def test_only_what_differs_in_every_look_differs() -> None:
    first = Agreement("first", {"lost": {1: "one", 2: "two", 3: "three"}, "late": {}})
    second = Agreement("second", {"lost": {1: "one", 4: "four"}, "late": {2: "two"}})

    still = first.still(second)

    assert still == Agreement("second", {"lost": {1: "one"}, "late": {2: "two"}})
    assert not still.is_whole
    assert still.still(Agreement("third", {"lost": {4: "four"}, "late": {}})).is_whole


def test_the_last_sentence_names_ten_and_counts_the_others() -> None:
    names = [f"tickets of partition {number}" for number in range(12)]

    assert bounded(names[:10]) == ", ".join(names[:10])
    assert bounded(names) == ", ".join(names[:10]) + " and 2 more"
