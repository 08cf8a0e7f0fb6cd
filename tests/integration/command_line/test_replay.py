"""`replay` and `compare`: what they refuse, and what they do beside an installation that stands
still.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from services.cli.pacing import let_others_pass
from services.tickets.main import MIGRATIONS
from shared.contracts.events.replay import TicketReplayed
from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.database import Database
from shared.database.outbox import outbox_state
from tests.fixtures.migrated import MakeMigrated
from tests.installation.installation import Installation
from tests.installation.people import People, tasse_request
from tests.installation.start import embedded
from tests.installation.waiting import eventually
from tests.integration.command_line.conftest import Call

pytestmark = pytest.mark.timeout(300)

KNOWN = (
    "expected one of: intake --to tickets; routing --to intake or tickets or notify or portal; "
    "tickets --to intake or notify or portal; notify --to tickets or portal"
)
_ACTS = ("security.compared", "security.replayed")


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that nobody else uses."""
    with embedded() as installation:
        yield installation


def empty(installation: Installation, service: str, *tables: str) -> None:
    connection = sqlite3.connect(installation.data / f"{service}.db", timeout=10)
    with connection:
        for table in tables:
            connection.execute(f"delete from {table}")
    connection.close()


@pytest.mark.parametrize(
    ("owner", "to"),
    [
        ("portal", "tickets"),
        ("tickets", "routing"),
        ("tickets", "tickets"),
        ("notify", "intake"),
        ("intake", "portal"),
        ("nobody", "portal"),
    ],
)
def test_who_keeps_no_copy_is_told_so(call: Call, owner: str, to: str) -> None:
    done = call("replay", owner, "--to", to)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"{to} keeps no copy of what {owner} owns; {KNOWN}\n"


@pytest.mark.parametrize(
    ("arguments", "first"),
    [(("replay", "tickets", "--to", "portal"), "tickets"), (("compare",), "routing")],
)
def test_nothing_is_said_of_databases_that_are_not_there(
    call: Call, arguments: tuple[str, ...], first: str
) -> None:
    done = call(*arguments)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"the database of {first} is not up to date; run `sportello migrate`, or give the state "
        f"folder with --data\n"
    )


