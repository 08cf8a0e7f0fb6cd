"""Who is told that what has changed."""

from typing import Any

import pytest
from sqlalchemy import text

from services.portal.context import PortalContext
from services.portal.jobs import deliver_changes
from services.portal.live import hub as hub_module
from services.portal.live.hub import Hub
from services.portal.live.listeners import Listener, Topic
from shared.contracts.events.routing import DeskApplied
from shared.contracts.people import Requester
from shared.core.errors import DeskMissing
from shared.core.ids import derived_id
from shared.database.database import Database
from shared.web.errors import TooManyRequests, Unavailable
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import (
    MORNING,
    make_article,
    make_created,
    make_delivery,
    make_life,
    make_number,
    make_state,
)
from tests.factories.portal_sharing import make_shared, make_unshared
from tests.unit.portal.conftest import Project

LISTS = Topic("lists")


async def told(hub: Hub, listener: Listener) -> list[str]:
    """Deliver what is pending and return what `listener` is told."""
    await hub.deliver()
    return listener.take()


@pytest.mark.parametrize(
    ("identity", "names"),
    [
        ("anna.ferri", ["queues"]),
        ("ivo.santi", ["queues"]),
        ("luisa.villa", ["queues"]),
        ("giulia.neri", ["my"]),
        ("hugo.marchi", []),
        ("carla.monti", []),
        ("elena.sala", []),
    ],
)
async def test_lists_hear_only_of_what_their_reader_sees(
    identity: str, names: list[str], hub: Hub, project: Project
) -> None:
    listener = hub.join(make_person(identity), LISTS)

    await project([make_created(1)])

    assert await told(hub, listener) == names


@pytest.mark.parametrize(
    ("identity", "topic", "hears"),
    [
        ("anna.ferri", Topic("ticket", make_number(1)), True),
        ("giulia.neri", Topic("ticket", make_number(1)), True),
        ("giulia.neri", Topic("request", make_number(1)), True),
        ("anna.ferri", Topic("request", make_number(1)), False),
        ("carla.monti", Topic("ticket", make_number(1)), False),
        ("hugo.marchi", Topic("ticket", make_number(1)), False),
        ("hugo.marchi", Topic("request", make_number(1)), False),
        ("anna.ferri", Topic("ticket", make_number(2)), False),
        ("anna.ferri", Topic("ticket", "nonsense"), False),
    ],
)
async def test_an_open_ticket_hears_only_of_itself_and_only_for_who_may_see_it(
    identity: str, topic: Topic, hears: bool, hub: Hub, project: Project
) -> None:
    listener = hub.join(make_person(identity), topic)

    await project([make_created(1)])

    assert await told(hub, listener) == ([f"ticket:{make_number(1)}"] if hears else [])


async def test_whom_it_is_shared_with_hears_of_it_until_it_is_shared_no_more_and_once_of_that(
    hub: Hub, project: Project
) -> None:
    lists, own, other = (
        hub.join(make_person("hugo.marchi"), topic)
        for topic in (LISTS, Topic("request", make_number(1)), Topic("ticket", make_number(1)))
    )
    await project([make_created(1), make_shared(1)])

    assert (await told(hub, lists), own.take(), other.take()) == (
        ["my"],
        [f"ticket:{make_number(1)}"],
        [f"ticket:{make_number(1)}"],
    )

    await project([make_unshared(1)])
    assert (await told(hub, lists), own.take(), other.take()) == (
        [],
        [f"ticket:{make_number(1)}"],
        [f"ticket:{make_number(1)}"],
    )
    await project([make_life(1)[1]])
    assert (await told(hub, lists), own.take(), other.take()) == ([], [], [])


async def test_a_page_left_open_is_told_once_that_its_ticket_has_gone_from_sight(
    hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    topic = Topic("ticket", make_number(1))
    anna = hub.join(make_person("anna.ferri"), topic, is_shown=True)
    hugo = hub.join(make_person("hugo.marchi"), topic)
    moved = make_life(1)[1].model_copy(
        update={
            "ticket": make_state(1, version=2, queue="ict"),
            "changes": {"queue": ("studenti", "ict")},
        }
    )

    await project([moved])
    assert (await told(hub, anna), hugo.take()) == ([f"ticket:{make_number(1)}"], [])

    # What becomes of it there is not hers to know.
    await project(
        [
            make_life(1)[2].model_copy(
                update={"ticket": make_state(1, version=3, queue="ict"), "changes": {}}
            )
        ]
    )
    assert (await told(hub, anna), hugo.take()) == ([], [])

    await project(
        [
            make_life(1)[3].model_copy(
                update={"ticket": make_state(1, version=4, queue="studenti"), "changes": {}}
            )
        ]
    )
    assert (await told(hub, anna), hugo.take()) == ([f"ticket:{make_number(1)}"], [])


async def test_a_page_left_open_is_told_once_that_rights_on_its_ticket_are_gone(
    hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    anna = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(1)), is_shown=True)
    desk = make_example_desk()
    operators = desk.operators | {"anna.ferri": desk.operators["carla.monti"]}

    await project(
        [
            DeskApplied(
                version=2, desk=desk.model_copy(update={"operators": operators}), applied_at=MORNING
            )
        ]
    )

    assert await told(hub, anna) == [f"ticket:{make_number(1)}"]
    await project([make_life(1)[1]])
    assert await told(hub, anna) == []


