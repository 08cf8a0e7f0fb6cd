"""Sharing by name on both databases: kept, told, once for each command, and by several at the same
moment.
"""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from services.tickets.main import MIGRATIONS
from services.tickets.usecases.sharing import MOST_READERS
from shared.contracts.commands import tickets as commands
from shared.contracts.events.tickets import TicketShared
from shared.contracts.people import Reader
from shared.database.migrate import migrate
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import GIULIA
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import ANNA, done, ticket_now
from tests.integration.tickets.test_journey import queued

IDA = Reader(name="Ida Boni", email="Ida.Boni@example.org")


async def test_a_share_is_kept_and_a_repeated_command_shares_once(process: Process) -> None:
    ticket = await queued(process, make_request())
    command, command_id = (
        commands.RequesterShare(
            caller=GIULIA, number=ticket.number, name=IDA.name, email=IDA.email
        ),
        uuid4(),
    )

    answers = [await process.answer(command, command_id=command_id) for _ in range(2)]
    urgent = await done(
        process, commands.SetPriority(caller=ANNA, number=ticket.number, priority=5)
    )
    ended = await done(
        process, commands.Unshare(caller=ANNA, number=ticket.number, email="ida.boni@EXAMPLE.org")
    )

    assert answers[0] == answers[1]
    assert (urgent.version, urgent.shared_with, ended.version, ended.shared_with) == (
        4,
        (IDA,),
        5,
        (),
    )
    told = [event for event in await process.told() if isinstance(event, TicketShared)]
    assert [(event.ticket.shared_with, event.actor.identity) for event in told] == [
        ((IDA,), "giulia.neri")
    ]


async def test_many_who_share_at_once_never_share_with_too_many(processes: list[Process]) -> None:
    ticket = await queued(processes[0], make_request())
    asked = [
        commands.Share(
            caller=ANNA, number=ticket.number, name=f"N. {number}", email=f"n{number}@example.org"
        )
        for number in range(MOST_READERS + 5)
    ]

    answers = await asyncio.gather(
        *(
            processes[number % len(processes)].answer(command)
            for number, command in enumerate(asked)
        )
    )

    now = await ticket_now(processes[0], ticket)
    refused = [
        answer.refusal["facts"]["problem"] for answer in answers if answer.refusal is not None
    ]
    assert refused == ["too_many_people"] * 5
    assert (
        len(now.shared_with),
        len({reader.email for reader in now.shared_with}),
        now.version,
    ) == (20, 20, 22)


async def test_a_ticket_from_before_is_shared_with_nobody(process: Process) -> None:
    ticket = await queued(process, make_request())
    async with process.database.transaction() as uow:
        await uow.connection.execute(text("alter table tickets drop column shared_with"))
        await uow.connection.execute(text("drop table desk_sweeps"))
        for column in ("undelivered", "undoable", "routing_asked_by", "own"):
            await uow.connection.execute(text(f"alter table tickets drop column {column}"))
        await uow.connection.execute(text("update alembic_version set version_num = 'tickets0004'"))

    await migrate(process.database, MIGRATIONS)

    assert (await ticket_now(process, ticket)).shared_with == ()
    shared = await done(
        process, commands.Share(caller=ANNA, number=ticket.number, name=IDA.name, email=IDA.email)
    )
    assert shared.shared_with == (IDA,)
