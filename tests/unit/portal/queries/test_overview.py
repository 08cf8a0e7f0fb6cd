"""The tree's counts and the dashboard."""

from services.portal.context import PortalContext
from services.portal.domain.queue_tree import ACTIVE_STATES
from services.portal.queries.overview import Dashboard, Pile, count_active, dashboard, queue_tree
from services.portal.queries.viewers import viewer_of
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created
from tests.unit.portal.conftest import Project


def make_tickets() -> list[object]:
    return [
        make_created(1, queue="studenti"),
        make_created(2, queue="studenti"),
        make_created(3, queue="studenti", state="open", owner="anna.ferri"),
        make_created(4, queue="studenti", state="waiting_requester", owner="anna.ferri"),
        make_created(5, queue="studenti", state="open"),
        make_created(6, queue="studenti", state="closed_successful", owner="anna.ferri"),
        make_created(7, queue="studenti/tasse", state="new"),
        make_created(8, queue=None),
        make_created(9, queue="ict", state="open", owner="anna.ferri"),
    ]


def counters(pile: Pile) -> list[int]:
    return [int(ticket.number[10:15]) for ticket in pile.tickets]


async def board_of(portal: PortalContext, identity: str, rows: int = 10) -> Dashboard:
    async with portal.database.reading() as connection:
        return await dashboard(
            connection, await viewer_of(connection, make_person(identity)), rows=rows
        )


async def test_counts_are_of_tickets_that_have_not_ended(
    portal: PortalContext, project: Project
) -> None:
    await project(make_tickets())  # type: ignore[arg-type]

    async with portal.database.reading() as connection:
        counted = await count_active(
            connection, await viewer_of(connection, make_person("luisa.villa"))
        )

    assert counted == {
        "studenti": {"new": 2, "open": 2, "waiting_requester": 1},
        "studenti/tasse": {"new": 1},
        "ict": {"open": 1},
    }


async def test_the_tree_adds_up_what_the_viewer_sees(
    portal: PortalContext, project: Project
) -> None:
    await project(make_tickets())  # type: ignore[arg-type]

    async with portal.database.reading() as connection:
        (studenti,) = await queue_tree(
            connection, await viewer_of(connection, make_person("dario.riva")), "it"
        )

    assert studenti.counts == dict.fromkeys(ACTIVE_STATES, 0) | {
        "new": 2,
        "open": 2,
        "waiting_requester": 1,
    }
    assert studenti.counts_with_children["new"] == 3
    assert [child.queue for child in studenti.children] == ["studenti/tasse"]


async def test_a_dashboard_sorts_an_operators_work(portal: PortalContext, project: Project) -> None:
    await project(make_tickets())  # type: ignore[arg-type]

    board = await board_of(portal, "anna.ferri")

    assert counters(board.new) == [1, 2]
    assert counters(board.mine) == [3]
    assert counters(board.waiting) == [4]
    assert counters(board.unassigned) == [5]
    assert board.unplaced == 0


async def test_a_parent_of_which_a_child_came_back_is_shown_to_its_owner_alone(
    portal: PortalContext, project: Project
) -> None:
    tickets = [
        make_created(1, queue="studenti", state="waiting_children", owner="anna.ferri"),
        make_created(2, queue="studenti", state="waiting_children", owner="anna.ferri"),
        make_created(
            3, queue="studenti/tasse", state="returned", parent_id=derived_id("ticket", 1)
        ),
        make_created(4, queue="studenti/tasse", state="open", parent_id=derived_id("ticket", 2)),
    ]
    await project(tickets)

    of_anna, of_bruno = await board_of(portal, "anna.ferri"), await board_of(portal, "bruno.galli")

    assert (of_anna.returned.count, counters(of_anna.returned), counters(of_anna.waiting)) == (
        1,
        [1],
        [1, 2],
    )
    assert of_bruno.returned.count == 0


async def test_a_supervisor_also_sees_what_has_no_queue(
    portal: PortalContext, project: Project
) -> None:
    await project(make_tickets())  # type: ignore[arg-type]

    board = await board_of(portal, "luisa.villa")

    assert counters(board.new) == [1, 2, 7, 8]
    assert board.unplaced == 1


async def test_a_long_pile_shows_its_beginning_and_its_whole_number(
    portal: PortalContext, project: Project
) -> None:
    await project(make_created(i) for i in range(1, 8))

    board = await board_of(portal, "anna.ferri", rows=2)

    assert (board.new.count, counters(board.new)) == (7, [1, 2])
    assert (board.mine.count, board.mine.tickets) == (0, [])


async def test_a_requester_has_an_empty_dashboard(portal: PortalContext, project: Project) -> None:
    await project(make_tickets())  # type: ignore[arg-type]

    board = await board_of(portal, "giulia.neri")

    assert [pile.count for pile in (board.new, board.mine, board.waiting, board.unassigned)] == [
        0,
        0,
        0,
        0,
    ]