async def test_who_read_a_child_as_owner_of_its_parent_is_told_when_the_parent_goes(
    hub: Hub, project: Project
) -> None:
    child = make_created(2, queue="ict", parent_id=derived_id("ticket", 1), parent=make_number(1))
    parent: dict[str, Any] = {"state": "open", "owner": "anna.ferri", "children": [make_number(2)]}
    await project([make_created(1, **parent), child])
    anna = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(2)), is_shown=True)

    other = make_state(1, version=2, **parent | {"owner": "bruno.galli"})
    await project([make_life(1)[1].model_copy(update={"ticket": other, "changes": {}})])

    assert await told(hub, anna) == [f"ticket:{make_number(2)}"]


async def test_rights_are_those_of_the_moment_of_delivery(hub: Hub, project: Project) -> None:
    listener = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(1)))
    await project([make_created(1)])

    await project(
        [
            make_life(1)[1].model_copy(
                update={"ticket": make_state(1, version=2, queue="ict"), "changes": {}}
            )
        ]
    )

    assert await told(hub, listener) == []


async def test_the_desk_in_force_decides_and_its_change_is_told_to_all(
    hub: Hub, project: Project
) -> None:
    anna, carla = (hub.join(make_person(who), LISTS) for who in ("anna.ferri", "carla.monti"))
    desk = make_example_desk()
    operators = desk.operators | {
        "anna.ferri": desk.operators["carla.monti"],
        "carla.monti": desk.operators["anna.ferri"],
    }
    await project(
        [
            DeskApplied(
                version=2, desk=desk.model_copy(update={"operators": operators}), applied_at=MORNING
            )
        ]
    )

    assert (await told(hub, anna), carla.take()) == (["my", "queues"], ["my", "queues"])

    await project([make_created(1)])
    assert (await told(hub, anna), carla.take()) == ([], ["queues"])


async def test_the_list_that_a_ticket_left_is_told(hub: Hub, project: Project) -> None:
    await project([make_created(1)])
    listener = hub.join(make_person("anna.ferri"), LISTS)

    moved = make_life(1)[1].model_copy(
        update={
            "ticket": make_state(1, version=2, queue="ict"),
            "changes": {"queue": ("studenti", "ict")},
        }
    )
    await project([moved])

    assert await told(hub, listener) == ["queues"]


async def test_a_ticket_without_a_queue_is_told_to_supervisors_only(
    hub: Hub, project: Project
) -> None:
    anna, luisa = (hub.join(make_person(who), LISTS) for who in ("anna.ferri", "luisa.villa"))

    await project([make_created(1, queue=None)])

    assert (await told(hub, anna), luisa.take()) == ([], ["queues"])


async def test_a_guests_request_is_told_by_its_confirmed_address_but_never_a_typed_one_or_a_child(
    hub: Hub, project: Project
) -> None:
    giulia = hub.join(make_person("giulia.neri"), LISTS)
    guest = Requester(name="G", email="GIULIA.NERI@studenti.example.edu", assurance="confirmed")
    typed = Requester(name="G", email="giulia.neri@studenti.example.edu")

    await project([make_created(1, requester=guest)])
    assert await told(hub, giulia) == ["my"]

    await project([make_created(3, requester=typed)])
    assert await told(hub, giulia) == []

    await project([make_created(2, parent_id=derived_id("ticket", 1), parent=make_number(1))])
    assert await told(hub, giulia) == []


async def test_a_mails_state_changes_the_ticket_it_is_about(hub: Hub, project: Project) -> None:
    await project([make_created(1)])
    listener = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(1)))

    await project([make_delivery(1, article_id=make_article("answer").id)])

    assert await told(hub, listener) == [f"ticket:{make_number(1)}"]


async def test_many_changes_are_told_as_one(hub: Hub, project: Project) -> None:
    listener = hub.join(make_person("anna.ferri"), LISTS)

    await project(make_created(i) for i in range(1, 50))
    await project(make_life(1)[2:])

    assert await told(hub, listener) == ["queues"]
    assert await told(hub, listener) == []


