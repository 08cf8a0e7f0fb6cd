"""What the broker loses is noticed and mended by its owners."""

from __future__ import annotations

import asyncio
from uuid import UUID

import aio_pika
import pytest

from shared.messaging.topology import COMMAND_SERVICES, HEARS, commands_queue, events_queue
from tests.faults.checker import complaints_about
from tests.faults.load import Load
from tests.fixtures.system import Town
from tests.installation.people import People, tasse_request
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

LOST = 6


async def test_requests_lost_with_a_purged_queue_become_tickets_all_the_same_each_once(
    distributed_town: Town,
) -> None:
    installation = distributed_town.installation
    tickets = installation.of("tickets")
    async with People(installation) as people:
        for program in tickets:
            await asyncio.to_thread(program.stop)
        sent = [
            tasse_request(f"Perduta {number}", email=f"perduta{number}@example.org")
            for number in range(LOST)
        ]
        requests = [await people.nobody.send_form(body) for body in sent]

        async def all_have_left() -> bool:
            return not await installation.databases.rows("intake", "select seq from outbox")

        await eventually(all_have_left, what="intake has published them")
        assert (
            await purge(installation.environment["SPORTELLO_BROKER_URL"], events_queue("tickets"))
            >= 1
        )
        for program in tickets:
            await asyncio.to_thread(program.start)
        for program in tickets:
            await asyncio.to_thread(program.wait_ready)

        numbers = [await people.nobody.number_of(request) for request in requests]

    rows = await installation.databases.rows(
        "tickets", "select number, request_id from tickets where subject like 'Perduta %'"
    )
    made = sorted((str(row["number"]), UUID(row["request_id"])) for row in rows)
    assert made == sorted(zip(numbers, map(UUID, requests), strict=True))


async def test_a_queue_deleted_under_its_consumer_comes_back_and_its_messages_are_made_good(
    distributed_town: Town,
) -> None:
    installation = distributed_town.installation
    broker = installation.environment["SPORTELLO_BROKER_URL"]

    async with Load(installation) as load:
        for queue in (*map(events_queue, HEARS), *map(commands_queue, COMMAND_SERVICES)):
            await load.more(10)
            await delete(broker, queue)
        await load.more(10)

    assert load.wrong == []
    for program in installation.programs.values():
        await asyncio.to_thread(program.wait_ready)
    recovered = await asyncio.to_thread(installation.command, "recover", "--skip-numbers=0")
    assert recovered.returncode == 0, recovered.stderr
    assert "LOST" not in recovered.stdout
    assert await complaints_about(distributed_town, load.promised) == []
    compared = await asyncio.to_thread(installation.command, "compare")
    assert (compared.returncode, compared.stdout.splitlines()[-1]) == (0, "all is the same"), (
        compared.stdout + compared.stderr
    )


async def delete(broker_url: str, queue: str) -> None:
    """Delete `queue` by hand, with all that is in it and while it is consumed."""
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(queue)


async def purge(broker_url: str, queue: str) -> int:
    """Purge `queue` by hand, as an administrator does; return how many messages it held."""
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        purged = await (await channel.get_queue(queue)).purge()
    return int(purged.message_count or 0)
