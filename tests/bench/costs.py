"""What an installation costs: doing nothing, and for each ticket at different rates."""

import asyncio
import os
from time import perf_counter
from uuid import UUID, uuid4

from shared.core.ids import derived_id
from tests.bench.figures import Figure
from tests.bench.installation import Measured
from tests.bench.load import request_body
from tests.bench.seeing import Seeing
from tests.installation.http import Connection

IDLE_SECONDS = 60.0
SETTLE_SECONDS = 5.0
"""Before nothing is measured: what was begun ends, and what is done once after the start is
done.
"""
RATES = (1.0, 20.0, 200.0)
SECONDS_AT = {1.0: 20.0, 20.0: 10.0, 200.0: 10.0}
SENDERS = 48
LOAD = "the load generator"


async def measure_costs(running: Measured) -> list[Figure]:
    """Return what each process uses while nothing happens, and the processor time that a ticket
    takes at each of RATES.
    """
    figures = await _idle(running)
    for rate in RATES:
        figures += await _per_ticket(running, rate, SECONDS_AT[rate])
    return figures


async def _idle(running: Measured) -> list[Figure]:
    await asyncio.sleep(SETTLE_SECONDS)
    used = running.processor_seconds()
    begun = perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    took = perf_counter() - begun
    shares = {
        name: (total - used.get(name, 0.0)) / took * 100
        for name, total in running.processor_seconds().items()
        if name != LOAD
    }
    ours = running.own_processes()
    group = f"{running.name}: processor while nothing happens, {IDLE_SECONDS:.0f} s"
    return [
        Figure(group, name, share, "% of a core", goal="< 1" if name in ours else "")
        for name, share in shares.items()
    ]


async def _per_ticket(running: Measured, rate: float, seconds: float) -> list[Figure]:
    """Offer `rate` requests/s for `seconds` and wait until all are visible and their mails have
    left.
    """
    mails = await running.count_mails_sent()
    used = running.processor_seconds()
    begun = perf_counter()
    count = int(rate * seconds)
    async with Seeing(running.portal_database) as seeing:
        await _offer(running, seeing, rate, count)
    while (
        await running.count_mails_sent() < mails + count and perf_counter() - begun < seconds + 60
    ):
        await asyncio.sleep(0.5)
    took = perf_counter() - begun
    spent = {
        name: total - used.get(name, 0.0)
        for name, total in running.processor_seconds().items()
        if name != LOAD
    }
    ours = sum(spent[name] for name in running.own_processes())
    group = f"{running.name}: processor time of a ticket at {rate:.0f}/s"
    figures = [Figure(group, name, total / count * 1000, "ms") for name, total in spent.items()]
    return [
        *figures,
        Figure(group, "our processes together", ours / count * 1000, "ms"),
        Figure(group, "with the servers", sum(spent.values()) / count * 1000, "ms"),
        Figure(
            group,
            "all of this, of the machine",
            sum(spent.values()) / took / (os.cpu_count() or 1) * 100,
            "%",
        ),
    ]


async def _offer(running: Measured, seeing: Seeing, rate: float, count: int) -> None:
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(SENDERS):
        idle.put_nowait(Connection(running.intake))

    async def one() -> None:
        intake = await idle.get()
        answer = await intake.post("/api/forms/tasse/requests", request_body(uuid4().hex))
        idle.put_nowait(intake)
        if answer.status != 202:
            raise RuntimeError(f"a request was answered {answer.status}: {answer.body[:300]!r}")
        await seeing.number_of(derived_id("ticket", UUID(answer.json()["request_id"])))

    begun = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / rate - perf_counter()))
            group.create_task(one())
    while not idle.empty():
        idle.get_nowait().close()