@pytest.fixture
def url(make_migrated_database: MakeMigrated) -> str:
    return make_migrated_database("tickets", MIGRATIONS)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database of tickets with five events in its outbox, which nobody takes."""
    database = Database(url, service="tickets")
    async with database.transaction() as uow:
        for _ in range(5):
            ticket_id = new_id()
            uow.emit(
                TicketReplayed(ticket_id=ticket_id),
                aggregate_id=ticket_id,
                cause=Cause.fresh(),
                target="portal",
            )
    yield database
    await database.close()


async def test_a_replay_goes_on_where_nobody_takes_what_it_says(database: Database) -> None:
    assert await let_others_pass(database, most=5)
    assert not await let_others_pass(database, most=4, patience=0.0)


async def test_a_replay_waits_until_others_have_taken_most_of_what_it_says(
    database: Database,
) -> None:
    async def take_all() -> None:
        for _ in range(5):
            async with database.transaction() as uow:
                await uow.connection.execute(
                    text("delete from outbox where seq = (select min(seq) from outbox)")
                )

    taking = asyncio.create_task(take_all())
    is_taken = await let_others_pass(database, most=0)

    async with database.reading() as connection:
        assert (await outbox_state(connection, now=database.clock.now())).pending == 0
    assert is_taken
    await taking


async def test_what_is_replayed_while_all_stands_still_is_told_at_the_next_start(
    own: Installation,
) -> None:
    async with People(own) as people:
        number = await people.new_ticket("Prima della notte")
        dead = await people.nobody.send_form(tasse_request("Anche questa"))
        assert await people.nobody.number_of(dead)
    own.stop()
    empty(own, "portal", "tickets", "articles", "history")
    empty(own, "intake", "desk_copy")

    emptied = own.command("compare")
    told = [
        own.command("replay", owner, "--to", to)
        for owner, to in (("tickets", "portal"), ("routing", "intake"))
    ]
    own.start()

    assert (emptied.returncode, [each.returncode for each in told]) == (1, [0, 0])
    # A desk, and three tables of the portal in each partition that has one of the two tickets or
    # both.
    assert emptied.stderr.splitlines()[-1].startswith(
        ("4 differ: desk of intake, ", "7 differ: desk of intake, ")
    )
    assert "tickets: 2 in tickets, 0 in the portal" in emptied.stdout.splitlines()
    assert [each.stdout for each in told] == [
        "2 tickets for portal: told at once where the services run, otherwise when they start\n",
        (
            "desk version 1 for intake: told at once where the services run, otherwise when they "
            "start\n"
        ),
    ]

    async def equal() -> bool:
        return (await asyncio.to_thread(own.command, "compare")).returncode == 0

    await eventually(equal, what="the copies are equal again", every=0.5)
    done = own.command("compare")
    assert done.stdout.splitlines()[0] == "desk: routing 1, intake 1, tickets 1, notify 1, portal 1"
    assert done.stdout.splitlines()[-1] == "all is the same"
    async with People(own) as people:
        assert (await people.is_queued(number))["subject"] == "Prima della notte"
        assert await people.new_ticket("Dopo la notte")


async def test_who_has_lost_the_desk_gets_it_again_while_all_runs(own: Installation) -> None:
    empty(own, "portal", "desk_copy")
    (program,) = own.programs.values()

    async def is_ready(ready: bool) -> bool:
        return (program.readiness()[0] == 200) is ready

    await eventually(lambda: is_ready(False), what="the portal misses its desk")
    lost = own.command("compare")
    told = own.command("replay", "routing", "--to", "portal")
    await eventually(lambda: is_ready(True), what="the portal has its desk")

    assert (lost.returncode, told.returncode) == (1, 0)
    assert (
        lost.stdout.splitlines()[0]
        == "desk: routing 1, intake 1, tickets 1, notify 1, portal none (differs)"
    )
    assert lost.stderr.splitlines()[-1].startswith("1 differ: desk of portal; ")
    acts = [json.loads(line) for line in (own.data / "security.log").read_text().splitlines()]
    said = [
        {name: act.get(name) for name in ("event", "different", "owner", "to")}
        for act in acts
        if act["event"] in _ACTS
    ][-2:]
    assert said == [
        {"event": "security.compared", "different": 1, "owner": None, "to": None},
        {"event": "security.replayed", "different": None, "owner": "routing", "to": "portal"},
    ]


async def test_requests_whose_tickets_were_lost_are_named_and_become_tickets_again(
    own: Installation,
) -> None:
    async with People(own) as people:
        request = await people.nobody.send_form(
            tasse_request("Persa col disco", email="persa@example.org")
        )
        kept = await people.nobody.send_form(tasse_request("Rimasta", email="rimasta@example.org"))
        numbers = [await people.nobody.number_of(each) for each in (request, kept)]
    own.stop()
    for service, tables in (
        ("tickets", ("articles", "history", "hops")),
        ("portal", ("articles", "history")),
    ):
        connection = sqlite3.connect(own.data / f"{service}.db", timeout=10)
        with connection:
            lost = f"select id from tickets where number = '{numbers[0]}'"
            for table in tables:
                connection.execute(f"delete from {table} where ticket_id in ({lost})")
            connection.execute(f"delete from tickets where number = '{numbers[0]}'")
        connection.close()

    compared = own.command("compare")
    told = own.command("replay", "intake", "--to", "tickets")
    own.start()

    assert (compared.returncode, told.returncode) == (1, 0)
    assert compared.stdout.splitlines()[1:3] == [
        "requests: 2 in intake, 1 in tickets",
        f"requests without a ticket: 1: {request}",
    ]
    # Notify was told of the ticket before it was lost.
    assert compared.stderr.splitlines()[-1].startswith(
        "3 differ: 1 requests without a ticket, 1 mails of tickets that do not exist, 3 "
        "notices "
        "of changes that tickets does not have; "
    )

    async def equal() -> bool:
        return (await asyncio.to_thread(own.command, "compare")).returncode == 0

    await eventually(equal, what="both requests are tickets", every=0.5)
    async with People(own) as people:
        again = await people.nobody.number_of(request)
        assert again == numbers[0]
        assert (await people.is_queued(again))["subject"] == "Persa col disco"
        assert await people.nobody.number_of(kept) == numbers[1]
