"""The read model on PostgreSQL: the same rows whatever the order, and the same answers as on
SQLite.
"""

import asyncio
import random
import re
from typing import Any

import pytest
from sqlalchemy import text

from services.portal.consumers import on_facts
from services.portal.live.hub import Hub
from services.portal.live.listeners import Topic
from services.portal.projection.changes import Changes
from services.portal.queries.articles import Part
from services.portal.queries.history import get_history, newest_history
from services.portal.queries.lists import (
    Listed,
    Sort,
    TicketFilter,
    list_requests,
    list_tickets,
    requests_of,
)
from services.portal.queries.overview import dashboard, queue_tree
from services.portal.queries.tickets import get_request, get_ticket
from services.portal.queries.top_n import Order, Position, first_of_few
from services.portal.queries.viewers import viewer_of
from shared.contracts.events.base import Event
from shared.database.database import Database
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created, make_life, make_number, make_received
from tests.factories.portal_sharing import CARLA, make_shared, make_unshared
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.test_long_tickets import long_ticket
from tests.unit.portal.queries.test_lists import FILTERED, ORDERED, make_tickets
from tests.unit.portal.test_consumers import FAMILY, hear, read_all


async def tickets_for(
    database: Database,
    identity: str,
    wanted: TicketFilter,
    sort: Sort = "created_at",
    limit: int = 200,
    after: Position | None = None,
) -> Listed[Any]:
    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person(identity))
        return await list_tickets(connection, viewer, wanted, sort=sort, limit=limit, after=after)


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_and_any_duplicates_leave_the_same_rows(
    seed: int, database: Database
) -> None:
    await hear(database, [FAMILY])
    expected = await read_all(database)
    async with database.transaction() as uow:
        await uow.connection.execute(
            text(
                "truncate tickets, words, shares, articles, history, deliveries, notices, "
                "preferences"
            )
        )
    disorder = random.Random(seed)
    events: list[Event] = disorder.sample(FAMILY * 3, k=len(FAMILY) * 3)
    cut = disorder.randrange(1, len(events))

    await hear(database, [events[:cut], events[cut:]])

    assert await read_all(database) == expected


async def test_processes_that_share_tickets_neither_block_each_other_for_ever_nor_differ(
    database: Database,
) -> None:
    await hear(database, [FAMILY])
    expected = await read_all(database)
    async with database.transaction() as uow:
        await uow.connection.execute(
            text(
                "truncate tickets, words, shares, articles, history, deliveries, notices, "
                "preferences"
            )
        )

    async def process(seed: int) -> None:
        events = random.Random(seed).sample(FAMILY, k=len(FAMILY))
        for start in range(0, len(events), 5):
            async with database.transaction() as uow:
                await on_facts(
                    Changes(), uow, [make_received(event) for event in events[start : start + 5]]
                )

    await asyncio.gather(*(process(seed) for seed in range(6)))

    assert await read_all(database) == expected


async def test_filters_find_the_same_as_on_sqlite(database: Database, project: Project) -> None:
    await project(make_tickets())

    for identity, wanted, expected in FILTERED:
        found = await tickets_for(database, identity, wanted)
        assert [int(ticket.number[10:15]) for ticket in found.items] == expected, wanted


async def test_orders_and_pages_are_the_same_as_on_sqlite(
    database: Database, project: Project
) -> None:
    await project(make_tickets())

    for sort, expected in ORDERED.items():
        seen: list[int] = []
        page = await tickets_for(database, "luisa.villa", TicketFilter(), sort, limit=2)
        while True:
            seen += [int(ticket.number[10:15]) for ticket in page.items]
            if page.next is None:
                break
            page = await tickets_for(
                database, "luisa.villa", TicketFilter(), sort, limit=2, after=page.next
            )
        assert seen == expected, sort


async def test_the_parts_of_a_long_ticket_are_all_of_it_and_nothing_twice(
    database: Database, project: Project
) -> None:
    await project(long_ticket(120))
    before, found, around = None, [], []

    async with database.reading() as connection:
        giulia = await viewer_of(connection, make_person("giulia.neri"))
        for _ in range(3):
            part = Part(before)
            request = await get_request(
                connection, giulia, make_number(1), language="it", part=part
            )
            found.append([article.body for article in request.articles])
            around.append((part.earlier, part.shown, part.total))
            before = part.oldest
        whole = await get_request(connection, giulia, make_number(1), language="it")
        changes, earlier = await newest_history(
            connection,
            await viewer_of(connection, make_person("anna.ferri")),
            make_number(1),
            most=1,
        )

    assert [body for bodies in reversed(found) for body in bodies] == [
        article.body for article in whole.articles
    ]
    assert around == [(71, 50, 121), (21, 50, 121), (0, 21, 121)]
    assert ([each.version for each in changes], earlier) == ([2], 1)


