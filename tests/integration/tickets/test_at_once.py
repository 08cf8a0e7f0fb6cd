"""Many at the same instant: one owner, versions without gaps, numbers without doubles."""

import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from services.tickets.adapters.counters import ReservedBlocks
from services.tickets.domain.numbers import check_digit
from services.tickets.jobs import ask_routing_again, wake_postponed
from services.tickets.models import ArticleRow, DailyCounterRow, HistoryRow, HopRow, TicketRow
from services.tickets.repository.counters import reserve_counters, skip_counters
from shared.contracts.commands import merging
from shared.contracts.commands import tickets as commands
from shared.contracts.events.tickets import TicketDue
from shared.core.errors import HeldBySomebodyElse, TryAgain
from shared.core.ids import derived_id
from shared.database.database import Database
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import make_operator
from tests.integration.tickets.conftest import CROWD, Process
from tests.integration.tickets.test_journey import make_decision, make_receipt, queued


async def test_fifty_take_at_once_and_exactly_one_owns(processes: list[Process]) -> None:
    ticket = await queued(processes[0], make_request())

    outcomes = await asyncio.gather(
        *(
            processes[n % len(processes)].answer(
                commands.Take(caller=make_operator(identity), number=ticket.number)
            )
            for n, identity in enumerate(CROWD)
        )
    )

    winners = [outcome.ticket for outcome in outcomes if outcome.ticket is not None]
    assert len(winners) == 1
    owner = winners[0].owner
    assert owner in CROWD
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    assert refusals == [HeldBySomebodyElse(owner).to_wire()] * 49
    (row,) = await processes[0].rows(TicketRow, "id")
    assert (row["owner"], row["responsible"], row["version"]) == (owner, owner, 3)
    assert [event.ticket.version for event in await processes[0].told()] == [1, 2, 3]


async def test_versions_grow_by_one_whoever_writes(processes: list[Process]) -> None:
    ticket = await queued(processes[0], make_request())

    await asyncio.gather(
        *(
            processes[n % len(processes)].answer(
                commands.AddNote(
                    caller=make_operator(identity), number=ticket.number, body=f"nota {n}"
                )
            )
            for n, identity in enumerate(CROWD)
        ),
        *(process.hear(make_receipt(ticket)) for process in processes),
    )

    changes = 2 + len(CROWD) + len(processes)
    history = await processes[0].rows(HistoryRow, "version")
    assert [row["version"] for row in history] == list(range(1, changes + 1))
    # In the outbox as in history: nobody wrote an event before he had the lock.
    assert [event.ticket.version for event in await processes[0].told()] == list(
        range(1, changes + 1)
    )
    articles = await processes[0].rows(ArticleRow, "version")
    assert len([row for row in articles if row["kind"] == "note"]) == len(CROWD)


async def test_requests_told_to_many_at_once_are_one_ticket_each(processes: list[Process]) -> None:
    requests = [make_request() for _ in range(120)]
    batches = []
    for seed in range(6):
        shuffled = list(requests)
        random.Random(seed).shuffle(shuffled)
        batches += [shuffled[:60], shuffled[60:]]

    await asyncio.gather(
        *(processes[n % len(processes)].hear(*batch) for n, batch in enumerate(batches))
    )

    rows = await processes[0].rows(TicketRow, "number")
    assert {row["id"] for row in rows} == {
        derived_id("ticket", request.request_id) for request in requests
    }
    assert len({row["number"] for row in rows}) == len(rows) == 120
    assert [
        row["number"] for row in rows if check_digit(row["number"][:-1]) != int(row["number"][-1])
    ] == []
    assert Counter(event.NAME for event in await processes[0].told()) == {
        "tickets.ticket.created.v1": 120
    }
    assert (
        len(await processes[0].rows(ArticleRow, "id"))
        == len(await processes[0].rows(HistoryRow, "ticket_id"))
        == 120
    )


