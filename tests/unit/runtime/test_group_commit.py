"""Requests that wait at the same moment share one transaction, and nobody pays for a neighbour."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.runtime.group_commit import GroupCommit


class Writer:
    """Records the groups it is given; each transaction ends when the test lets it."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def write(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.groups.append(list(items))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        self.at_once -= 1
        if len(items) > 1 and any(item < 0 for item in items):
            raise ValueError("a bad one among them")
        return [ValueError(item) if item < 0 else item * 10 for item in items]


async def until_started(writer: Writer, groups: int) -> None:
    async with asyncio.timeout(5):
        while len(writer.groups) < groups:
            await asyncio.sleep(0)


async def test_who_comes_alone_is_written_at_once_and_who_comes_meanwhile_goes_together() -> None:
    writer = Writer()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=1)

    first = asyncio.create_task(commits.add(1))
    await until_started(writer, 1)
    others = [asyncio.create_task(commits.add(item)) for item in (2, 3, 4)]
    await asyncio.sleep(0)
    writer.gate.set()

    assert await asyncio.gather(first, *others) == [10, 20, 30, 40]
    assert writer.groups == [[1], [2, 3, 4]]


async def test_a_group_has_at_most_so_many_members() -> None:
    writer = Writer()
    writer.gate.set()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=1, largest=2)

    results = await asyncio.gather(*(commits.add(item) for item in range(5)))

    assert results == [0, 10, 20, 30, 40]
    assert [len(group) for group in writer.groups] == [2, 2, 1]


async def test_no_more_transactions_run_at_once_than_allowed() -> None:
    writer = Writer()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=2, largest=1)

    adding = [asyncio.create_task(commits.add(item)) for item in range(6)]
    await until_started(writer, 2)
    await asyncio.sleep(0)
    writer.gate.set()

    assert await asyncio.gather(*adding) == [0, 10, 20, 30, 40, 50]
    assert writer.most_at_once == 2


async def test_after_an_error_each_member_is_tried_alone() -> None:
    writer = Writer()
    writer.gate.set()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=1)

    results = await asyncio.gather(
        *(commits.add(item) for item in (1, -2, 3)), return_exceptions=True
    )

    assert [results[0], results[2]] == [10, 30]
    assert isinstance(results[1], ValueError)
    assert writer.groups == [[1, -2, 3], [1], [-2], [3]]


async def test_when_the_database_is_away_everybody_is_told_once() -> None:
    calls: list[int] = []

    async def write(items: Sequence[int]) -> Sequence[int | Exception]:
        calls.append(len(items))
        raise ConnectionRefusedError("away")

    commits: GroupCommit[int, int] = GroupCommit(
        write, writers=1, is_hopeless=lambda error: isinstance(error, OSError)
    )

    results = await asyncio.gather(
        *(commits.add(item) for item in range(3)), return_exceptions=True
    )

    assert [type(result) for result in results] == [ConnectionRefusedError] * 3
    assert calls == [3]


async def test_a_client_that_goes_away_takes_nobody_along_and_its_own_request_is_written() -> None:
    writer = Writer()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=1)

    leaving, staying = asyncio.create_task(commits.add(1)), asyncio.create_task(commits.add(2))
    await until_started(writer, 1)
    leaving.cancel()
    writer.gate.set()

    assert await staying == 20
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert writer.groups == [[1, 2]]


async def test_the_error_of_a_member_that_nobody_waits_for_any_more_is_no_noise() -> None:
    writer = Writer()
    commits: GroupCommit[int, int] = GroupCommit(writer.write, writers=1)

    leaving = asyncio.create_task(commits.add(-1))
    await until_started(writer, 1)
    leaving.cancel()
    writer.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    assert await commits.add(5) == 50
