"""The permissions table: what each identity of the example desk sees, as operator and as
requester.
"""

import pytest

from services.portal.context import PortalContext
from services.portal.queries.history import get_history
from services.portal.queries.lists import TicketFilter, list_requests, list_tickets
from services.portal.queries.tickets import get_request, get_ticket
from services.portal.queries.viewers import viewer_of
from shared.contracts.people import Requester
from shared.core.errors import MissingRight, NotThere
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import make_created, make_number
from tests.unit.portal.conftest import Project

QUEUES = list(make_example_desk().queues)
PLACES: list[str | None] = [*QUEUES, None, "chiusa"]
"""One ticket in each queue, one without a queue, one in a queue the desk no longer has."""

SEES: dict[str, list[str | None]] = {
    "anna.ferri": ["studenti"],
    "bruno.galli": ["studenti"],
    "carla.monti": ["studenti/carriere"],
    "dario.riva": ["studenti", "studenti/tasse"],
    "elena.sala": ["ict"],
    "fabio.conti": ["ict"],
    "nadia.serra": ["internazionale"],
    "oreste.bruni": ["biblioteche", "aule"],
    "gaia.leoni": ["ict/identita", "ict/rete", "ict/rete/wifi"],
    "ivo.santi": ["studenti"],
    "luisa.villa": PLACES,
    "giulia.neri": [],
    "hugo.marchi": [],
}


@pytest.fixture
async def one_each(project: Project) -> None:
    """Giulia asked for something that landed in each place, in the order of PLACES."""
    await project(make_created(i, queue=queue) for i, queue in enumerate(PLACES, start=1))


@pytest.mark.parametrize("identity", SEES)
async def test_lists_tickets_and_histories_agree_on_who_sees_what(
    identity: str, portal: PortalContext, one_each: None
) -> None:
    opened, told = [], []
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person(identity))
        listed = await list_tickets(
            connection, viewer, TicketFilter(), sort="created_at", limit=200
        )
        for i, queue in enumerate(PLACES, start=1):
            try:
                opened.append(
                    (await get_ticket(connection, viewer, make_number(i), language="it")).queue
                )
            except NotThere:
                with pytest.raises(MissingRight if identity == "giulia.neri" else NotThere):
                    await get_history(connection, viewer, make_number(i), limit=10)
            else:
                told.append(queue)
                assert [
                    entry.version
                    for entry in (await get_history(connection, viewer, make_number(i), limit=10))[
                        0
                    ]
                ] == [1]

    assert [ticket.queue for ticket in listed.items] == SEES[identity]
    assert opened == told == SEES[identity]


@pytest.mark.parametrize(
    ("identity", "count"),
    [("giulia.neri", len(PLACES)), ("hugo.marchi", 0), ("anna.ferri", 0), ("luisa.villa", 0)],
)
async def test_only_the_person_who_asked_has_it_among_her_requests(
    identity: str, count: int, portal: PortalContext, one_each: None
) -> None:
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person(identity))
        found = await list_requests(connection, viewer, language="it", limit=200)
        if count == 0:
            with pytest.raises(NotThere):
                await get_request(connection, viewer, make_number(1), language="it")

    assert len(found.items) == count


async def test_a_guests_request_belongs_to_whoever_signs_in_with_its_confirmed_address(
    portal: PortalContext, project: Project
) -> None:
    guest = Requester(
        identity=None,
        name="Giulia",
        email="Giulia.Neri@Studenti.Example.edu",
        assurance="confirmed",
    )
    await project([make_created(1, requester=guest)])

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        found = await list_requests(connection, viewer, language="it", limit=10)
        request = await get_request(connection, viewer, make_number(1), language="it")

    assert [item.number for item in found.items] == [make_number(1)] == [request.number]


async def test_a_request_with_a_typed_address_or_of_another_identity_is_in_nobodys_list(
    portal: PortalContext, project: Project
) -> None:
    typed = Requester(identity=None, name="Giulia", email="GIULIA.NERI@studenti.example.edu")
    another = Requester(identity="g.neri", name="Giulia", email="giulia.neri@studenti.example.edu")
    await project([make_created(1, requester=typed), make_created(2, requester=another)])

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        found = await list_requests(connection, viewer, language="it", limit=10)
        for number in (make_number(1), make_number(2)):
            with pytest.raises(NotThere):
                await get_request(connection, viewer, number, language="it")

    assert found.items == []


async def test_a_child_is_nobodys_own_request(portal: PortalContext, project: Project) -> None:
    await project([make_created(1, parent_id=derived_id("ticket", 9), parent=make_number(9))])

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        found = await list_requests(connection, viewer, language="it", limit=10)
        with pytest.raises(NotThere):
            await get_request(connection, viewer, make_number(1), language="it")

    assert found.items == []


async def test_being_owner_shows_nothing_that_the_group_does_not(
    portal: PortalContext, project: Project
) -> None:
    await project([make_created(1, queue="ict", owner="anna.ferri", responsible="anna.ferri")])

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("anna.ferri"))
        mine = await list_tickets(connection, viewer, TicketFilter(owner="anna.ferri"), limit=10)
        with pytest.raises(NotThere):
            await get_ticket(connection, viewer, make_number(1), language="it")

    assert mine.items == []


@pytest.mark.parametrize(
    "number",
    [
        "",
        "abc",
        "1",
        "2026092810000010 ",
        "２０２６０９２８１００００００１",
        "2026092810999990",
        "-1",
        "9" * 400,
    ],
)
async def test_what_cannot_be_a_number_is_absent(
    number: str, portal: PortalContext, one_each: None
) -> None:
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("luisa.villa"))
        with pytest.raises(NotThere):
            await get_ticket(connection, viewer, number, language="it")


def test_the_table_names_every_identity_of_the_desk() -> None:
    desk = make_example_desk()

    assert set(SEES) == set(desk.operators) | set(desk.people)
