"""Families, merged tickets and notices on PostgreSQL: the same answers as on SQLite."""

import pytest

from services.portal.live.hub import Hub
from services.portal.live.listeners import Topic
from services.portal.projection.repository import mark_read
from services.portal.queries.history import get_history
from services.portal.queries.lists import TicketFilter, list_tickets
from services.portal.queries.notices import count_unread, list_notices, notices_of
from services.portal.queries.tickets import get_ticket, get_ticket_or_child
from services.portal.queries.viewers import viewer_of
from shared.contracts.events.notify import NoticesMailed, NoticesRaised
from shared.core.errors import MissingRight, NotThere
from shared.core.ids import derived_id
from shared.database.database import Database
from tests.factories.portal_desk import make_person
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
from tests.unit.portal.api.test_families import linked, merged
from tests.unit.portal.conftest import Project
from tests.unit.portal.domain.test_family import drawn


async def test_the_family_is_found_up_and_down(database: Database, project: Project) -> None:
    await project(make_family())

    trees = []
    async with database.reading() as connection:
        for identity, number in (("luisa.villa", GRANDCHILD), ("anna.ferri", PARENT)):
            viewer = await viewer_of(connection, make_person(identity))
            trees.append(
                drawn((await get_ticket(connection, viewer, number, language="it")).family)
            )

    assert trees == [
        (PARENT, True, [(CHILD, True, [(GRANDCHILD, True, [(LAST, True, [])])])]),
        (PARENT, True, [(CHILD, True, [(GRANDCHILD, False, [])])]),
    ]


async def test_the_owner_of_the_parent_gets_what_passes_up(
    database: Database, project: Project
) -> None:
    await project([*make_family(), make_returned()])

    async with database.reading() as connection:
        anna, bruno = [
            await viewer_of(connection, make_person(who)) for who in ("anna.ferri", "bruno.galli")
        ]
        child = await get_ticket_or_child(connection, anna, CHILD, language="it")
        with pytest.raises(NotThere):
            await get_ticket_or_child(connection, bruno, CHILD, language="it")
        with pytest.raises(MissingRight):
            await get_history(connection, anna, CHILD, limit=10)

    assert [article.kind for article in child.articles] == ["request", "question"]
    assert child.actions == ["resend", "withdraw"]


async def test_links_and_merged_tickets_are_read_as_far_as_they_are_seen(
    database: Database, project: Project
) -> None:
    await project(
        [
            *(make_created(counter) for counter in (1, 2)),
            make_created(3, queue="ict"),
            linked(2, 3),
            make_created(4),
            merged(4, 2),
        ]
    )

    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person("anna.ferri"))
        ticket = await get_ticket(connection, viewer, make_number(1), language="it")
        history, _ = await get_history(connection, viewer, make_number(1), limit=10)
        listed = await list_tickets(connection, viewer, TicketFilter(), sort="created_at", limit=10)
        target = await get_ticket(connection, viewer, make_number(2), language="it")

    assert (
        [link.to for link in ticket.links]
        == [make_number(2)]
        == [link.to for link in listed.items[0].links]
    )
    assert history[1].changes["links"][1] == [{"to": make_number(2), "kind": "related"}]
    assert [article.merged_from for article in target.articles] == [None, make_number(4)]
    assert listed.items[2].merged_into == make_number(2)


async def test_the_bell_lists_counts_and_forgets(database: Database, project: Project) -> None:
    await project(
        [make_created(1), make_created(2, queue="ict"), make_notice(NoticesRaised, 9, ticket=2)]
    )
    await project([make_notice(NoticesRaised, counter) for counter in range(1, 5)])

    async with database.transaction() as uow:
        await mark_read(
            uow.connection,
            "anna.ferri",
            [derived_id("notice", 4), derived_id("notice", 7)],
            now=uow.now,
        )
    await project([make_notice(NoticesMailed, 4, version=2, state="sent")])

    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person("anna.ferri"))
        first, after = await list_notices(connection, viewer, limit=3)
        rest, end = await list_notices(connection, viewer, limit=3, after=after)
        unread = await count_unread(connection, viewer)
        told = await notices_of(connection, viewer, make_number(1))
    async with database.transaction() as uow:
        await mark_read(uow.connection, "anna.ferri", None, now=uow.now)
    async with database.reading() as connection:
        none_left = await count_unread(connection, viewer)

    assert [(notice.id, notice.read_at is None) for notice in first + rest] == [
        (derived_id("notice", counter), counter != 4) for counter in (4, 3, 2, 1)
    ]
    assert (end, unread, none_left) == (None, 3, 0)
    assert [one.state for one in told] == ["told", "told", "told", "sent"]


async def test_changes_of_a_child_are_told_to_the_owner_of_its_parent(
    database: Database, project: Project, hub: Hub
) -> None:
    await project(make_family())
    await hub.deliver()
    anna, bruno = (
        hub.join(make_person(who), Topic("ticket", CHILD)) for who in ("anna.ferri", "bruno.galli")
    )
    parent = hub.join(make_person("anna.ferri"), Topic("ticket", PARENT))

    await project([make_returned()])
    await hub.deliver()

    assert [listener.take() for listener in (anna, bruno, parent)] == [
        [f"ticket:{CHILD}"],
        [],
        [f"ticket:{PARENT}"],
    ]
