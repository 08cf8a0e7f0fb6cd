"""`up` on PostgreSQL and RabbitMQ, the commands beside it, and what others hear of it."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from shared.messaging.rabbitmq.codec import PACK
from tests.fixtures.bus_broker import channel_of
from tests.installation.http import Connection
from tests.installation.installation import SERVICES, Installation
from tests.installation.people import People, tasse_request
from tests.installation.waiting import eventually
from tests.servers.server import RabbitServer

pytestmark = pytest.mark.timeout(300)


async def test_one_process_on_real_servers_is_ready_with_all_five_and_labels_their_figures(
    on_real_servers: Installation,
) -> None:
    (program,) = on_real_servers.programs.values()

    status, body = await asyncio.to_thread(program.readiness)
    async with Connection(program.url) as connection:
        figures = (await connection.get("/metrics")).body.decode()

    assert (status, body["status"], set(body["services"])) == (200, "ready", set(SERVICES))
    assert {each["status"] for each in body["services"].values()} == {"ready"}
    pending = [
        line for line in figures.splitlines() if line.startswith("sportello_outbox_pending{")
    ]
    assert [
        service
        for service in SERVICES
        if not any(f'service="{service}"' in line for line in pending)
    ] == []


def test_migrating_and_applying_on_real_servers_needs_no_secret(
    on_real_servers: Installation, repository: Path
) -> None:
    assert "SPORTELLO_SECRET" not in on_real_servers.environment

    migrated = on_real_servers.command("migrate")
    applied = on_real_servers.command("desk", "apply", str(repository / "deploy" / "desk"))

    assert (migrated.returncode, migrated.stdout) == (
        0,
        "".join(f"{service}: up to date\n" for service in SERVICES),
    )
    assert (applied.returncode, applied.stdout) == (0, "desk version 1 is in force already\n")


async def test_the_example_listener_prints_every_ticket_event_single_or_packed(
    on_real_servers: Installation, our_rabbit: RabbitServer, repository: Path
) -> None:
    url = on_real_servers.environment["SPORTELLO_BROKER_URL"]
    listener = await asyncio.create_subprocess_exec(
        sys.executable,
        str(repository / "deploy" / "examples" / "listen.py"),
        url,
        stdout=asyncio.subprocess.PIPE,
    )
    assert listener.stdout is not None
    told: list[str] = []

    async def hear() -> None:
        assert listener.stdout is not None
        async for line in listener.stdout:
            told.append(line.decode().strip())

    hearing = asyncio.create_task(hear())
    async with People(on_real_servers) as people, channel_of(url) as channel:
        packs = await channel.declare_queue(exclusive=True)
        await packs.bind("sportello.events", "tickets.ticket.#")
        await eventually(lambda: hears_something(people, told), what="the listener hears")
        single = await people.new_ticket("Una da sola")
        # What gathers while the broker hangs goes out in packs.
        await asyncio.to_thread(our_rabbit.pause)
        try:
            sent = [
                tasse_request(f"Una di molte {number}", email=f"molte{number}@example.org")
                for number in range(30)
            ]
            requests = [await people.nobody.send_form(body) for body in sent]
        finally:
            # Others use this broker, too.
            await asyncio.to_thread(our_rabbit.resume)
        numbers = [single] + [await people.nobody.number_of(request_id) for request_id in requests]
        for number in numbers:
            await people.is_queued(number)

        async def all_told() -> bool:
            return all(Counter(line.split()[1] for line in told)[number] >= 3 for number in numbers)

        await eventually(
            all_told, what="the listener has told of created, queued and notified of each"
        )
        kinds = set()
        while (message := await packs.get(no_ack=True, fail=False)) is not None:
            kinds.add(message.content_type)
    listener.terminate()
    await listener.wait()
    await hearing

    assert {PACK, "application/json"} <= kinds
    for number in numbers:
        events = [line for line in told if line.split()[1] == number]
        assert f"tickets.ticket.created.v1 {number} new None v1" in events
        assert f"tickets.ticket.queued.v1 {number} new studenti v2" in events
        assert len(events) == len(set(events))


async def hears_something(people: People, told: list[str]) -> bool:
    await people.new_ticket("C'è qualcuno?")
    return len(told) > 0