async def test_decisions_and_mails_told_to_many_at_once_count_once(
    processes: list[Process],
) -> None:
    requests = [make_request() for _ in range(40)]
    await processes[0].hear(*requests)
    created = [event.ticket for event in await processes[0].told()]
    told = [make_decision(ticket) for ticket in created] + [
        make_receipt(ticket) for ticket in created
    ]
    batches = []
    for seed in range(6):
        shuffled = list(told)
        random.Random(seed).shuffle(shuffled)
        batches.append(shuffled)

    await asyncio.gather(
        *(processes[n % len(processes)].hear(*batch) for n, batch in enumerate(batches))
    )

    rows = await processes[0].rows(TicketRow, "number")
    assert [(row["queue"], row["version"]) for row in rows] == [("studenti", 3)] * 40
    assert len(await processes[0].rows(HopRow, "id")) == 40
    assert Counter(row["kind"] for row in await processes[0].rows(ArticleRow, "id")) == {
        "request": 40,
        "notice": 40,
    }
    seen: dict[object, int] = {}
    for event in await processes[0].told():
        assert event.ticket.version == seen.get(event.ticket.id, 0) + 1
        seen[event.ticket.id] = event.ticket.version


async def test_routing_is_asked_again_once_for_each_ticket_that_waits(
    processes: list[Process],
) -> None:
    await processes[0].hear(*(make_request() for _ in range(10)))
    async with processes[0].database.transaction() as uow:
        long_ago = datetime.now(UTC) - timedelta(seconds=61)
        await uow.connection.execute(update(TicketRow).values(routing_asked_at=long_ago))

    rounds = await asyncio.gather(
        *(ask_routing_again(process.context) for process in processes * 2)
    )
    while True in rounds:
        rounds = [await ask_routing_again(processes[0].context)]

    asked = [
        event
        for event in await processes[0].told()
        if event.NAME == "tickets.ticket.routing-requested.v1"
    ]
    assert len({event.ticket.id for event in asked}) == len(asked) == 10
    assert {event.ticket.version for event in asked} == {2}


async def test_postponed_tickets_are_woken_once_each_however_many_processes_look(
    processes: list[Process],
) -> None:
    anna, later = make_operator("anna.ferri"), datetime.now(UTC) + timedelta(hours=1)
    tickets = [await queued(processes[0], make_request()) for _ in range(10)]
    for ticket in tickets:
        await processes[0].answer(commands.Take(caller=anna, number=ticket.number))
        await processes[0].answer(commands.Postpone(caller=anna, number=ticket.number, until=later))
    too_early = await wake_postponed(processes[0].context)
    async with processes[0].database.transaction() as uow:
        passed = datetime.now(UTC) - timedelta(seconds=1)
        await uow.connection.execute(
            update(TicketRow).where(TicketRow.id != tickets[0].id).values(postponed_until=passed)
        )

    await asyncio.gather(*(wake_postponed(process.context) for process in processes * 2))
    await wake_postponed(processes[0].context)

    due = [event for event in await processes[0].told() if isinstance(event, TicketDue)]
    assert not too_early
    assert {event.ticket.id for event in due} == {ticket.id for ticket in tickets[1:]}
    assert len(due) == 9
    assert {
        (event.ticket.state, event.ticket.owner, event.ticket.postponed_until) for event in due
    } == {("open", "anna.ferri", None)}


