"""How far an embedded consumer has got, across stops of every kind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.core.cause import Cause
from shared.database.database import Database
from shared.messaging.embedded import EmbeddedBus, EmbeddedSource
from tests.fixtures.bus_words import Counted, Kept
from tests.integration.messaging.conftest import migrated


async def say(maker: Database, *, version: int = 1) -> UUID:
    async with maker.transaction() as uow:
        return uow.emit(
            Counted(counter=uuid4(), version=version), aggregate_id=uuid4(), cause=Cause.fresh()
        )


async def say_kept(keeper: Database) -> UUID:
    async with keeper.transaction() as uow:
        return uow.emit(Kept(counter=uuid4(), version=1), aggregate_id=uuid4(), cause=Cause.fresh())


async def open_source(follower: Database, *producers: Database) -> EmbeddedSource:
    """What a process does when it starts."""
    bus = EmbeddedBus()
    for database in {follower.service: follower, **{p.service: p for p in producers}}.values():
        bus.join(database)
    source = await bus.source(follower)
    await source.rewind()
    return source


async def settle(source: EmbeddedSource, follower: Database) -> list[UUID]:
    """Take the next batch and settle it; return the ids of its messages."""
    batch = await source.next_batch()
    async with follower.transaction() as uow:
        await batch.settle_in(uow)
    await batch.settled()
    return [message.id for message in (*batch.messages, *batch.suspects)]


async def handed_out(source: EmbeddedSource) -> tuple[list[UUID], list[UUID]]:
    """The ids of the next batch: messages and suspects."""
    async with asyncio.timeout(10):
        batch = await source.next_batch()
    return [m.id for m in batch.messages], [m.id for m in batch.suspects]


async def test_what_was_settled_does_not_come_again_after_a_clean_stop(
    maker: Database, keeper: Database
) -> None:
    first = await say(maker)
    source = await open_source(keeper, maker)
    assert await settle(source, keeper) == [first]
    await source.close()

    second = await say(maker)

    assert await handed_out(await open_source(keeper, maker)) == ([second], [])


async def test_what_was_handed_out_and_not_settled_is_suspect_after_a_stop_that_was_not_clean(
    maker: Database, keeper: Database
) -> None:
    settled = await say(maker)
    source = await open_source(keeper, maker)
    assert await settle(source, keeper) == [settled]
    in_hand = await say(maker)
    assert await handed_out(source) == ([in_hand], [])

    later = await say(maker)

    assert await handed_out(await open_source(keeper, maker)) == ([], [in_hand, later])


async def test_nothing_is_passed_over_that_a_producer_says_after_it_was_restored_from_a_backup(
    maker: Database, keeper: Database, tmp_path: Path
) -> None:
    source = await open_source(keeper, maker)
    for _ in range(3):
        await say(maker)
    assert len(await settle(source, keeper)) == 3
    await source.close()
    restored = tmp_path / "restored"
    restored.mkdir()
    async for earlier in migrated(restored, "maker"):
        after = await say(earlier)

        assert await handed_out(await open_source(keeper, earlier)) == ([after], [])


async def test_the_very_first_message_is_suspect_too_after_a_stop_that_was_not_clean(
    maker: Database, keeper: Database
) -> None:
    first = await say(maker)
    assert await handed_out(await open_source(keeper, maker)) == ([first], [])

    assert await handed_out(await open_source(keeper, maker)) == ([], [first])


async def test_a_stop_with_a_batch_in_hand_is_not_clean_and_loses_nothing(
    maker: Database, keeper: Database
) -> None:
    first = await say(maker)
    source = await open_source(keeper, maker)
    assert await handed_out(source) == ([first], [])

    await source.close()

    assert await handed_out(await open_source(keeper, maker)) == ([], [first])


async def test_what_was_handed_out_and_not_settled_comes_again_when_the_consumer_starts_again(
    maker: Database, keeper: Database
) -> None:
    first, second = await say(maker), await say(maker)
    source = await open_source(keeper, maker)
    assert await handed_out(source) == ([first, second], [])

    await source.rewind()

    assert await handed_out(source) == ([first, second], [])


async def test_a_stop_while_the_outboxes_are_being_read_loses_nothing(
    maker: Database, keeper: Database, watcher: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """watcher follows two outboxes; it is stopped after the first has been read, before the second
    answers.
    """
    kept, counted = await say_kept(keeper), await say(maker)
    source = await open_source(watcher, maker, keeper)
    reading = asyncio.Event()

    async def never() -> None:
        reading.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(maker, "kept_reader", never)  # keeper's outbox is read before maker's
        looking = asyncio.create_task(source.next_batch())
        await reading.wait()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await source.close()

    messages, suspects = await handed_out(await open_source(watcher, maker, keeper))
    assert {*messages, *suspects} == {kept, counted}


async def test_what_a_service_does_not_hear_is_let_go_by_all(
    keeper: Database, maker: Database, watcher: Database
) -> None:
    bus = EmbeddedBus()
    for database in (maker, keeper, watcher):
        bus.join(database)
    sources = {database.service: await bus.source(database) for database in (keeper, watcher)}
    async with maker.transaction() as uow:
        replay = uow.emit(
            Counted(counter=uuid4(), version=1),
            aggregate_id=uuid4(),
            cause=Cause.fresh(),
            target="keeper",
        )

    assert await settle(sources["keeper"], keeper) == [replay]
    looking = asyncio.create_task(sources["watcher"].next_batch())
    async with asyncio.timeout(10):
        while sources["watcher"].committed.get("maker") != sources["keeper"].committed["maker"]:
            await asyncio.sleep(0.01)
    looking.cancel()
    await bus.clean()

    async with maker.reading() as connection:
        assert (await connection.exec_driver_sql("select count(*) from outbox")).scalar() == 0
