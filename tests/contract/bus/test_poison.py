"""Processes that die: by a message that kills them, or by kill -9 at whatever moment."""

from __future__ import annotations

from uuid import uuid4

import structlog
from sqlalchemy import text

from tests.fixtures.bus_services import EFFECTS
from tests.fixtures.bus_town import Town, eventually

SIGKILLED = -9


async def test_a_message_that_kills_the_process_is_dead_after_three_starts_and_others_go_on(
    town: Town,
) -> None:
    """It is the very first message that the service ever gets."""
    await town.count(uuid4(), uuid4(), times=2)
    (poison,) = await town.count(uuid4(), trouble="kill")
    await town.count(uuid4(), uuid4(), times=2)

    await town.publish_all()
    deaths = 0
    while True:
        process = town.start_process("maker", "keeper", "watcher")

        async def is_over() -> bool:
            # Awaited within this round.
            return process.ended_with is not None or poison in await town.dead()  # noqa: B023

        await eventually(is_over, what="the process dies, or the message is a dead letter")
        if process.ended_with is None:
            break
        assert process.ended_with == SIGKILLED
        deaths += 1

    assert deaths == 4  # once in its batch, then three starts alone
    letter = (await town.dead())[poison]
    assert letter.error == "3 starts never came to an end"
    await town.all_had_their_effect_once(without=[poison])


async def test_what_was_in_hand_at_kill_9_comes_again_and_has_its_effect_once(town: Town) -> None:
    await town.count(uuid4(), times=3)
    (stuck,) = await town.count(uuid4(), trouble="hang")
    await town.count(uuid4(), times=3)
    process = await town.other_process("maker", "keeper", "watcher")
    await town.met(stuck)
    assert await town.rows("keeper", EFFECTS) == []

    await process.kill()
    assert await town.rows("keeper", EFFECTS) == []
    town.heal()
    await town.other_process("maker", "keeper", "watcher")

    await town.all_had_their_effect_once()


async def test_processes_killed_again_and_again_while_events_flow_lose_nothing_and_double_nothing(
    town: Town,
) -> None:
    counters = [uuid4() for _ in range(12)]
    for _ in range(3):
        process = await town.other_process("maker", "keeper", "watcher")
        before = len(await town.rows("keeper", EFFECTS))
        for _ in range(10):
            await town.count(*counters)

        async def some_more() -> bool:
            # Awaited within this round.
            return len(await town.rows("keeper", EFFECTS)) > before + 20  # noqa: B023

        await eventually(some_more, what="some of them have had their effect")
        await process.kill()

    await town.other_process("maker", "keeper", "watcher")
    await town.all_had_their_effect_once()
    assert len(town.committed) == 360


async def test_a_process_told_to_stop_finishes_what_is_in_hand(town: Town) -> None:
    process = await town.other_process("maker", "keeper", "watcher")
    said = await town.count(*[uuid4() for _ in range(20)], times=10)

    await process.stop()

    assert process.ended_with == 0
    effects = set(await town.effects())
    await town.other_process("maker", "keeper", "watcher")
    await town.all_had_their_effect_once()
    assert effects <= set(said)


async def test_a_consumer_that_fails_outright_starts_again_and_loses_nothing(town: Town) -> None:
    """Not even keeping a failed message is possible for a while; a later batch must not carry it
    away.
    """
    await town.up("maker", "keeper", "watcher")
    await town.until_effects(*await town.count(uuid4()))
    await execute(town, "alter table failed_messages rename to hidden")
    with structlog.testing.capture_logs() as logs:
        (failing,) = await town.count(uuid4(), trouble="invalid")
        await town.met(failing)
        await town.count(uuid4(), times=3)

        async def started_again() -> bool:
            return (
                len(
                    [
                        entry
                        for entry in logs
                        if entry["event"] == "task.failed" and entry["task"] == "keeper.consumer"
                    ]
                )
                > 0
            )

        await eventually(started_again, what="the consumer has failed and was started again")
    await execute(town, "alter table hidden rename to failed_messages")

    await town.until_dead(failing)
    await town.all_had_their_effect_once(without=[failing])


async def execute(town: Town, statement: str) -> None:
    async with town.databases["keeper"].transaction() as uow:
        await uow.connection.execute(text(statement))
