"""The consumer between a transport and the database, when one of them is difficult."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.failed_messages import find
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.consumer import Consumer
from shared.observability.metrics import Meter
from tests.fixtures.bus_services import EFFECTS, HANDLERS, Shop
from tests.fixtures.bus_words import Counted


@dataclass
class Tray:
    """A source that hands out what lies in it.

    `settled` are the messages of settled batches, `calls` what it was told.
    """

    batches: list[Sequence[Envelope[bytes]]] = field(default_factory=list)
    settled: list[Envelope[bytes]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def rewind(self) -> None:
        self.calls.append("rewind")

    async def next_batch(self, *, gather: float = 0.0) -> TrayBatch:
        if self.batches:
            return TrayBatch(self, self.batches.pop(0))
        await asyncio.Event().wait()
        raise AssertionError("nothing sets that event")

    async def pause(self) -> None:
        self.calls.append("pause")

    async def resume(self) -> None:
        self.calls.append("resume")


@dataclass
class TrayBatch:
    tray: Tray
    messages: Sequence[Envelope[bytes]]
    suspects: Sequence[Envelope[bytes]] = ()

    async def settle_in(self, uow: UnitOfWork) -> None:
        pass

    async def settled(self) -> None:
        self.tray.settled += self.messages

    def halves(self) -> tuple[TrayBatch, TrayBatch]:
        middle = len(self.messages) // 2
        return TrayBatch(self.tray, self.messages[:middle]), TrayBatch(
            self.tray, self.messages[middle:]
        )


class FailingDatabase:
    """A database that is down for its first `times` transactions from the `since`-th on."""

    def __init__(self, database: Database, *, since: int, times: int) -> None:
        self._database = database
        self._down = range(since, since + times)
        self.begun = 0
        self.service, self.clock = database.service, database.clock

    @asynccontextmanager
    async def transaction(self, *, writes_once: bool = False) -> AsyncIterator[UnitOfWork]:
        self.begun += 1
        if self.begun in self._down:
            raise ConnectionRefusedError("the database is down")
        async with self._database.transaction() as uow:
            yield uow


def message(*, trouble: str = "", body: bytes | None = None) -> Envelope[bytes]:
    event = Counted(counter=uuid4(), version=1, trouble=trouble)
    written = event.model_dump_json().encode() if body is None else body
    return Envelope(new_id(), Counted.NAME, written, Cause.fresh(), datetime.now(UTC))


def make_consumer(database: Database | FailingDatabase, shop: Shop) -> Consumer[Shop]:
    known = cast(Database, database)
    return Consumer(
        database=known, handlers=HANDLERS["keeper"], context=shop, meter=Meter("keeper")
    )


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses take no time; returns how long they would have been."""
    paused: list[float] = []
    wait = asyncio.sleep

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        await wait(0)

    monkeypatch.setattr("shared.core.backoff.asyncio.sleep", pause)
    return paused


async def effects(database: Database) -> set[object]:
    async with database.reading() as connection:
        return {row.message_id for row in await connection.execute(select(EFFECTS.c.message_id))}


async def test_a_batch_is_done_again_whole_while_the_database_is_down_and_nothing_counts(
    keeper: Database, shop: Shop
) -> None:
    down = FailingDatabase(keeper, since=1, times=7)
    tray, messages = Tray(), [message(), message()]

    await make_consumer(down, shop).handle(TrayBatch(tray, messages), tray)

    assert await effects(keeper) == {m.id for m in messages}
    assert shop.batches == [2]
    assert tray.settled == messages
    assert tray.calls == ["pause", "resume"]


async def test_pauses_grow_up_to_five_seconds_with_jitter(
    keeper: Database, shop: Shop, no_pauses: list[float]
) -> None:
    down = FailingDatabase(keeper, since=1, times=12)

    await make_consumer(down, shop).handle(TrayBatch(Tray(), [message()]))

    wanted = [min(0.05 * 2**n, 5.0) for n in range(12)]
    assert all(
        0.5 * want <= paused <= 1.5 * want for want, paused in zip(wanted, no_pauses, strict=True)
    )


async def test_a_failed_message_is_kept_although_the_database_goes_down_before_that(
    keeper: Database, shop: Shop
) -> None:
    down = FailingDatabase(keeper, since=2, times=6)
    tray, failing = Tray(), message(trouble="raise")

    await make_consumer(down, shop).handle(TrayBatch(tray, [failing]), tray)

    async with keeper.reading() as connection:
        kept = await find(connection, failing.id)
    assert kept is not None
    assert (kept.state, kept.attempts, kept.error) == (
        "retry",
        1,
        "ValueError: the handler stumbles",
    )
    assert tray.settled == [failing]
    assert tray.calls == ["pause", "resume"]


PLANTED = "Ludovica Planted"


@pytest.mark.parametrize(
    "body",
    [
        b'{"counter": "%s", "version": 1}',
        b'{"counter": 1, "version": "%s", "%s": "%s"}',
        b"%s",
        b'{"counter": "%s',
        b'{"trouble": {"%s": ["%s"]}}',
    ],
)
async def test_a_message_that_cannot_be_read_is_kept_and_logged_without_its_words(
    body: bytes, keeper: Database, shop: Shop
) -> None:
    unreadable = message(body=body.replace(b"%s", PLANTED.encode()))

    with capture_logs() as logs:
        await make_consumer(keeper, shop).handle(TrayBatch(Tray(), [unreadable]))

    async with keeper.reading() as connection:
        kept = await find(connection, unreadable.id)
    assert kept is not None
    assert kept.state == "dead"
    assert (kept.error or "").startswith("Invalid: cannot be decoded: ")
    assert PLANTED not in str(logs) + str(kept.error)
    assert [entry["event"] for entry in logs] == ["consumer.message.kept"]


async def test_a_consumer_begins_by_rewinding_its_source(keeper: Database, shop: Shop) -> None:
    tray = Tray(batches=[[message()], [message()]])
    running = asyncio.create_task(make_consumer(keeper, shop).run(tray))

    while len(tray.settled) < 2:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert tray.calls == ["rewind"]


async def test_a_batch_in_hand_is_finished_when_the_consumer_is_told_to_stop(
    keeper: Database, shop: Shop
) -> None:
    stuck = message(trouble="hang")
    tray = Tray(batches=[[stuck]])
    running = asyncio.create_task(make_consumer(keeper, shop).run(tray))
    while shop.attempts[stuck.id] == 0:
        await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.sleep(0)
    (shop.folder / "healed").touch()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert tray.settled == [stuck]
    assert await effects(keeper) == {stuck.id}


async def test_one_bad_message_among_many_is_found_by_halving_and_kept_alone(
    keeper: Database, shop: Shop
) -> None:
    tray = Tray()
    messages = [message() for _ in range(16)]
    messages[11] = bad = message(body=b"no JSON")

    await make_consumer(keeper, shop).handle(TrayBatch(tray, messages), tray)

    async with keeper.reading() as connection:
        kept = await find(connection, bad.id)
    assert kept is not None
    assert kept.state == "dead"
    assert await effects(keeper) == {m.id for m in messages} - {bad.id}
    assert sorted(tray.settled, key=lambda m: m.id) == sorted(messages, key=lambda m: m.id)
