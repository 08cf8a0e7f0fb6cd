"""The relay between PostgreSQL and a channel that does not always do what it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from aiormq.exceptions import ChannelInvalidStateError, DeliveryError, PublishError

from shared.core.cause import Cause
from shared.database.database import Database
from shared.database.migrate import migrate
from shared.database.outbox import list_parked, read_after
from shared.messaging.rabbitmq import relay as relay_module
from shared.messaging.rabbitmq.connection import Link
from shared.messaging.rabbitmq.relay import ChannelLost, Relay
from shared.observability.metrics import Meter
from tests.fixtures.bus_services import MIGRATIONS
from tests.fixtures.bus_words import Counted

HANG = "hang"


@dataclass
class FakeChannel:
    """Confirms at once, but for the counters in `trouble`: raises what is there, or never confirms
    (HANG).
    """

    trouble: dict[UUID, BaseException | str] = field(default_factory=dict)
    is_closed: bool = False
    published: list[UUID] = field(default_factory=list)

    async def basic_publish(self, body: bytes, **_: Any) -> None:
        counter = UUID(orjson.loads(body)["counter"])
        self.published.append(counter)
        trouble = self.trouble.get(counter)
        if isinstance(trouble, BaseException):
            raise trouble
        if trouble is not None:
            await asyncio.Event().wait()


@pytest.fixture
async def database(postgres_database: str) -> AsyncIterator[Database]:
    database = Database(postgres_database, service="maker")
    await migrate(database, MIGRATIONS)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.rabbitmq.codec.PACK_FROM", 1000)
    monkeypatch.setattr(relay_module, "CONFIRM_SECONDS", 0.2)
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.01)


def make_relay(database: Database) -> Relay:
    return Relay(database, Link("amqp://127.0.0.1:1/", name="test"), meter=Meter("maker"))


async def say(database: Database, *counters: UUID) -> None:
    async with database.transaction() as uow:
        for counter in counters:
            uow.emit(Counted(counter=counter, version=1), aggregate_id=counter, cause=Cause.fresh())


async def left(database: Database) -> Sequence[UUID | None]:
    async with database.reading() as connection:
        return [row.aggregate_id for row in await read_after(connection, 0, limit=100)]


async def test_what_is_confirmed_leaves_and_what_is_not_stays_when_time_is_up(
    database: Database,
) -> None:
    first, silent, last = uuid4(), uuid4(), uuid4()
    await say(database, first, silent, last)
    channel = FakeChannel({silent: HANG})

    with pytest.raises(ChannelLost, match=r"no confirmation within 0\.2 s"):
        await make_relay(database).round(channel)  # type: ignore[arg-type]

    assert await left(database) == [silent]
    assert channel.published == [first, silent, last]


async def test_what_a_broken_channel_had_confirmed_is_not_sent_again(database: Database) -> None:
    first, broken = uuid4(), uuid4()
    await say(database, first, broken)

    channel = FakeChannel({broken: ChannelInvalidStateError("closed")})
    with pytest.raises(ChannelLost):
        await make_relay(database).round(channel)  # type: ignore[arg-type]

    assert await left(database) == [broken]


async def test_what_comes_back_three_times_is_parked_and_what_the_broker_refuses_for_now_never(
    database: Database,
) -> None:
    unroutable, refused = uuid4(), uuid4()
    relay = make_relay(database)
    channel = FakeChannel(
        {
            unroutable: PublishError.__new__(PublishError),
            refused: DeliveryError.__new__(DeliveryError),
        }
    )
    await say(database, unroutable, refused)

    for _ in range(10):
        await relay.round(channel)  # type: ignore[arg-type]

    async with database.reading() as connection:
        assert [(row.aggregate_id, error) for row, error, _ in await list_parked(connection)] == [
            (unroutable, "no queue takes it")
        ]
    assert channel.published.count(unroutable) == 3
    assert channel.published.count(refused) == 10
    channel.trouble.clear()
    await relay.round(channel)  # type: ignore[arg-type]
    assert await left(database) == [unroutable]


async def test_draining_at_a_stop_publishes_all_and_a_broken_channel_only_cuts_it_short(
    database: Database,
) -> None:
    counters = [uuid4() for _ in range(5)]
    await say(database, *counters)
    relay = make_relay(database)
    await relay.drain()
    assert await left(database) == counters  # no channel yet

    relay._channel = FakeChannel({counters[2]: ConnectionResetError()})  # type: ignore[assignment]
    await relay.drain()
    assert await left(database) == [counters[2]]
    relay._channel = FakeChannel()  # type: ignore[assignment]
    await relay.drain()
    assert await left(database) == []


async def test_an_empty_outbox_is_no_round(database: Database) -> None:
    assert not await make_relay(database).round(FakeChannel())  # type: ignore[arg-type]
