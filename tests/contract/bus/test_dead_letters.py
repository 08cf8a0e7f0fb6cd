"""The desk for failed messages: a person lists, retries, or discards with a reason."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from shared.messaging.dead_letters import discard_dead_letter, retry_dead_letters
from tests.fixtures.bus_town import Town, eventually


async def test_a_dead_letter_that_is_retried_after_the_cause_is_mended_has_its_effect_once(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    letters = await town.count(uuid4(), uuid4(), trouble="invalid")
    await town.until_dead(*letters)
    town.heal()

    found = await retry_dead_letters(town.databases["keeper"], [letters[0]])

    assert found == {letters[0]}
    await town.all_had_their_effect_once(without=[letters[1]])
    assert set(await town.dead()) == {letters[1]}


async def test_a_retried_dead_letter_that_fails_again_has_all_its_attempts_and_is_dead_again(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    (letter,) = await town.count(uuid4(), trouble="raise")
    await town.until_dead(letter)
    met_before = town.shop("keeper").attempts[letter]

    await retry_dead_letters(town.databases["keeper"], [letter])

    async def died_again() -> bool:
        return (
            letter in await town.dead() and town.shop("keeper").attempts[letter] == met_before + 8
        )

    await eventually(died_again, what="it has failed eight times more")
    assert (await town.dead())[letter].attempts == 8
    await town.all_had_their_effect_once(without=[letter])


async def test_a_retried_dead_letter_may_wait_another_day_for_what_it_builds_on(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (letter,) = await town.count(uuid4(), trouble="not-yet")

    async def waits() -> bool:
        return (
            (await town.failed())[letter].state == "waiting"
            if letter in await town.failed()
            else False
        )

    await eventually(waits, what="it is kept as waiting")
    town.clock.ahead = timedelta(days=2)
    await town.until_dead(letter)

    await retry_dead_letters(town.databases["keeper"], [letter])

    await eventually(waits, what="it waits again")
    town.heal()
    await town.all_had_their_effect_once()


async def test_a_discarded_dead_letter_is_gone_for_good_and_the_fact_stays_with_its_reason(
    town: Town,
) -> None:
    await town.up("maker", "keeper", "watcher")
    discarded, kept = letters = await town.count(uuid4(), uuid4(), trouble="conflict")
    await town.until_dead(*letters)

    assert await discard_dead_letter(town.databases["keeper"], discarded, why="a test of ours")

    facts = [
        (row.message_id, row.type, row.error, row.why) for row in await town.discarded("keeper")
    ]
    assert facts == [
        (discarded, "maker.counter.counted.v1", "Conflict: contradicts", "a test of ours")
    ]
    assert set(await town.dead()) == {kept}
    assert await retry_dead_letters(town.databases["keeper"], [discarded]) == set()
    town.heal()
    await town.all_had_their_effect_once(without=letters)


async def test_what_is_no_dead_letter_is_neither_retried_nor_discarded(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (waiting,) = await town.count(uuid4(), trouble="not-yet")
    await town.met(waiting)

    assert await retry_dead_letters(town.databases["keeper"], [waiting, uuid4()]) == set()
    assert not await discard_dead_letter(town.databases["keeper"], waiting, why="impatience")
    assert not await discard_dead_letter(town.databases["keeper"], uuid4(), why="nonsense")

    assert await town.discarded("keeper") == []
    town.heal()
    await town.all_had_their_effect_once()


async def test_each_service_has_dead_letters_of_its_own(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    (at_watcher,) = await town.count(uuid4(), trouble="invalid", where="watcher")

    await town.until_dead(at_watcher, service="watcher")

    assert await town.dead("keeper") == {}
    assert await retry_dead_letters(town.databases["keeper"], [at_watcher]) == set()
    await town.all_had_their_effect_once(unarrived=[at_watcher])
