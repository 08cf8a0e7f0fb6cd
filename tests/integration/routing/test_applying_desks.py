"""A desk is put in force: once, whole, under a version that only grows."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.routing.models import Base
from services.routing.queries import find_desk, find_desk_version
from services.routing.queue_retirement import QueuesStillNeeded
from services.routing.usecases import DESK_ID, apply_desk
from shared.contracts.desk import Desk, Text
from shared.contracts.events.routing import DeskApplied
from shared.core.cause import Cause
from shared.core.errors import DeskMissing, TooLarge
from shared.database.desk_copy import DeskInForce, current_desk
from tests.factories.routing_tickets import NOW
from tests.integration.routing.conftest import OUTBOX, VERSIONS, Routing


def with_queue(desk: Desk, queue: str, **changes: object) -> Desk:
    return desk.model_copy(
        update={"queues": desk.queues | {queue: desk.queues[queue].model_copy(update=changes)}}
    )


def renamed(desk: Desk, system_id: int) -> Desk:
    return desk.model_copy(update={"system_id": system_id})


async def test_the_first_desk_is_version_1_and_every_service_is_told(
    routing: Routing, desk: Desk
) -> None:
    answer = await routing.apply(desk)

    assert answer == (1, True)
    assert await routing.said() == [DeskApplied(version=1, desk=desk, applied_at=NOW)]
    assert [row.aggregate_id for row in await routing.rows(OUTBOX)] == [DESK_ID]
    assert await find_desk_version(routing.database) == 1


async def test_queues_and_forms_keep_the_order_of_the_file(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk)

    stored = Desk.model_validate_json((await routing.rows(VERSIONS))[0].body)

    assert list(stored.queues) == list(desk.queues)
    assert list(stored.forms) == list(desk.forms)


async def test_the_same_desk_again_changes_nothing_and_nobody_is_told(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)

    answer = await routing.apply(desk)

    assert answer == (1, False)
    assert len(await routing.said()) == 1
    assert len(await routing.rows(VERSIONS)) == 1


async def test_a_changed_desk_gets_the_next_version_and_so_does_going_back(
    routing: Routing, desk: Desk
) -> None:
    answers = [await routing.apply(each) for each in (desk, renamed(desk, 11), desk)]

    assert answers == [(1, True), (2, True), (3, True)]
    assert [
        event.desk.system_id for event in await routing.said() if isinstance(event, DeskApplied)
    ] == [10, 11, 10]


async def test_many_who_apply_at_once_get_versions_one_after_the_other(
    routing: Routing, desk: Desk
) -> None:
    answers = await asyncio.gather(
        *(routing.apply(renamed(desk, number)) for number in range(20, 40))
    )

    assert sorted(answers) == [(version, True) for version in range(1, 21)]
    versions = await routing.rows(VERSIONS)
    assert [row.version for row in versions] == list(range(1, 21))
    told = {
        event.version: event.desk.system_id
        for event in await routing.said()
        if isinstance(event, DeskApplied)
    }
    assert told == {row.version: Desk.model_validate_json(row.body).system_id for row in versions}
    async with routing.database.reading() as connection:
        assert (await current_desk(connection)).version == 20


async def test_the_same_desk_applied_at_once_is_one_version(routing: Routing, desk: Desk) -> None:
    answers = await asyncio.gather(*(routing.apply(desk) for _ in range(10)))

    assert sorted(answers) == [(1, False)] * 9 + [(1, True)]
    assert len(await routing.said()) == 1


async def test_titles_and_groups_may_change_and_nobody_is_asked_about_tickets(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    regrouped = {"title": Text(it="Aule", en="Rooms"), "group": "biblioteche"}

    answer = await routing.apply(with_queue(desk, "aule", **regrouped))

    assert answer == (2, True)


async def test_a_queue_without_tickets_is_closed(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk)
    routing.not_ended = {"ict": 7}

    answer = await routing.apply(with_queue(desk, "aule", closed=True))

    assert answer == (2, True)
    async with routing.database.reading() as connection:
        assert (await current_desk(connection)).desk.queues["aule"].closed


async def test_a_queue_with_tickets_is_not_closed_and_nothing_changes(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(desk)
    routing.not_ended = {"aule": 2}

    with pytest.raises(
        QueuesStillNeeded, match='the queue "aule" cannot be closed: 2 tickets have not ended'
    ):
        await routing.apply(with_queue(desk, "aule", closed=True))

    assert len(await routing.said()) == 1
    assert [row.version for row in await routing.rows(VERSIONS)] == [1]


async def test_a_queue_that_is_closed_already_may_have_tickets(
    routing: Routing, desk: Desk
) -> None:
    await routing.apply(with_queue(desk, "aule", closed=True))

    assert await routing.apply(renamed(with_queue(desk, "aule", closed=True), 11)) == (2, True)


async def test_a_queue_cannot_be_deleted(routing: Routing, desk: Desk) -> None:
    await routing.apply(desk)

    with pytest.raises(
        QueuesStillNeeded, match='the queue "aule" is in force and missing from the new desk'
    ):
        await routing.apply(
            desk.model_copy(
                update={
                    "queues": {name: queue for name, queue in desk.queues.items() if name != "aule"}
                }
            )
        )

    assert len(await routing.said()) == 1


async def test_the_desk_in_force_can_be_looked_at(routing: Routing, desk: Desk) -> None:
    assert await find_desk(routing.database) is None

    await routing.apply(desk)
    await routing.apply(renamed(desk, 11))

    assert await find_desk(routing.database) == DeskInForce(2, renamed(desk, 11))


async def test_an_application_that_is_not_committed_leaves_nothing(
    routing: Routing, desk: Desk
) -> None:
    async def interrupted() -> None:
        async with routing.database.transaction() as uow:
            await apply_desk(
                uow,
                desk=desk,
                now=NOW,
                cause=Cause.fresh(),
                count_not_ended=routing.count_not_ended,
            )
            raise RuntimeError("before the commit")

    with pytest.raises(RuntimeError, match="before the commit"):
        await interrupted()

    assert await find_desk_version(routing.database) is None
    assert await routing.said() == []
    async with routing.database.reading() as connection:
        with pytest.raises(DeskMissing):
            await current_desk(connection)


async def test_a_desk_that_the_bus_cannot_carry_is_refused_and_leaves_nothing(
    routing: Routing, desk: Desk
) -> None:
    large = desk.model_copy(
        update={"people": {f"p{n}": desk.people["giulia.neri"] for n in range(4000)}}
    )

    with pytest.raises(TooLarge):
        await routing.apply(large)

    assert await routing.rows(VERSIONS) == []
    assert await routing.said() == []


async def test_the_migrations_make_the_tables_that_the_models_describe(routing: Routing) -> None:
    def differences(connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
        return [
            str(each) for each in found if any(table in str(each) for table in Base.metadata.tables)
        ]

    async with routing.database.reading() as connection:
        assert await connection.run_sync(differences) == []
