"""What tickets tells itself is told again where the broker has lost it, once, and no more when it
was heard.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.tickets.usecases.reconciliation import begin_runs_again, tell_parents_again
from shared.contracts.commands import tickets as commands
from shared.contracts.events.families import ChildTold, RunDue
from shared.contracts.events.routing import DeskApplied
from shared.database.envelope import Envelope
from shared.database.outbox import read_after
from tests.factories.tickets import make_request
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import (
    ANNA,
    CARLA,
    done,
    open_child,
    recipe_desk,
    settle,
    ticket_now,
)
from tests.integration.tickets.test_journey import queued

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def outgoing(process: Process, name: str, *, after: int = 0) -> list[Envelope[bytes]]:
    async with process.database.reading() as connection:
        return [
            row for row in await read_after(connection, after, limit=10_000) if row.type == name
        ]


async def told_again(
    process: Process, seen: dict[UUID, int], *, ago: timedelta = timedelta(0)
) -> int:
    async with process.database.transaction() as uow:
        return await tell_parents_again(
            uow, seen=seen, since=LONG_AGO, before=datetime.now(UTC) - ago, limit=100
        )


async def test_each_news_of_a_child_that_was_lost_is_told_again_as_it_was_until_it_is_heard(
    process: Process,
) -> None:
    parent = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=parent.number))
    child, other = [await done(process, open_child(parent)) for _ in range(2)]
    for command in (
        commands.Take(caller=CARLA, number=child.number),
        commands.Bounce(caller=CARLA, number=child.number, reason="Manca l'anno"),
        commands.Resend(
            caller=ANNA, number=child.number, fields={"anno": "2026/2027"}, body="Ecco"
        ),
        commands.Take(caller=CARLA, number=child.number),
        commands.Ask(caller=CARLA, number=child.number, body="Quale rata?"),
        commands.Close(caller=CARLA, number=child.number, outcome="successful", answer="In regola"),
        commands.Reopen(caller=CARLA, number=child.number, reason="Non è così"),
        commands.Close(
            caller=CARLA, number=child.number, outcome="unsuccessful", answer="Proprio no"
        ),
        commands.Take(caller=CARLA, number=other.number),
        commands.Close(
            caller=CARLA, number=other.number, outcome="successful", answer="Anche questa"
        ),
    ):
        await done(process, command)
    lost = await outgoing(process, ChildTold.NAME)
    seen: dict[UUID, int] = {}

    assert await told_again(process, seen, ago=timedelta(hours=1)) == 0
    assert await told_again(process, seen) == len(lost) == 6

    again = await outgoing(process, ChildTold.NAME, after=lost[-1].seq)
    facts = [
        sorted(ChildTold.model_validate_json(row.event).model_dump_json() for row in rows)
        for rows in (lost, again)
    ]
    assert facts[0] == facts[1]
    assert seen == {}
    await settle([process])
    assert (await ticket_now(process, parent)).state == "open"
    assert await told_again(process, seen) == 0
    assert seen == {
        ticket.id: (await ticket_now(process, ticket)).version for ticket in (child, other)
    }


async def test_a_recipe_whose_beginning_was_lost_begins_after_a_while(process: Process) -> None:
    await process.hear(DeskApplied(version=2, desk=recipe_desk(), applied_at=datetime.now(UTC)))
    ticket = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=ticket.number))
    (lost,) = await outgoing(process, RunDue.NAME)

    async with process.database.transaction() as uow:
        assert (
            await begin_runs_again(uow, before=datetime.now(UTC) - timedelta(hours=1), limit=10)
            == 0
        )
        assert await begin_runs_again(uow, before=datetime.now(UTC), limit=10) == 1

    (again,) = await outgoing(process, RunDue.NAME, after=lost.seq)
    assert again.event == lost.event
    await settle([process])
    assert len((await ticket_now(process, ticket)).children) == 1
    async with process.database.transaction() as uow:
        assert await begin_runs_again(uow, before=datetime.now(UTC), limit=10) == 0
