"""Lists: filters, orders, and pages that neither skip nor repeat."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.portal.context import PortalContext
from services.portal.queries.lists import SORTS, Sort, TicketFilter, list_requests, list_tickets
from services.portal.queries.viewers import viewer_of
from shared.contracts.people import Requester
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import MORNING, make_created, make_number
from tests.unit.portal.conftest import Project


def make_tickets() -> list[Any]:
    """Return nine tickets of different queues, states, owners and types; the numbers go with the
    moments of creation.
    """
    paolo = Requester(identity="paolo.neri", name="Paolo Néri", email="paolo@example.edu")
    return [
        make_created(1),
        make_created(2, state="open", owner="anna.ferri"),
        make_created(3, queue="studenti/tasse", state="open", owner="dario.riva", priority=5),
        make_created(4, state="closed_successful", owner="anna.ferri", request_type="iscrizioni"),
        make_created(5, queue="studenti/carriere"),
        make_created(
            6,
            queue="ict",
            request_type="wifi",
            subject="Il Wi-Fi non va",
            requester=paolo,
            fields={"sede": "polo-nord"},
        ),
        make_created(
            7, queue="ict/rete/wifi", priority=4, state="waiting_requester", owner="gaia.leoni"
        ),
        make_created(8, queue=None),
        make_created(9, subject="100% di sconto_", updated_at=MORNING),
    ]


async def numbers(
    portal: PortalContext, identity: str, wanted: TicketFilter, sort: Sort = "created_at"
) -> list[int]:
    """Return the counters of the tickets in the list."""
    async with portal.database.reading() as connection:
        found = await list_tickets(
            connection,
            await viewer_of(connection, make_person(identity)),
            wanted,
            sort=sort,
            limit=200,
        )
    return [int(ticket.number[10:15]) for ticket in found.items]


FILTERED: list[tuple[str, TicketFilter, list[int]]] = [
    ("luisa.villa", TicketFilter(), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("luisa.villa", TicketFilter(queue="studenti"), [1, 2, 3, 4, 5, 9]),
    ("dario.riva", TicketFilter(queue="studenti"), [1, 2, 3, 4, 9]),
    ("luisa.villa", TicketFilter(queue="ict"), [6, 7]),
    ("gaia.leoni", TicketFilter(queue="ict"), []),
    ("gaia.leoni", TicketFilter(queue="ict/rete"), [7]),
    ("luisa.villa", TicketFilter(queue="stud"), []),
    ("luisa.villa", TicketFilter(queue="nessuna"), []),
    ("luisa.villa", TicketFilter(states=("open",)), [2, 3]),
    ("luisa.villa", TicketFilter(states=("open", "closed_successful")), [2, 3, 4]),
    ("anna.ferri", TicketFilter(owner="anna.ferri"), [2, 4]),
    ("anna.ferri", TicketFilter(owner="nobody.known"), []),
    ("luisa.villa", TicketFilter(unowned=True), [1, 5, 6, 8, 9]),
    ("luisa.villa", TicketFilter(request_type="iscrizioni"), [4]),
    ("luisa.villa", TicketFilter(request_type="unknown"), []),
    ("luisa.villa", TicketFilter(words=make_number(7)), [7]),
    ("anna.ferri", TicketFilter(words=make_number(7)), []),
    ("luisa.villa", TicketFilter(words="202609281000006"), [6]),
    ("luisa.villa", TicketFilter(words="WI-FI"), [6]),
    ("luisa.villa", TicketFilter(words="  va   polo "), [6]),
    ("luisa.villa", TicketFilter(words="va giulia"), []),
    ("luisa.villa", TicketFilter(words="ne\u0301ri paolo"), [6]),
    ("luisa.villa", TicketFilter(words="100%"), [9]),
    ("luisa.villa", TicketFilter(words="%"), []),
    ("luisa.villa", TicketFilter(words="sconto_"), [9]),
    ("luisa.villa", TicketFilter(words="\\"), []),
    ("luisa.villa", TicketFilter(words="'; drop table tickets; --"), []),
    (
        "luisa.villa",
        TicketFilter(queue="studenti", states=("open",), owner="dario.riva", words="tassa"),
        [3],
    ),
]

ORDERED: dict[Sort, list[int]] = {
    "created_at": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "-created_at": [9, 8, 7, 6, 5, 4, 3, 2, 1],
    "updated_at": [9, 1, 2, 3, 4, 5, 6, 7, 8],
    "-updated_at": [8, 7, 6, 5, 4, 3, 2, 1, 9],
    "priority": [1, 2, 4, 5, 6, 8, 9, 7, 3],
    "-priority": [3, 7, 9, 8, 6, 5, 4, 2, 1],
}


@pytest.mark.parametrize(("identity", "wanted", "expected"), FILTERED)
async def test_each_filter_narrows_the_list(
    identity: str,
    wanted: TicketFilter,
    expected: Sequence[int],
    portal: PortalContext,
    project: Project,
) -> None:
    await project(make_tickets())

    assert await numbers(portal, identity, wanted) == expected


@pytest.mark.parametrize(("sort", "expected"), ORDERED.items())
async def test_each_order_breaks_ties_by_number(
    sort: Sort, expected: list[int], portal: PortalContext, project: Project
) -> None:
    await project(make_tickets())

    assert await numbers(portal, "luisa.villa", TicketFilter(), sort) == expected


@pytest.mark.parametrize("sort", SORTS)
async def test_pages_neither_skip_nor_repeat_although_new_tickets_come(
    sort: Sort, portal: PortalContext, project: Project
) -> None:
    await project(
        make_created(i, created_at=MORNING + timedelta(minutes=i // 3), updated_at=MORNING)
        for i in range(1, 12)
    )
    seen: list[str] = []
    position = None

    for turn in range(20):
        async with portal.database.reading() as connection:
            viewer = await viewer_of(connection, make_person("anna.ferri"))
            found = await list_tickets(
                connection, viewer, TicketFilter(), sort=sort, limit=3, after=position
            )
        seen += [ticket.number for ticket in found.items]
        position = found.next
        await project([make_created(100 + turn)])
        if position is None:
            break

    old = [number for number in seen if number < make_number(100)]
    assert sorted(old) == [make_number(i) for i in range(1, 12)]
    assert len(set(seen)) == len(seen)


async def test_a_full_last_page_has_no_next(portal: PortalContext, project: Project) -> None:
    await project(make_created(i) for i in (1, 2))

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        first = await list_requests(connection, viewer, language="it", limit=2)

    assert [request.number for request in first.items] == [make_number(2), make_number(1)]
    assert first.next is None


async def test_the_next_page_of_own_requests_goes_on_where_the_first_ended(
    portal: PortalContext, project: Project
) -> None:
    await project(make_created(i) for i in (1, 2, 3))

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        first = await list_requests(connection, viewer, language="it", limit=2)
        second = await list_requests(connection, viewer, language="it", limit=2, after=first.next)

    assert [request.number for request in second.items] == [make_number(1)]
    assert second.next is None
