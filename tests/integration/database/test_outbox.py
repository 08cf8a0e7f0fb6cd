"""What relays and followers ask of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4
from zlib import crc32

import pytest

from shared.core.cause import Cause
from shared.database.database import Database
from shared.database.outbox import (
    delete_published,
    list_parked,
    lock_partitions,
    outbox_state,
    park,
    read_after,
    read_window,
    unpark,
)
from shared.database.unit_of_work import PARTITIONS
from tests.fixtures.bus_words import Counted

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def aggregate_in(partition: int) -> UUID:
    while crc32((found := uuid4()).bytes) % PARTITIONS != partition:
        pass
    return found


async def say(database: Database, *partitions: int) -> list[UUID]:
    async with database.transaction() as uow:
        return [
            uow.emit(
                Counted(counter=uuid4(), version=1),
                aggregate_id=aggregate_in(partition),
                cause=Cause.fresh(),
            )
            for partition in partitions
        ]


@pytest.fixture
def database_url(postgres_database: str) -> str:
    """Partitions are PostgreSQL's; the rest is the same on SQLite and tested with the embedded
    bus.
    """
    return postgres_database


async def test_a_relay_locks_only_the_partitions_that_hold_rows_and_leaves_the_others_to_others(
    database: Database,
) -> None:
    await say(database, 3, 5, 3)
    async with database.transaction() as first:
        assert await lock_partitions(first.connection) == ([3, 5], False)
        await say(database, 7)

        async with database.transaction() as second:
            assert await lock_partitions(second.connection) == ([7], True)


async def test_locked_partitions_are_free_again_after_the_transaction(database: Database) -> None:
    await say(database, 3)
    for _ in range(2):
        async with database.transaction() as uow:
            assert await lock_partitions(uow.connection) == ([3], False)


async def test_a_window_holds_the_oldest_rows_of_its_partitions_in_order(
    database: Database,
) -> None:
    said = await say(database, 1, 2, 1, 9, 2, 1)

    async with database.transaction() as uow:
        assert await ids(read_window(uow.connection, [1, 2], limit=4)) == [
            said[0],
            said[1],
            said[2],
            said[4],
        ]
        assert await ids(read_window(uow.connection, [9], limit=4)) == [said[3]]
        assert await ids(read_window(uow.connection, [], limit=4)) == []


async def test_parked_rows_are_in_no_window_and_in_no_count_of_what_waits(
    database: Database,
) -> None:
    said = await say(database, 1, 1)
    async with database.transaction() as uow:
        (first, _) = await read_window(uow.connection, [1], limit=10)
        await park(uow.connection, [first.seq], error="nobody", now=LONG_AGO)

    async with database.transaction() as uow:
        assert await ids(read_window(uow.connection, [1], limit=10)) == [said[1]]
        state = await outbox_state(uow.connection, now=datetime.now(UTC))
        assert (state.pending, state.parked) == (1, 1)
        assert [(row.id, error, at) for row, error, at in await list_parked(uow.connection)] == [
            (said[0], "nobody", LONG_AGO)
        ]
        assert await unpark(uow.connection, [*said, uuid4()]) == {said[0]}
        assert await ids(read_window(uow.connection, [1], limit=10)) == said


async def test_only_what_was_confirmed_is_deleted(database: Database) -> None:
    said = await say(database, 1, 1, 1)
    async with database.transaction() as uow:
        rows = await read_after(uow.connection, 0, limit=10)
        await delete_published(uow.connection, [rows[0].seq, rows[2].seq])
        await delete_published(uow.connection, [])

    async with database.reading() as connection:
        assert await ids(read_after(connection, 0, limit=10)) == [said[1]]


async def ids(reading: object) -> list[UUID]:
    rows: Sequence[object] = await reading  # type: ignore[misc]
    return [row.id for row in rows]  # type: ignore[attr-defined]
