"""The matrix of sight: identity x face.

In each queue lies a child of Anna's ticket; every face tells each person the same.
"""

from typing import Any

import pytest

from services.portal.context import PortalContext
from services.portal.live.hub import Hub
from services.portal.live.listeners import Topic
from shared.contracts.events.notify import NoticesRaised
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketLinked
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import ANNA, MORNING, make_created, make_number, make_state
from tests.factories.portal_families import make_child
from tests.factories.portal_notices import make_notice
from tests.unit.portal.conftest import Browser, Project
from tests.unit.portal.queries.test_who_sees_what import PLACES, SEES

PARENT = make_number(1)
PLACED: dict[str, str | None] = {
    make_number(counter): place for counter, place in enumerate(PLACES, start=2)
}
"""The children by number, and the queue in which each is."""

Seen = list[str | None]


@pytest.fixture
async def family(project: Project) -> None:
    """Anna's ticket, linked to each of its children; everybody is told of each child."""
    await project([make_created(1, owner="anna.ferri", children=tuple(PLACED))])
    for counter, (number, queue) in enumerate(PLACED.items(), start=2):
        told = [
            make_notice(
                NoticesRaised,
                counter,
                ticket=counter,
                notice_id=derived_id(number, operator),
                operator=operator,
            )
            for operator in make_example_desk().operators
        ]
        await project([make_child(counter, parent=1, queue=queue), *told])
    links = [{"to": number, "kind": "related"} for number in PLACED]
    state = make_state(1, version=2, owner="anna.ferri", children=tuple(PLACED), links=links)
    await project([TicketLinked(ticket=state, actor=ANNA, changes={"links": ([], links)})])


def places(numbers: list[str]) -> Seen:
    """Return the queues of the children among `numbers`, in the order of PLACES."""
    return [queue for number, queue in PLACED.items() if number in numbers]


@pytest.mark.parametrize("identity", SEES)
async def test_lists_search_counts_and_the_bell_show_the_same_tickets(
    identity: str, browser: Browser, family: None
) -> None:
    client = browser(identity)
    expected = SEES[identity]

    listed, found, told = [
        (await client.get(path)).json().get("items", [])
        for path in (
            "/api/tickets?limit=200",
            "/api/tickets?q=rata&limit=200",
            "/api/notices?limit=200",
        )
    ]
    by_number = [
        number
        for number in PLACED
        if (await client.get(f"/api/tickets?q={number}")).json().get("items")
    ]
    counted: dict[str, int] = {}
    pending = list((await client.get("/api/queues")).json().get("items", []))
    while pending:
        node = pending.pop()
        counted[node["queue"]] = node["counts"]["new"]
        pending += node["children"]

    assert places([ticket["number"] for ticket in listed]) == expected
    assert places([ticket["number"] for ticket in found]) == expected
    assert places(by_number) == expected
    assert places([notice["number"] for notice in told]) == expected
    own = {"studenti": 2}  # the parent is there, too
    assert counted == {
        queue: own.get(queue, 1) for queue in expected if queue in make_example_desk().queues
    }


@pytest.mark.parametrize("identity", SEES)
async def test_a_child_its_history_and_its_changes_are_for_the_same_people(
    identity: str, browser: Browser, hub: Hub, project: Project, family: None
) -> None:
    client = browser(identity)
    await hub.deliver()
    listeners = {
        number: hub.join(make_person(identity), Topic("ticket", number)) for number in PLACED
    }

    got = [
        number
        for number in PLACED
        if (await client.get(f"/api/tickets/{number}")).status_code == 200
    ]
    remembered = [
        number
        for number in PLACED
        if (await client.get(f"/api/tickets/{number}/history")).status_code == 200
    ]
    await project(
        make_child(counter, parent=1, version=2, queue=queue, subject="Altro")
        for counter, queue in enumerate(PLACED.values(), start=2)
    )
    await hub.deliver()
    heard = [number for number, listener in listeners.items() if listener.take()]

    may_get = PLACES if identity == "anna.ferri" else SEES[identity]
    assert places(got) == places(heard) == may_get
    assert places(remembered) == SEES[identity]


@pytest.mark.parametrize(
    "identity", [identity for identity in SEES if "studenti" in SEES[identity]]
)
async def test_a_ticket_links_to_what_is_seen_and_its_tree_knows_the_rest_by_number(
    identity: str, browser: Browser, family: None
) -> None:
    ticket: dict[str, Any] = (await browser(identity).get(f"/api/tickets/{PARENT}")).json()

    assert ticket["children"] == list(PLACED)
    assert places([link["to"] for link in ticket["links"]]) == SEES[identity]
    nodes = ticket["family"]["children"]
    assert [node["number"] for node in nodes] == list(PLACED)
    may_get = PLACES if identity == "anna.ferri" else SEES[identity]
    assert places([node["number"] for node in nodes if node["seen"]]) == may_get
    assert all(
        node["subject"] is node["queue"] is node["state"] is None
        for node in nodes
        if not node["seen"]
    )


async def test_a_new_desk_changes_every_face_at_once(
    browser: Browser, portal: PortalContext, project: Project, family: None
) -> None:
    desk = make_example_desk()
    carla = desk.operators["carla.monti"].model_copy(update={"rights": {"tasse": ("rw",)}})
    changed = desk.model_copy(update={"operators": {**desk.operators, "carla.monti": carla}})

    await project([DeskApplied(version=2, desk=changed, applied_at=MORNING)])

    client = browser("carla.monti")
    for path in ("/api/tickets?limit=200", "/api/tickets?q=rata", "/api/notices?limit=200"):
        assert places([item["number"] for item in (await client.get(path)).json()["items"]]) == [
            "studenti/tasse"
        ]
    assert [node["queue"] for node in (await client.get("/api/queues")).json()["items"]] == [
        "studenti/tasse"
    ]
    assert places(
        [n for n in PLACED if (await client.get(f"/api/tickets/{n}")).status_code == 200]
    ) == ["studenti/tasse"]
