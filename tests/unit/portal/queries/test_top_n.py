"""The first tickets of an order are the same whichever way they are found."""

import pytest
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from services.portal.context import PortalContext
from services.portal.models import TicketRow
from services.portal.projection.repository import TICKETS
from services.portal.queries.top_n import (
    MOST_WALKS,
    NEARBY,
    Order,
    first_nearby,
    first_of_few,
    first_on_the_way,
    keys,
)
from tests.factories.portal_events import make_created
from tests.unit.portal.conftest import Project

QUEUES = ["studenti", "studenti/carriere", "studenti/tasse"]
VERY_MANY_QUEUES = [*QUEUES, *(f"studenti/{number}" for number in range(MOST_WALKS))]


async def numbers(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> list[int]:
    """Return the counters of the tickets that `query` gives."""
    return [int(row["number"][10:15]) for row in (await connection.execute(query)).mappings()]


@pytest.mark.parametrize("by", ["created_at", "updated_at", "priority"])
@pytest.mark.parametrize("descends", [False, True])
async def test_all_ways_lead_to_the_same_tickets_in_the_same_order(
    by: str, descends: bool, portal: PortalContext, project: Project
) -> None:
    places = [*QUEUES, "ict", None]
    states = ("new", "closed_successful")
    await project(
        make_created(i, queue=places[i * 7 % 5], priority=1 + i % 3, state=states[i % 2])
        for i in range(1, 31)
    )
    order = Order(by, descends)
    new = TicketRow.state == "new"

    async with portal.database.reading() as connection:
        ways = [
            await numbers(
                connection, first_of_few(keys(order, TicketRow.queue.in_(QUEUES), new), order, 5)
            ),
            await numbers(connection, first_on_the_way([new], order, 5, queues=QUEUES)),
            await numbers(connection, first_on_the_way([new], order, 5, queues=VERY_MANY_QUEUES)),
            await numbers(
                connection, first_on_the_way([new, TicketRow.queue.in_(QUEUES)], order, 5)
            ),
            await numbers(
                connection,
                first_nearby(lambda source: [source.c.state == "new"], order, 5, queues=QUEUES),
            ),
        ]

    fitting = [i for i in range(1, 31) if i % 2 == 0 and places[i * 7 % 5] in QUEUES]
    expected = sorted(
        fitting, key=lambda i: (1 + i % 3 if by == "priority" else 0, i), reverse=descends
    )[:5]
    assert ways == [expected] * len(ways)


async def test_what_lies_behind_many_others_is_not_nearby(
    portal: PortalContext, project: Project
) -> None:
    await project(
        [
            make_created(1, subject="Borsa di studio"),
            *(make_created(i) for i in range(2, NEARBY + 2)),
        ]
    )
    order = Order("created_at", descends=True)

    def fitting(source: FromClause) -> list[ColumnElement[bool]]:
        return [source.c.subject.like("Borsa%")]

    async with portal.database.reading() as connection:
        nearby = await numbers(connection, first_nearby(fitting, order, 5, queues=QUEUES))
        anywhere = await numbers(
            connection, first_on_the_way(fitting(TICKETS), order, 5, queues=QUEUES)
        )

    assert (nearby, anywhere) == ([], [1])
