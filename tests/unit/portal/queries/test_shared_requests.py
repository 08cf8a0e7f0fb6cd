"""Tickets that were shared with somebody by name: who finds them, who reads them, and until
when.
"""

from typing import Any

import pytest
from sqlalchemy import select

from services.portal.context import PortalContext
from services.portal.domain.views import RequestWithArticles
from services.portal.projection.repository import SHARES
from services.portal.queries.history import get_history
from services.portal.queries.lists import list_requests
from services.portal.queries.tickets import get_request, get_ticket_or_request
from services.portal.queries.viewers import viewer_of
from shared.contracts.events.merging import TicketMerged
from shared.contracts.people import Requester
from shared.core.errors import MissingRight, NotThere
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    ANNA,
    make_article,
    make_created,
    make_life,
    make_number,
    make_state,
)
from tests.factories.portal_sharing import CARLA, HUGO, make_shared, make_unshared
from tests.unit.portal.conftest import Project

HUGOS = {"requester": make_person("hugo.marchi")}


async def listed(portal: PortalContext, identity: str, **wanted: Any) -> list[int]:
    """Return the counters of the tickets among the requests of `identity`."""
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person(identity))
        found = await list_requests(connection, viewer, language="it", **({"limit": 200} | wanted))
    return [int(item.number[10:15]) for item in found.items]


async def read(portal: PortalContext, identity: str, counter: int = 1) -> RequestWithArticles:
    async with portal.database.reading() as connection:
        return await get_request(
            connection,
            await viewer_of(connection, make_person(identity)),
            make_number(counter),
            language="it",
        )


async def test_what_was_shared_stands_among_the_own_requests_of_whom_it_was_shared_with(
    portal: PortalContext, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_shared(1),
            make_created(2, **HUGOS),
            make_created(3),
            make_created(4),
            make_shared(4, CARLA, HUGO),
        ]
    )

    assert await listed(portal, "hugo.marchi") == [4, 2, 1]
    assert await listed(portal, "hugo.marchi", sort="created_at", limit=2) == [1, 2]
    assert await listed(portal, "hugo.marchi", states=("closed_successful",)) == []
    assert await listed(portal, "carla.monti") == [4]
    assert await listed(portal, "giulia.neri") == [4, 3, 1]
    assert await listed(portal, "anna.ferri") == []


async def test_a_request_whose_requester_nobody_has_confirmed_stands_in_no_list(
    portal: PortalContext, project: Project
) -> None:
    guest = Requester(name="Piero Bo", email="piero.bo@example.org")
    await project(
        [
            make_shared(1, requester=guest),
            make_shared(2, requester=guest.model_copy(update={"assurance": "confirmed"})),
        ]
    )

    assert await listed(portal, "hugo.marchi") == [2]
    with pytest.raises(NotThere):
        await read(portal, "hugo.marchi", 1)


async def test_what_is_both_own_and_shared_stands_there_once(
    portal: PortalContext, project: Project
) -> None:
    elsewhere = Requester(identity="hugo.marchi", name="Hugo", email="hugo@example.org")
    await project(
        [make_shared(1, HUGO, requester=elsewhere), make_shared(2, HUGO, requester=elsewhere)]
    )

    assert await listed(portal, "hugo.marchi", limit=1) == [2]
    assert await listed(portal, "hugo.marchi") == [2, 1]
    assert (await read(portal, "hugo.marchi")).shared_by is None


async def test_who_it_is_no_longer_shared_with_finds_and_reads_it_no_more(
    portal: PortalContext, project: Project
) -> None:
    await project([make_created(1), make_shared(1, CARLA, HUGO)])
    await project([make_unshared(1, CARLA)])

    assert (await listed(portal, "hugo.marchi"), await listed(portal, "carla.monti")) == ([], [1])
    with pytest.raises(NotThere):
        await read(portal, "hugo.marchi")
    assert (await read(portal, "carla.monti")).number == make_number(1)


async def test_an_event_that_comes_late_opens_nothing_again(
    portal: PortalContext, project: Project
) -> None:
    await project([make_unshared(1)])
    await project([make_shared(1)])

    async with portal.database.reading() as connection:
        rows = [tuple(row) for row in await connection.execute(select(SHARES))]
    assert rows == [("hugo.marchi@example.edu", derived_id("ticket", 1), 2)]
    assert await listed(portal, "hugo.marchi") == []
    with pytest.raises(NotThere):
        await read(portal, "hugo.marchi")


async def test_a_later_change_leaves_it_shared(portal: PortalContext, project: Project) -> None:
    await project(
        [
            make_shared(1),
            make_shared(1, HUGO, version=5, state="closed_successful", subject="Altro"),
        ]
    )

    assert await listed(portal, "hugo.marchi", states=("closed_successful",)) == [1]
    assert (await read(portal, "hugo.marchi")).subject == "Altro"


