"""Tickets of people whom a new desk gives no rights any more, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.tickets import jobs
from services.tickets.queries import count_lapsed
from services.tickets.repository.sweeps import is_swept
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases import ownership
from shared.contracts.commands import tickets as commands
from shared.contracts.desk import Desk
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketReleasedBySystem
from shared.core.cause import Cause
from tests.factories.tickets import make_request
from tests.fakes.tickets_do import Asked, do
from tests.integration.tickets.conftest import Process, make_crowded_desk
from tests.integration.tickets.test_families_on_databases import done
from tests.integration.tickets.test_journey import ANNA, BRUNO, queued


def without_anna() -> Desk:
    desk = make_crowded_desk()
    return desk.model_copy(
        update={
            "operators": {
                name: each for name, each in desk.operators.items() if name != "anna.ferri"
            }
        }
    )


async def held_by_anna(process: Process, count: int) -> list[str]:
    numbers = [(await queued(process, make_request())).number for _ in range(count)]
    for number in numbers:
        await done(process, commands.Take(caller=ANNA, number=number))
    return numbers


async def release(process: Process) -> int:
    """Run the job until it has nothing to do; return how often it had."""
    rounds = 0
    while await jobs.release_lapsed(process.context):
        rounds += 1
    return rounds


async def test_a_desk_without_the_owner_has_all_their_tickets_released_in_rounds_and_each_once(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "A_ROUND", 3)
    numbers = await held_by_anna(processes[0], 7)
    other = await queued(processes[0], make_request())
    await done(processes[0], commands.Take(caller=BRUNO, number=other.number))
    assert await release(processes[0]) == 0
    assert await count_lapsed(processes[0].database, without_anna()) == (7, 7)

    await processes[0].hear(
        DeskApplied(version=2, desk=without_anna(), applied_at=datetime.now(UTC))
    )
    await asyncio.gather(*(release(process) for process in processes))
    await release(processes[0])

    told = [
        event for event in await processes[0].told() if isinstance(event, TicketReleasedBySystem)
    ]
    assert sorted(event.ticket.number for event in told) == sorted(numbers)
    assert {
        (event.ticket.owner, event.ticket.last_owner, event.ticket.responsible) for event in told
    } == {(None, "anna.ferri", None)}
    assert await count_lapsed(processes[0].database, without_anna()) == (0, 0)


async def test_tickets_taken_while_a_desk_is_new_are_found_too(process: Process) -> None:
    await process.hear(DeskApplied(version=2, desk=without_anna(), applied_at=datetime.now(UTC)))
    await release(process)
    ticket = await queued(process, make_request())
    async with process.database.transaction() as uow:
        # As a command does that has read the desk before.
        late = await do(
            ownership.take,
            SqlTickets(uow),
            make_crowded_desk(),
            number=ticket.number,
            asked=Asked(ANNA, uow.now, Cause.fresh()),
        )

    assert late.owner == "anna.ferri"
    assert await release(process) == 1
    assert [
        event.ticket.number
        for event in await process.told()
        if isinstance(event, TicketReleasedBySystem)
    ] == [ticket.number]


async def test_a_desk_is_done_with_only_when_no_command_of_the_desk_before_can_end_any_more(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_done() -> bool:
        async with process.database.reading() as connection:
            return await is_swept(connection, 1)

    await release(process)
    assert not await is_done()

    monkeypatch.setattr(jobs, "COMMANDS_END", timedelta(0))
    await release(process)

    assert await is_done()