async def test_merges_into_one_ticket_that_are_undone_at_once_leave_watchers_and_links_as_they_were(
    processes: list[Process],
) -> None:
    anna, ivo = make_operator("anna.ferri"), make_operator("ivo.santi")
    target, other, *tickets = [await queued(processes[0], make_request()) for _ in range(6)]
    for ticket in tickets:
        await processes[0].answer(
            merging.SetLink(caller=anna, number=ticket.number, to=other.number, kind="related")
        )
        await processes[0].answer(commands.Watch(caller=ivo, number=ticket.number))
        await processes[0].answer(
            merging.Merge(caller=anna, number=ticket.number, into=target.number)
        )
    versions = {
        row["number"]: row["version"] for row in await processes[0].rows(TicketRow, "number")
    }

    undone = [
        merging.Undo(caller=anna, number=ticket.number, version=versions[ticket.number])
        for ticket in tickets
    ]
    answers = await asyncio.gather(
        *(processes[n % len(processes)].answer(each) for n, each in enumerate(undone))
    )

    rows = {row["number"]: row for row in await processes[0].rows(TicketRow, "number")}
    numbers = {ticket.number for ticket in tickets}
    assert [answer.refusal for answer in answers] == [None] * 4
    assert {
        number: ([link["to"] for link in rows[number]["links"]], rows[number]["watchers"])
        for number in numbers
    } == {number: ([other.number], ["ivo.santi"]) for number in numbers}
    assert (rows[target.number]["links"], rows[target.number]["watchers"]) == ([], [])
    assert {link["to"] for link in rows[other.number]["links"]} == numbers


async def test_a_number_that_is_taken_is_refused_by_the_table_and_nothing_is_written(
    process: Process,
) -> None:
    await process.hear(make_request())
    async with process.database.transaction() as uow:
        await uow.connection.execute(update(DailyCounterRow).values(reserved=0))
    started_anew = Process(process.database)

    with pytest.raises(TryAgain):
        await started_anew.hear(make_request())

    assert len(await process.rows(TicketRow, "id")) == len(await process.told()) == 1


async def test_processes_never_reserve_the_same_block(postgres_url: str) -> None:
    databases = [Database(postgres_url, service="tickets", pool_size=2) for _ in range(4)]
    sources = [ReservedBlocks(database, block=50) for database in databases]
    day = date(2026, 9, 28)

    drawn = await asyncio.gather(
        *(sources[n % 4].draw(day=day, count=n % 7 + 1) for n in range(200))
    )

    counters = [counter for each in drawn for counter in each]
    assert len(counters) == len(set(counters)) == sum(n % 7 + 1 for n in range(200))
    async with databases[0].reading() as connection:
        assert (
            max(counters)
            <= (await connection.execute(DailyCounterRow.__table__.select())).one().reserved
        )
    for database in databases:
        await database.close()


async def test_a_new_day_drops_what_is_left_of_a_block(postgres_url: str) -> None:
    database = Database(postgres_url, service="tickets", pool_size=2)
    source = ReservedBlocks(database, block=50)

    first = await source.draw(day=date(2026, 9, 28), count=3)
    next_day = await source.draw(day=date(2026, 9, 29), count=60)
    rest = await source.draw(day=date(2026, 9, 29), count=1)

    assert first == [1, 2, 3]
    assert next_day == list(range(1, 61))
    assert rest == [61]
    async with database.transaction() as uow:
        assert await reserve_counters(uow.connection, day=date(2026, 9, 28), count=1) == 51
        assert await reserve_counters(uow.connection, day=date(2026, 9, 29), count=1) == 101
    await database.close()


async def test_counters_go_on_behind_what_others_have_seen(postgres_url: str) -> None:
    database = Database(postgres_url, service="tickets", pool_size=2)
    days = date(2026, 9, 28), date(2026, 9, 29)
    async with database.transaction() as uow:
        await reserve_counters(uow.connection, day=days[0], count=50)

        assert await skip_counters(uow.connection, day=days[0], behind=7, margin=100) == 150
        assert await skip_counters(uow.connection, day=days[0], behind=207, margin=100) == 307
        assert await skip_counters(uow.connection, day=days[0], behind=0, margin=0) == 307
        assert await skip_counters(uow.connection, day=days[1], behind=0, margin=100) == 100
        assert [await reserve_counters(uow.connection, day=day, count=1) for day in days] == [
            308,
            101,
        ]
    await database.close()