async def test_a_child_is_found_by_nobody_whatever_stands_on_it(
    portal: PortalContext, project: Project
) -> None:
    await project([make_shared(1, parent_id=derived_id("ticket", 9), parent=make_number(9))])

    assert await listed(portal, "hugo.marchi") == []
    with pytest.raises(NotThere):
        await read(portal, "hugo.marchi")


async def test_others_read_the_same_as_the_requester_and_nothing_may_be_done(
    portal: PortalContext, project: Project
) -> None:
    await project([*make_life(1)[:6], make_shared(1, HUGO, version=7)])

    his, hers = await read(portal, "hugo.marchi"), await read(portal, "giulia.neri")

    assert his.model_dump() == hers.model_dump()
    assert [article.kind for article in his.articles] == ["request", "answer"]
    assert (hers.may_reply, hers.may_withdraw, hers.may_share, hers.shared_by) == (
        True,
        True,
        True,
        None,
    )
    assert [(reader.name, reader.email) for reader in hers.shared_with] == [(HUGO.name, HUGO.email)]
    assert (his.may_reply, his.may_withdraw, his.may_share, his.shared_by, his.shared_with) == (
        False,
        False,
        False,
        "Giulia Neri",
        [],
    )


async def test_an_operator_of_another_queue_reads_it_as_a_person_and_not_its_history(
    portal: PortalContext, project: Project
) -> None:
    await project([make_created(1), make_shared(1, CARLA)])

    async with portal.database.reading() as connection:
        carla = await viewer_of(connection, make_person("carla.monti"))
        shown = await get_ticket_or_request(connection, carla, make_number(1), language="it")
        with pytest.raises(MissingRight):
            await get_history(connection, carla, make_number(1), limit=10)

    assert isinstance(shown, RequestWithArticles)


async def test_who_works_the_queue_does_not_share_it_from_among_the_own_requests(
    portal: PortalContext, project: Project
) -> None:
    await project([make_shared(1, HUGO.model_copy(update={"email": "anna.ferri@example.edu"}))])

    request = await read(portal, "anna.ferri")

    assert (request.may_share, request.shared_by) == (False, "Giulia Neri")


@pytest.mark.parametrize(("both", "bodies"), [(True, ["Prima", "Seconda"]), (False, ["Seconda"])])
async def test_of_what_was_merged_only_what_was_shared_too_is_read(
    both: bool, bodies: list[str], portal: PortalContext, project: Project
) -> None:
    first, second = (
        make_created(counter, fields={"description": body})
        for counter, body in ((1, "Prima"), (2, "Seconda"))
    )
    readers = (HUGO,) if both else ()
    gone = make_state(
        1,
        version=2,
        state="merged",
        merged_into=make_number(2),
        merged_into_id=derived_id("ticket", 2),
        shared_with=readers,
    )
    merged = TicketMerged(
        ticket=gone, actor=ANNA, into=make_number(2), into_id=derived_id("ticket", 2)
    )
    await project([first, second, make_shared(2), merged])

    assert [article.body for article in (await read(portal, "hugo.marchi", 2)).articles] == bodies
    assert [article.body for article in (await read(portal, "giulia.neri", 2)).articles] == [
        "Prima",
        "Seconda",
    ]
    if both:
        assert (await read(portal, "hugo.marchi", 1)).merged_into == make_number(2)


async def test_what_others_asked_for_is_not_mixed_into_what_was_shared(
    portal: PortalContext, project: Project
) -> None:
    carlas = make_person("carla.monti")
    gone: dict[str, Any] = {
        "state": "merged",
        "merged_into": make_number(2),
        "merged_into_id": derived_id("ticket", 2),
    }
    await project(
        [
            make_created(1, requester=carlas),
            make_created(2),
            make_shared(2),
            make_shared(1, HUGO, requester=carlas, **gone),
        ]
    )

    assert len((await read(portal, "hugo.marchi", 2)).articles) == 1


async def test_who_reads_the_merged_one_only_is_not_told_where_it_goes_on(
    portal: PortalContext, project: Project
) -> None:
    gone: dict[str, Any] = {
        "state": "merged",
        "merged_into": make_number(2),
        "merged_into_id": derived_id("ticket", 2),
    }
    await project([make_created(1), make_created(2), make_shared(1, HUGO, **gone)])

    assert (
        (await read(portal, "hugo.marchi")).merged_into,
        (await read(portal, "giulia.neri")).merged_into,
    ) == (None, make_number(2))


async def test_notes_stay_hidden(portal: PortalContext, project: Project) -> None:
    note = make_article("note", body="Riservata")
    await project([make_created(1), make_shared(1).model_copy(update={"articles": (note,)})])

    assert "Riservata" not in (await read(portal, "hugo.marchi")).model_dump_json()
