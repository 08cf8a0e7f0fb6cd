"""A ticket's page shows its family and the bell: who hears of them."""

import pytest

from services.portal.live.hub import Hub
from services.portal.live.listeners import Listener, Topic
from shared.contracts.events.notify import NoticesMailed, NoticesRaised
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_families import (
    CHILD,
    GRANDCHILD,
    LAST,
    PARENT,
    make_family,
    make_returned,
)
from tests.factories.portal_notices import make_notice
from tests.unit.portal.conftest import Project

EVERYBODY = [*make_example_desk().operators, *make_example_desk().people]


async def told(hub: Hub, *listeners: Listener) -> list[list[str]]:
    """Deliver what is pending and return what each of `listeners` is told."""
    await hub.deliver()
    return [listener.take() for listener in listeners]


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_of_a_child_hear_those_who_may_get_it(
    identity: str, hub: Hub, project: Project
) -> None:
    await project(make_family())
    await hub.deliver()
    listener = hub.join(make_person(identity), Topic("ticket", CHILD))
    request = hub.join(make_person(identity), Topic("request", CHILD))

    await project([make_returned()])

    hears = identity in ("anna.ferri", "dario.riva", "luisa.villa")
    assert await told(hub, listener, request) == [[f"ticket:{CHILD}"] if hears else [], []]


@pytest.mark.parametrize(
    ("identity", "number", "hears"),
    [
        ("anna.ferri", PARENT, True),
        ("luisa.villa", PARENT, True),
        ("dario.riva", PARENT, True),
        ("bruno.galli", PARENT, False),
        ("ivo.santi", PARENT, False),
        ("giulia.neri", PARENT, False),
        ("gaia.leoni", GRANDCHILD, False),
        ("luisa.villa", GRANDCHILD, True),
        ("luisa.villa", LAST, False),
    ],
)
async def test_who_sees_a_ticket_hears_of_its_family_as_far_as_it_is_shown(
    identity: str, number: str, hears: bool, hub: Hub, project: Project
) -> None:
    await project(make_family())
    await hub.deliver()
    listener = hub.join(make_person(identity), Topic("ticket", number))

    await project([make_returned(children=(GRANDCHILD,))])

    assert await told(hub, listener) == [[f"ticket:{number}"] if hears else []]


async def test_ancestors_hear_of_what_is_far_below(hub: Hub, project: Project) -> None:
    family = make_family()
    await project(family[:3])
    await hub.deliver()
    listener = hub.join(make_person("luisa.villa"), Topic("ticket", PARENT))

    await project(family[3:])

    assert await told(hub, listener) == [[f"ticket:{PARENT}"]]


@pytest.mark.parametrize("topic", [Topic("lists"), Topic("ticket", make_number(1))])
async def test_the_bell_rings_for_the_one_who_was_told(
    topic: Topic, hub: Hub, project: Project
) -> None:
    await project([make_created(1)])
    await hub.deliver()
    anna, bruno = (hub.join(make_person(who), topic) for who in ("anna.ferri", "bruno.galli"))

    await project([make_notice(NoticesRaised, 1)])

    assert await told(hub, anna, bruno) == [["bell"], []]


async def test_a_duplicate_rings_no_bell(hub: Hub, project: Project) -> None:
    await project([make_created(1), make_notice(NoticesMailed, 1, version=2)])
    await hub.deliver()
    anna = hub.join(make_person("anna.ferri"), Topic("lists"))

    await project([make_notice(NoticesRaised, 1), make_notice(NoticesMailed, 1, version=2)])

    assert await told(hub, anna) == [[]]
