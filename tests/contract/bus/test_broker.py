"""The broker in trouble: declared otherwise, cleared away, fed with garbage, restarted.

Embedded there is none; what stands for its restart there is the process killed and started again
(`test_poison`).
"""

from __future__ import annotations

import asyncio
import struct
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import structlog
from pamqp.commands import Basic

from shared.core.ids import new_id
from shared.messaging.rabbitmq import connection
from shared.messaging.topology import DELIVERY_LIMIT
from tests.fixtures import bus_broker
from tests.fixtures.bus_town import Town, eventually
from tests.fixtures.bus_words import Counted
from tests.servers.server import RabbitServer

GARBAGE = {
    "nothing at all": Basic.Properties(),
    "ids that are none": Basic.Properties(
        message_id="no id", correlation_id="none either", message_type=Counted.NAME
    ),
    "an unknown type": Basic.Properties(
        message_type="maker.counter.exploded.v9", message_id=str(uuid4())
    ),
    "NUL": Basic.Properties(
        message_type="a\x00b", app_id="\x00", correlation_id="\x00", headers={"traceparent": "\x00"}
    ),
    "strange headers": Basic.Properties(
        headers={"causation-id": 5, "traceparent": {"a": [1, None, True]}, "replay": "x"}
    ),
    "a pack that is none": Basic.Properties(
        content_type="application/x-ndjson", message_type=Counted.NAME
    ),
    "another encoding": Basic.Properties(
        content_type="text/plain", content_encoding="gzip", priority=9, expiration="600000"
    ),
}


@pytest.mark.parametrize("properties", GARBAGE.values(), ids=GARBAGE)
async def test_a_foreign_message_with_garbage_for_properties_becomes_a_dead_letter(
    rabbit_town: Town, properties: Basic.Properties
) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()

    await bus_broker.publish(town.broker, "keeper.events", b"\xff\x00 garbage", properties)
    await town.count(uuid4(), times=3)

    await until_buried(town, 1)
    await town.all_had_their_effect_once()
    (row,) = (await town.failed()).values()
    assert (row.state, row.attempts, row.body) == ("dead", 1, b"\xff\x00 garbage")


@pytest.mark.parametrize(
    "lines",
    [
        (
            (
                b'{"id": 5, "correlation_id": 6, "causation_id": 7, "traceparent": 8, '
                b'"occurred_at": '
                b"9}"
            ),
            b"{}",
        ),
        (b"[]", b"{}"),
        (b'{"id": "x"}', b"{}"),
        (b"{}",),
        (b"\xff\xfe", b""),
        (
            b'{"id": "01a20a0a-5e42-70eb-ad15-196f06fce653", "correlation_id": '
            b'"01a20a0a-5e42-70eb-ad15-196f06fce653", '
            b'"causation_id": null, "traceparent": ["x"], "occurred_at": "2026-01-01T00:00:00"}',
            b"{}",
        ),
    ],
)
async def test_a_pack_with_garbage_inside_is_a_dead_letter_and_gone_from_the_queue(
    rabbit_town: Town, lines: tuple[bytes, ...]
) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()
    properties = Basic.Properties(content_type="application/x-ndjson", message_type=Counted.NAME)

    await bus_broker.publish(town.broker, "keeper.events", b"\n".join(lines), properties)
    await town.count(uuid4(), times=3)

    await until_buried(town, 1)
    await town.all_had_their_effect_once()


@pytest.mark.parametrize("what", ["a time beyond all calendars", "bytes that are no text"])
async def test_properties_that_no_library_can_read_make_a_dead_letter_and_not_a_reconnect_loop(
    rabbit_town: Town, what: str
) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()
    with structlog.testing.capture_logs() as logs:
        await bus_broker.publish(town.broker, "keeper.events", b"unreadable", Unreadable(what))
        await town.count(uuid4(), times=3)

        await until_buried(town, 1)
        await town.all_had_their_effect_once()

    assert [
        entry
        for entry in logs
        if entry["event"] == "bus.connection.lost" and entry["log_level"] == "warning"
    ] == []


class Unreadable(Basic.Properties):
    """Properties as bytes that a library would not write."""

    def __init__(self, what: str) -> None:
        super().__init__(
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            message_type="maker.counter.counted.v1",
            app_id="maker",
        )
        self._what = what

    def marshal(self) -> bytes:
        written: bytes = super().marshal()
        if self._what == "bytes that are no text":
            return written.replace(b"maker.counter", b"\xff\xfe\xfder.counter")
        moment = struct.pack(">Q", int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()))
        return written.replace(moment, struct.pack(">Q", 2**63))


async def test_messages_that_the_broker_gave_up_become_dead_letters_while_events_flow(
    rabbit_town: Town,
) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()
    given_up = new_id()
    event = Counted(counter=uuid4(), version=1)
    properties = Basic.Properties(
        message_id=str(given_up),
        message_type=Counted.NAME,
        app_id="maker",
        correlation_id=str(uuid4()),
    )

    for _ in range(5):
        await town.count(*[uuid4() for _ in range(10)])
        await bus_broker.publish(
            town.broker, "keeper.dead", event.model_dump_json().encode(), properties
        )

    await town.until_dead(given_up)
    letter = (await town.dead())[given_up]
    assert (letter.attempts, letter.error) == (
        DELIVERY_LIMIT,
        f"the broker handed it out {DELIVERY_LIMIT} times without an end",
    )
    await town.all_had_their_effect_once()


