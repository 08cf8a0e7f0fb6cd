"""Followers of an outbox share the rows that one of them has read, and no follower misses a row."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.core.cause import Cause
from shared.database.database import Database
from shared.messaging import followed
from shared.messaging.followed import FollowedOutbox
from tests.fixtures.bus_words import Counted


async def say(maker: Database, count: int = 1) -> list[UUID]:
    async with maker.transaction() as uow:
        return [
            uow.emit(Counted(counter=uuid4(), version=1), aggregate_id=uuid4(), cause=Cause.fresh())
            for _ in range(count)
        ]


async def test_a_second_follower_reads_what_the_first_has_read_without_the_database(
    maker: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await say(maker, 5)
    outbox = FollowedOutbox(maker)
    first = [row.id for row in await outbox.after(0, limit=100)]
    (one, *_) = await outbox.after(0, limit=1)
    asked: list[int] = []

    async def read_after(_connection: object, seq: int, *, limit: int) -> list[object]:
        asked.append(seq)
        return []

    monkeypatch.setattr(followed, "read_after", read_after)
    second = [row.id for row in await outbox.after(one.seq, limit=100)]

    assert (first, second) == (said, said[1:])
    assert asked == [one.seq + 4]


@pytest.mark.parametrize("most", [3, 1000])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_followers_of_any_speed_read_every_row_once_and_in_order(
    data: st.DataObject, most: int, maker: Database
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followed, "MOST_ROWS", most)
        outbox = FollowedOutbox(maker)
        begun = [row.seq for row in await outbox.after(0, limit=10_000)]
        cursors = dict.fromkeys("abc", begun[-1] if begun else 0)
        read: dict[str, list[UUID]] = {name: [] for name in cursors}
        said: list[UUID] = []

        async def follow(name: str, limit: int) -> int:
            rows = await outbox.after(cursors[name], limit=limit)
            read[name] += [row.id for row in rows]
            cursors[name] = rows[-1].seq if rows else cursors[name]
            return len(rows)

        for step in data.draw(st.lists(st.sampled_from(["say", *cursors]), max_size=30)):
            if step == "say":
                said += await say(maker, data.draw(st.integers(1, 4)))
            else:
                await follow(step, data.draw(st.integers(1, 5)))
        for name in cursors:
            while await follow(name, 5):
                pass

        assert read == dict.fromkeys(cursors, said)


async def test_large_rows_do_not_lie_ready_without_end(
    maker: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "MOST_BYTES", 1)
    said = await say(maker, 3)
    outbox = FollowedOutbox(maker)

    rows = [await outbox.after(0, limit=100) for _ in range(2)]

    assert [[row.id for row in each] for each in rows] == [said, said]
    assert not outbox._rows
