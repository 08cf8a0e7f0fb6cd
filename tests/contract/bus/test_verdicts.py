"""What a handler says about a message decides what becomes of it; its neighbours have their effect
meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.fixtures.bus_services import turn
from tests.fixtures.bus_town import Town, eventually
from tests.fixtures.bus_words import Counted


async def test_not_yet_waits_as_often_as_it_must_and_then_works(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    early = await town.count(uuid4(), trouble="not-yet")
    neighbours = await town.count(uuid4(), uuid4())

    await town.until_effects(*neighbours)

    async def waited_often() -> bool:
        return town.shop("keeper").attempts[early[0]] > 10

    await eventually(waited_often, what="a message that must wait is looked at again and again")
    kept = (await town.failed())[early[0]]
    assert kept.state == "waiting"
    assert kept.error == "NotYet: what it builds on"
    assert await town.dead() == {}
    town.heal()
    await town.all_had_their_effect_once()


async def test_waiting_is_no_failure_so_that_all_eight_attempts_are_left_afterwards(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    (patient,) = await town.count(uuid4(), trouble="not-yet|raise")

    async def waited_often() -> bool:
        return town.shop("keeper").attempts[patient] > 10

    await eventually(waited_often, what="it has waited more often than a message may fail")
    met_before = town.shop("keeper").attempts[patient]
    turn(town.place.folder)
    await town.until_dead(patient)

    assert (await town.dead())[patient].attempts == 8
    assert town.shop("keeper").attempts[patient] - met_before in (
        8,
        9,
    )  # it may have waited once more before it turned
    await town.all_had_their_effect_once(without=[patient])


async def test_not_yet_for_a_day_makes_a_dead_letter(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (lonely,) = await town.count(uuid4(), trouble="not-yet")

    async def waits() -> bool:
        return lonely in await town.failed()

    await eventually(waits, what="it is kept as waiting")
    town.clock.ahead = timedelta(hours=24, minutes=1)

    await town.until_dead(lonely)
    assert (await town.dead())[lonely].error == "NotYet: what it builds on"
    await town.all_had_their_effect_once(without=[lonely])


@pytest.mark.parametrize("trouble", ["try-again", "raise", "file"])
async def test_what_fails_for_now_is_tried_again_until_it_works(town: Town, trouble: str) -> None:
    await town.up("maker", "keeper", "watcher")
    before, (failing,), after = [await town.count(uuid4(), trouble=t) for t in ("", trouble, "")]
    await town.until_effects(*before, *after)

    async def tried_twice() -> bool:
        return town.shop("keeper").attempts[failing] > 2

    await eventually(tried_twice, what="it is tried again")
    assert (await town.effects())[failing] == 0
    town.heal()

    await town.all_had_their_effect_once()


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("raise", "ValueError: the handler stumbles"),
        ("try-again", "TryAgain: later"),
        ("stammer", "ValueError: the handler says \ufffd and ?"),
        ("file", "FileNotFoundError: the handler misses a file of its own"),
    ],
)
async def test_eight_attempts_make_a_dead_letter_and_the_neighbours_have_their_effect(
    town: Town, trouble: str, error: str
) -> None:
    await town.count(*[uuid4() for _ in range(5)])
    (failing,) = await town.count(uuid4(), trouble=trouble)
    await town.count(*[uuid4() for _ in range(5)])

    await town.up("maker", "keeper", "watcher")

    await town.until_dead(failing)
    letter = (await town.dead())[failing]
    assert (letter.attempts, letter.error, letter.type, letter.service) == (
        8,
        error,
        Counted.NAME,
        "keeper",
    )
    assert letter.body == town.committed[failing].model_dump_json()
    await town.all_had_their_effect_once(without=[failing])
    assert list(await town.failed()) == [failing]


@pytest.mark.parametrize(
    ("trouble", "error"), [("invalid", "Invalid: never"), ("conflict", "Conflict: contradicts")]
)
async def test_invalid_and_conflict_make_a_dead_letter_at_once(
    town: Town, trouble: str, error: str
) -> None:
    await town.count(uuid4(), uuid4())
    (hopeless,) = await town.count(uuid4(), trouble=trouble)
    await town.count(uuid4(), uuid4())

    await town.up("maker", "keeper", "watcher")

    await town.until_dead(hopeless)
    letter = (await town.dead())[hopeless]
    assert (letter.attempts, letter.error) == (1, error)
    await town.all_had_their_effect_once(without=[hopeless])


@pytest.mark.parametrize(
    "body",
    ["no JSON", '{"counter": 5, "version": "x"}', "[]", '{"counter": "\\u0000", "version": 1}', ""],
)
async def test_what_cannot_be_decoded_is_a_dead_letter_at_once(town: Town, body: str) -> None:
    await town.count(uuid4())
    garbled = await town.say_raw(body)
    await town.count(uuid4())

    await town.up("maker", "keeper", "watcher")

    await town.until_dead(garbled)
    await town.until_dead(garbled, service="watcher")
    letter = (await town.dead())[garbled]
    assert (letter.attempts, letter.body) == (1, body)
    assert letter.error.startswith("Invalid: cannot be decoded: ")
    await town.all_had_their_effect_once()


async def test_values_that_no_database_takes_make_a_dead_letter_at_once(town: Town) -> None:
    await town.count(uuid4())
    absurd = await town.say_raw(f'{{"counter": "{uuid4()}", "version": {2**70}}}')
    with_nul = await town.say_raw(f'{{"counter": "{uuid4()}", "version": 1, "where": "\\u0000"}}')
    await town.count(uuid4())

    await town.up("maker", "keeper", "watcher")

    for message in (absurd, with_nul):
        await town.until_dead(message)
        await town.until_dead(message, service="watcher")
    letters = await town.dead()
    assert [letters[message].attempts for message in (absurd, with_nul)] == [1, 1]
    assert letters[with_nul].error == "Invalid: cannot be decoded: a text holds NUL"
    await town.all_had_their_effect_once()


async def test_several_troubles_in_one_batch_each_get_their_own_verdict(town: Town) -> None:
    said = {
        trouble: (await town.count(uuid4(), uuid4(), trouble=trouble))
        for trouble in ("invalid", "", "raise", "conflict", "not-yet")
    }

    await town.up("maker", "keeper", "watcher")

    dead = [*said["invalid"], *said["raise"], *said["conflict"]]
    await town.until_dead(*dead)
    await town.until_effects(*said[""])
    assert {i: row.state for i, row in (await town.failed()).items()} == dict.fromkeys(
        dead, "dead"
    ) | dict.fromkeys(said["not-yet"], "waiting")
    town.heal()
    await town.all_had_their_effect_once(without=dead)