async def test_a_letter_the_broker_gave_up_on_waits_in_its_queue_while_the_database_cannot_take_it(
    rabbit_town: Town,
) -> None:
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()
    given_up = new_id()
    await execute(town, "alter table failed_messages rename to hidden")
    properties = Basic.Properties(
        message_id=str(given_up), message_type=Counted.NAME, app_id="maker"
    )
    await bus_broker.publish(town.broker, "keeper.dead", b"{}", properties)

    await town.until_effects(*await town.count(uuid4(), times=3))
    await execute(town, "alter table hidden rename to failed_messages")

    await town.until_dead(given_up)
    await town.all_had_their_effect_once()


async def test_a_queue_declared_with_other_arguments_fails_readiness_without_reconnecting(
    rabbit_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = rabbit_town
    monkeypatch.setattr(connection, "MENDING_PAUSE", 0.3)
    await bus_broker.declare_queue(town.broker, "keeper.events", {"x-max-length": 7})
    with structlog.testing.capture_logs() as logs:
        (node,) = await town.up("keeper")

        async def refused_twice() -> bool:
            return (
                len(
                    [
                        entry
                        for entry in logs
                        if entry["event"] == "bus.declaration.refused"
                        and entry["role"] == "consumer"
                    ]
                )
                > 1
            )

        await eventually(refused_twice, what="the declaration is tried again after a while")
        problems = node.bus.problems("keeper")
    assert any(
        "declared with other arguments than expected" in sentence and "keeper.events" in sentence
        for sentence in problems
    )
    assert (
        len([entry for entry in logs if entry["event"] == "bus.connected"]) == 2
    )  # one that publishes, one that consumes
    assert [entry for entry in logs if entry["event"] == "bus.connection.lost"] == []

    await bus_broker.delete_queue(town.broker, "keeper.events")
    await town.can_ask()
    await town.up("maker", "watcher")
    await town.count(uuid4(), times=3)
    await town.all_had_their_effect_once()


async def test_a_consumer_cancelled_by_the_broker_is_noticed_and_consumes_again(
    rabbit_town: Town,
) -> None:
    """Somebody deletes the queue.

    What lay in it is lost to the administrator's hand; what is said from then on is not.
    """
    town = rabbit_town
    await town.up("maker", "keeper", "watcher")
    await town.until_effects(*await town.count(uuid4()))

    for queue in ("keeper.events", "keeper.dead"):
        await bus_broker.delete_queue(town.broker, queue)

    async def consumes_again() -> bool:
        return await bus_broker.consumers(town.broker, "keeper.events") == 1 and not town.nodes[
            1
        ].bus.problems("keeper")

    await eventually(consumes_again, what="keeper has declared its queue and consumes again")
    await town.count(uuid4(), times=3)
    await town.all_had_their_effect_once()


async def test_a_queue_deleted_again_and_again_while_events_flow_through_it_is_consumed_each_time(
    rabbit_town: Town,
) -> None:
    """It comes back while the broker still tells the consumers of the old one."""
    town = rabbit_town
    await town.up("maker", processes=3)
    keeper, _ = await town.up("keeper", "watcher")
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await town.count(uuid4(), times=10)
            await asyncio.sleep(0.02)

    async def is_consumed() -> bool:
        return await bus_broker.consumers(
            town.broker, "keeper.events"
        ) == 1 and not keeper.bus.problems("keeper")

    writing = asyncio.create_task(write())
    for _ in range(6):
        await town.until_effects(*await town.count(uuid4()))
        await bus_broker.delete_queue(town.broker, "keeper.events")
        await eventually(is_consumed, what="the queue is there again")
    stop.set()
    await writing
    await town.until_effects(*await town.count(uuid4()))


async def test_events_of_deleted_queues_wait_in_the_outbox_until_the_relay_declares_them(
    rabbit_town: Town,
) -> None:
    """Their consumers are away, so nobody else would."""
    town = rabbit_town
    await town.up("maker")
    await town.can_ask()
    queues = ("keeper.events", "watcher.events")

    async def are_declared() -> bool:
        return await bus_broker.have(town.broker, *queues)

    await eventually(are_declared, what="maker has declared the queues of others")
    for queue in queues:
        await bus_broker.delete_queue(town.broker, queue)

    await town.count(*[uuid4() for _ in range(5)])
    await eventually(are_declared, what="the relay has declared them again")

    await town.up("keeper", "watcher")
    await town.all_had_their_effect_once()
    assert await town.dead("maker") == {}


async def test_a_broker_restarted_while_events_are_published_and_consumed_loses_and_doubles_nothing(
    breakable_town: Town, breakable_rabbit: RabbitServer
) -> None:
    town = breakable_town
    await town.up("maker", processes=2)
    await town.up("keeper", "watcher")
    counters = [uuid4() for _ in range(20)]
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await town.count(*counters)
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    await town.until_effects(*await town.count(*counters))
    await asyncio.to_thread(breakable_rabbit.restart)
    await town.until_effects(*await town.count(*counters))
    stop.set()
    await writing

    await town.all_had_their_effect_once()


async def until_buried(town: Town, n: int) -> None:
    async def holds() -> bool:
        return len(await town.dead()) == n

    await eventually(holds, what=f"{n} dead letters at keeper")


async def execute(town: Town, statement: str) -> None:
    async with town.databases["keeper"].transaction() as uow:
        await uow.connection.exec_driver_sql(statement)
