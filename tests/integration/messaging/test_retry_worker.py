"""The retrier: one attempt is committed before it is made, and what is not the message's fault does
not count.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.base import table_of
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.failed_messages import FailedMessage, find, keep
from shared.database.tables import FailedMessageRow
from shared.database.unit_of_work import UnitOfWork
from shared.messaging import retry_worker
from shared.messaging.consumer import Consumer
from shared.messaging.retry_policy import kept
from shared.messaging.retry_worker import Retrier
from shared.observability.metrics import Meter
from tests.fixtures.bus_services import EFFECTS, HANDLERS, Shop, heal
from tests.fixtures.bus_words import Counted

FAILED = table_of(FailedMessageRow)


def make_retrier(database: Database, shop: Shop, *, turn: asyncio.Lock | None = None) -> Retrier:
    consumer = Consumer(
        database=database, handlers=HANDLERS["keeper"], context=shop, meter=Meter("keeper")
    )
    return Retrier(consumer, turn=turn or asyncio.Lock())


async def keep_messages(database: Database, *troubles: str, attempts: int = 0) -> list[UUID]:
    """Keep a message for each of `troubles`, due now."""
    now = datetime.now(UTC)
    found = []
    for trouble in troubles:
        body = Counted(counter=uuid4(), version=1, trouble=trouble).model_dump_json().encode()
        found.append(
            kept(
                Envelope(new_id(), Counted.NAME, body, Cause.fresh(), now),
                now=now,
                attempts=attempts,
            )
        )
    async with database.transaction() as uow:
        await keep(uow.connection, found)
    return [each.envelope.id for each in found]


async def read(database: Database, message_id: UUID) -> FailedMessage | None:
    async with database.reading() as connection:
        return await find(connection, message_id)


async def had_effect(database: Database) -> set[UUID]:
    async with database.reading() as connection:
        return {row.message_id for row in await connection.execute(select(EFFECTS.c.message_id))}


async def test_a_message_that_works_leaves_with_its_effect(keeper: Database, shop: Shop) -> None:
    (message_id,) = await keep_messages(keeper, "")

    assert await make_retrier(keeper, shop).try_due()
    assert not await make_retrier(keeper, shop).try_due()

    assert await read(keeper, message_id) is None
    assert await had_effect(keeper) == {message_id}


async def test_an_attempt_in_hand_at_a_stop_is_finished_and_is_no_start_that_did_not_end(
    keeper: Database, shop: Shop
) -> None:
    (message_id,) = await keep_messages(keeper, "hang")
    running = asyncio.create_task(make_retrier(keeper, shop).run())
    while shop.attempts[message_id] == 0:
        await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.sleep(0)
    heal(shop.folder)
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await read(keeper, message_id) is None
    assert await had_effect(keeper) == {message_id}


async def test_while_one_service_tries_a_message_no_other_starts_one(
    keeper: Database, watcher: Database, shop: Shop
) -> None:
    """Were the one to kill the process, the other would count as a start that never ended."""
    (hanging,) = await keep_messages(keeper, "hang")
    (innocent,) = await keep_messages(watcher, "")
    turn = asyncio.Lock()
    first = asyncio.create_task(make_retrier(keeper, shop, turn=turn).try_due())
    while shop.attempts[hanging] == 0:
        await asyncio.sleep(0.01)

    second = asyncio.create_task(make_retrier(watcher, shop, turn=turn).try_due())
    await asyncio.sleep(0.2)
    found = await read(watcher, innocent)
    assert found is not None
    assert (found.attempts, found.unfinished) == (0, 0)

    heal(shop.folder)
    assert await first
    assert await second
    assert await had_effect(watcher) == {innocent}


async def test_a_message_that_hangs_holds_up_the_other_services_for_a_while_only(
    keeper: Database, watcher: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_worker, "TURN_SECONDS", 0.05)
    (hanging,) = await keep_messages(keeper, "hang")
    (innocent,) = await keep_messages(watcher, "")
    turn = asyncio.Lock()
    first = asyncio.create_task(make_retrier(keeper, shop, turn=turn).try_due())
    while shop.attempts[hanging] == 0:
        await asyncio.sleep(0.01)

    assert await make_retrier(watcher, shop, turn=turn).try_due()

    assert await had_effect(watcher) == {innocent}
    heal(shop.folder)
    assert await first


async def test_what_another_process_has_in_hand_is_left_to_it_until_its_lease_is_over(
    keeper: Database, shop: Shop
) -> None:
    (message_id,) = await keep_messages(keeper, "")
    await lease(keeper, message_id, until=datetime.now(UTC) + timedelta(seconds=30))
    assert not await make_retrier(keeper, shop).try_due()
    assert await had_effect(keeper) == set()

    await lease(keeper, message_id, until=datetime.now(UTC) - timedelta(seconds=1))
    assert await make_retrier(keeper, shop).try_due()
    assert await had_effect(keeper) == {message_id}


async def test_what_is_not_due_yet_is_left_alone(keeper: Database, shop: Shop) -> None:
    (message_id,) = await keep_messages(keeper, "")
    async with keeper.transaction() as uow:
        await uow.connection.execute(
            update(FAILED).values(next_attempt_at=datetime.now(UTC) + timedelta(seconds=30))
        )

    assert not await make_retrier(keeper, shop).try_due()
    assert await had_effect(keeper) == set()
    assert await read(keeper, message_id) is not None


async def test_three_starts_that_never_ended_make_a_dead_letter_without_a_fourth(
    keeper: Database, shop: Shop
) -> None:
    (message_id,) = await keep_messages(keeper, "raise", attempts=3)
    async with keeper.transaction() as uow:
        await uow.connection.execute(update(FAILED).values(unfinished=3))

    assert await make_retrier(keeper, shop).try_due()

    found = await read(keeper, message_id)
    assert found is not None
    assert (found.state, found.error) == ("dead", "3 starts never came to an end")
    assert shop.attempts[message_id] == 0


async def test_one_bad_message_in_company_does_not_take_the_others_along(
    keeper: Database, shop: Shop
) -> None:
    fine = await keep_messages(keeper, *[""] * 5)
    (bad,) = await keep_messages(keeper, "invalid")
    fine += await keep_messages(keeper, *[""] * 5)

    assert await make_retrier(keeper, shop).try_due()

    assert await had_effect(keeper) == set(fine)
    found = await read(keeper, bad)
    assert found is not None
    assert (found.state, found.attempts) == ("dead", 1)


async def test_a_database_that_goes_away_during_an_attempt_counts_for_nothing(
    keeper: Database, shop: Shop
) -> None:
    (message_id,) = await keep_messages(keeper, "", attempts=5)
    trying = make_retrier(keeper, shop)
    trying._consumer.database = Away(keeper, times=range(2, 5))  # type: ignore[assignment]

    assert await trying.try_due()

    found = await read(keeper, message_id)
    assert found is not None
    assert (found.state, found.attempts, found.unfinished) == ("retry", 5, 0)
    assert await had_effect(keeper) == set()


class Away:
    """A database whose transactions number `times` find it away."""

    def __init__(self, database: Database, *, times: range) -> None:
        self._database, self._times, self._begun = database, times, 0
        self.service, self.clock, self.reading = database.service, database.clock, database.reading

    @asynccontextmanager
    async def transaction(self, *, writes_once: bool = False) -> AsyncIterator[UnitOfWork]:
        self._begun += 1
        if self._begun in self._times:
            raise ConnectionRefusedError("the database is away")
        async with self._database.transaction() as uow:
            yield uow


async def lease(database: Database, message_id: UUID, *, until: datetime) -> None:
    async with database.transaction() as uow:
        changed = (
            update(FAILED)
            .where(FAILED.c.message_id == message_id)
            .values(lease_until=until, claimed_by="another")
        )
        await uow.connection.execute(changed)