async def test_duplicates_wake_nobody(hub: Hub, project: Project) -> None:
    await project([make_created(1)])
    listener = hub.join(make_person("anna.ferri"), LISTS)

    await project([make_created(1)])

    assert not hub.wake.is_set()
    assert await told(hub, listener) == []


async def test_above_the_bound_everybody_looks_at_everything_again(
    hub: Hub, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_PENDING", 3)
    await project([make_created(1), make_created(2, queue="ict")])
    reader = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(1)))
    stranger = hub.join(make_person("anna.ferri"), Topic("ticket", make_number(2)))
    lists = hub.join(make_person("hugo.marchi"), LISTS)

    hub.hear(frozenset(f"ticket:{make_number(i)}" for i in range(10, 20)))

    assert await told(hub, reader) == [f"ticket:{make_number(1)}"]
    assert (stranger.take(), lists.take()) == ([], ["my"])


async def test_what_could_not_be_told_is_told_later(
    hub: Hub, project: Project, database: Database
) -> None:
    listener = hub.join(make_person("anna.ferri"), LISTS)
    await project([make_created(1)])
    async with database.transaction() as uow:
        await uow.connection.execute(text("delete from desk_copy"))

    with pytest.raises(DeskMissing):
        await hub.deliver()
    await project([DeskApplied(version=1, desk=make_example_desk(), applied_at=MORNING)])

    assert "queues" in await told(hub, listener)


async def test_where_nobody_listens_nothing_is_kept(
    hub: Hub, project: Project, portal: PortalContext
) -> None:
    await project([make_created(1)])

    assert not hub.wake.is_set()
    assert await deliver_changes(portal) is False


async def test_who_left_is_told_nothing_more(hub: Hub, project: Project) -> None:
    listener = hub.join(make_person("anna.ferri"), LISTS)
    hub.leave(listener)
    hub.leave(listener)

    await project([make_created(1)])

    assert await told(hub, listener) == []


async def test_too_many_listeners_are_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_LISTENERS", 1)
    hub.join(make_person("anna.ferri"), LISTS)

    with pytest.raises(Unavailable):
        hub.join(make_person("bruno.galli"), LISTS)


async def test_after_the_stop_nobody_joins(hub: Hub) -> None:
    await hub.stop()

    with pytest.raises(Unavailable):
        hub.join(make_person("anna.ferri"), LISTS)


def over(listeners: list[Listener]) -> list[int]:
    """Return the positions of those whose stream ends."""
    return [position for position, listener in enumerate(listeners) if listener.is_over]


async def test_over_the_quota_of_a_person_their_oldest_stream_ends_and_nobody_elses(
    database: Database,
) -> None:
    hub = Hub(database, per_person=3)
    anna, bruno = make_person("anna.ferri"), make_person("bruno.galli")
    of_bruno = [hub.join(bruno, LISTS) for _ in range(3)]

    of_anna = [hub.join(anna, LISTS) for _ in range(5)]

    assert (over(of_anna), over(of_bruno)) == ([0, 1], [])
    assert len(hub._listeners) == 6


async def test_one_person_cannot_switch_off_the_streams_of_the_others(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_LISTENERS", 6)
    others = [
        hub.join(make_person(who), LISTS) for who in ("bruno.galli", "giulia.neri", "hugo.marchi")
    ]
    of_anna = [hub.join(make_person("anna.ferri"), LISTS) for _ in range(2000)]

    newcomer = hub.join(make_person("luisa.villa"), LISTS)

    assert over([*others, newcomer]) == []
    assert len(of_anna) - len(over(of_anna)) == 2


async def test_over_the_quota_of_an_address_who_has_most_streams_there_makes_room(
    database: Database,
) -> None:
    hub = Hub(database, per_address=3)
    elsewhere = hub.join(make_person("anna.ferri"), LISTS, address="192.0.2.9")
    here = [
        hub.join(make_person(who), LISTS, address="192.0.2.1")
        for who in ("bruno.galli", "anna.ferri", "anna.ferri")
    ]

    newcomer = hub.join(make_person("giulia.neri"), LISTS, address="192.0.2.1")
    own = hub.join(make_person("giulia.neri"), LISTS, address="192.0.2.1")

    assert over([elsewhere, *here, newcomer, own]) == [2, 4]


async def test_an_address_full_of_people_with_one_stream_each_takes_no_more(
    database: Database,
) -> None:
    hub = Hub(database, per_address=2)
    here = [
        hub.join(make_person(who), LISTS, address="192.0.2.1")
        for who in ("bruno.galli", "anna.ferri")
    ]

    with pytest.raises(TooManyRequests):
        hub.join(make_person("giulia.neri"), LISTS, address="192.0.2.1")

    assert over(here) == []