async def test_one_ticket_is_read_whole_by_each_as_they_may(
    database: Database, project: Project
) -> None:
    await project(make_life(1))

    async with database.reading() as connection:
        anna, giulia = [
            await viewer_of(connection, make_person(who)) for who in ("anna.ferri", "giulia.neri")
        ]
        ticket = await get_ticket(connection, anna, make_number(1), language="it")
        history, _ = await get_history(connection, anna, make_number(1), limit=100)
        request = await get_request(connection, giulia, make_number(1), language="it")
        requests = await list_requests(connection, giulia, language="it", limit=10)

    assert [
        (article.kind, article.delivery.state if article.delivery else None)
        for article in ticket.articles
    ] == [
        ("request", None),
        ("note", None),
        ("answer", "resent"),
        ("answer", None),
    ]
    assert ticket.fields["description"] == "La seconda rata è doppia"
    assert [entry.version for entry in history] == [1, 2, 3, 4, 5, 6, 7]
    assert history[1].changes == {"queue": (None, "studenti")}
    assert [article.kind for article in request.articles] == ["request", "answer", "answer"]
    assert [item.number for item in requests.items] == [make_number(1)]


async def test_the_tree_and_the_dashboard_count_what_is_stored(
    database: Database, project: Project
) -> None:
    await project(make_tickets())

    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person("luisa.villa"))
        tree = {node.queue: node for node in await queue_tree(connection, viewer, "it")}
        board = await dashboard(connection, viewer)

    assert (tree["studenti"].counts["new"], tree["studenti"].counts_with_children["new"]) == (2, 3)
    assert tree["ict"].counts_with_children["waiting_requester"] == 1
    assert (board.new.count, board.unplaced) == (5, 1)


async def test_changes_are_told_to_who_may_see_them(
    database: Database, project: Project, hub: Hub
) -> None:
    anna, carla = (
        hub.join(make_person(who), Topic("lists")) for who in ("anna.ferri", "carla.monti")
    )
    ticket = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(1)))

    await project([make_created(1)])
    await hub.deliver()

    assert (anna.take(), carla.take(), ticket.take()) == (
        ["queues"],
        [],
        [f"ticket:{make_number(1)}"],
    )


async def test_what_was_shared_is_found_by_its_address_and_until_it_is_shared_no_more(
    database: Database, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_shared(1),
            make_created(2, requester=make_person("hugo.marchi")),
            make_shared(3),
        ]
    )

    async def found() -> list[int]:
        async with database.reading() as connection:
            viewer = await viewer_of(connection, make_person("hugo.marchi"))
            return [
                int(item.number[10:15])
                for item in (await list_requests(connection, viewer, language="it", limit=10)).items
            ]

    assert await found() == [3, 2, 1]
    await project([make_unshared(3), make_shared(3)])
    assert await found() == [2, 1]


async def test_the_own_requests_and_those_shared_are_found_without_reading_all(
    database: Database,
) -> None:
    await hear(
        database,
        [
            [
                make_created(counter, requester=make_person("hugo.marchi"))
                for counter in range(1, 3001)
            ]
        ],
    )
    await hear(database, [[make_shared(counter, CARLA) for counter in (7, 70, 700)]])
    async with database.transaction() as uow:
        await uow.connection.execute(text("analyze"))

    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person("carla.monti"))
        order = Order("created_at", descends=True)
        query = first_of_few(requests_of(viewer, order, TicketFilter()), order, 26)
        written = query.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in await connection.execute(text(f"explain {written}")))
        found = [
            item.number
            for item in (await list_requests(connection, viewer, language="it", limit=10)).items
        ]

    assert found == [make_number(counter) for counter in (700, 70, 7)]
    assert "Seq Scan on tickets" not in plan, plan
    assert {
        "ix_tickets_requester_email_key",
        "ix_tickets_requester_identity",
        "pk_shares",
        "pk_tickets",
    } <= set(re.findall(r"ix_\w+|pk_\w+", plan)), plan
