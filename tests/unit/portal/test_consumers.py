"""The read model does not depend on the order, the number or the grouping of the events it
hears.
"""

import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.portal.consumers import HANDLERS, on_desk_applied, on_facts
from services.portal.projection.changes import Changes
from services.portal.projection.repository import (
    ARTICLES,
    DELIVERIES,
    HISTORY,
    NOTICES,
    PREFERENCES,
    SHARES,
    TICKETS,
    WORDS,
)
from shared.contracts.events.base import Event
from shared.contracts.events.notify import (
    NoticeMailed,
    NoticeRaised,
    NoticesMailed,
    NoticesRaised,
    PreferencesChanged,
)
from shared.contracts.events.routing import DeskApplied
from shared.core.ids import derived_id
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.messaging.handlers import by_name
from shared.messaging.topology import HEARS
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import (
    MORNING,
    make_article,
    make_created,
    make_delivery,
    make_life,
    make_received,
    make_state,
)
from tests.factories.portal_notices import make_notice
from tests.factories.portal_sharing import CARLA, HUGO, make_shared, make_unshared

FAMILY: list[Event] = [
    *(event for counter in (1, 2, 3) for event in make_life(counter)),
    *(
        make_created(4),
        make_shared(4, HUGO),
        make_shared(4, HUGO, CARLA, version=3),
        make_unshared(4, CARLA, version=4),
    ),
    *(make_notice(NoticesRaised, counter, ticket=counter, state="queued") for counter in (1, 2)),
    *(
        make_notice(NoticesMailed, 1, version=version, state=state)
        for version, state in ((2, "delayed"), (3, "sent"))
    ),
    *(
        PreferencesChanged(
            operator="anna.ferri", version=version, rhythm=rhythm, muted=("note",), at=MORNING
        )
        for version, rhythm in ((1, "digest"), (2, "none"))
    ),
]


async def read_all(database: Database) -> dict[str, list[Any]]:
    """Return all rows of the read model, by table."""
    async with database.reading() as connection:
        words = select(
            *(column for column in WORDS.c if column.name not in ("place", "version"))
        ).order_by(WORDS.c.ticket_id)
        return {"words": [tuple(row) for row in await connection.execute(words)]} | {
            table.name: [
                tuple(row)
                for row in await connection.execute(
                    select(table).order_by(*table.primary_key.columns)
                )
            ]
            for table in (TICKETS, ARTICLES, HISTORY, DELIVERIES, NOTICES, PREFERENCES, SHARES)
        }


async def hear(database: Database, batches: list[list[Event]]) -> Changes:
    """Handle `batches`, each in its transaction."""
    changes = Changes()
    for batch in batches:
        async with database.transaction() as uow:
            await on_facts(changes, uow, [make_received(event) for event in batch])
    return changes


async def test_notices_are_heard_several_at_once_and_one_by_one_as_former_versions_said_them(
    database: Database,
) -> None:
    several = [
        make_notice(NoticesRaised, counter, ticket=counter).notices[0] for counter in (1, 2, 3)
    ]
    former: list[Event] = [
        NoticeRaised(**several[0].model_dump()),
        NoticeMailed(**several[1].model_copy(update={"version": 2, "state": "sent"}).model_dump()),
    ]

    await hear(database, [[NoticesRaised(notices=tuple(several[1:]))], former])

    rows = (await read_all(database))["notices"]
    assert sorted(row[0] for row in rows) == sorted(each.notice_id for each in several)
    assert sorted(row[1] for row in rows) == [1, 1, 2]


async def test_events_in_order_leave_the_newest_state_and_all_that_was_appended(
    database: Database,
) -> None:
    await hear(database, [make_life(1)])

    rows = await read_all(database)

    assert [(row[1], row[2], row[3]) for row in rows["tickets"]] == [
        ("2026092810000010", 7, "closed_successful")
    ]
    assert sorted(row[2] for row in rows["articles"]) == ["answer", "answer", "note", "request"]
    assert [row[1] for row in rows["history"]] == [1, 2, 3, 4, 5, 6, 7]
    assert [(row[1], row[5]) for row in rows["deliveries"]] == [(2, "resent")]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_any_order_and_any_duplicates_leave_the_same_rows(
    data: st.DataObject, migrated: Path, tmp_path_factory: Any
) -> None:
    events = data.draw(
        st.permutations(FAMILY + data.draw(st.lists(st.sampled_from(FAMILY), max_size=12)))
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events) - 1), max_size=6)))
    batches = [events[i:j] for i, j in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    folder = tmp_path_factory.mktemp("orders")
    expected, actual = (
        Database(f"sqlite:///{shutil.copy(migrated, folder / name)}", service="portal")
        for name in ("a.db", "b.db")
    )

    await hear(expected, [FAMILY])
    await hear(actual, batches)

    try:
        assert await read_all(actual) == await read_all(expected)
    finally:
        await expected.close()
        await actual.close()


async def test_what_an_old_event_appended_is_kept_although_its_ticket_part_is_old(
    database: Database,
) -> None:
    newer, older = make_life(1)[6], make_life(1)[4]

    await hear(database, [[newer], [older]])

    rows = await read_all(database)
    assert [row[2] for row in rows["tickets"]] == [7]
    assert sorted(row[2] for row in rows["articles"]) == ["answer", "note"]
    assert [row[1] for row in rows["history"]] == [5, 7]


async def test_a_mail_that_is_heard_of_before_its_ticket_is_kept(database: Database) -> None:
    changes = Changes()
    sent = make_received(make_delivery(1, article_id=make_article("answer").id))
    async with database.transaction() as uow:
        await on_facts(changes, uow, [sent])

    rows = await read_all(database)
    assert [(row[1], row[5]) for row in rows["deliveries"]] == [(1, "sent")]
    assert rows["tickets"] == []
    assert changes.take([sent.id]) == set()


async def test_a_notice_and_its_mail_are_one_row_at_its_newest_version(database: Database) -> None:
    await hear(database, [FAMILY])

    rows = await read_all(database)

    assert sorted((row[1], row[5], row[9]) for row in rows["notices"]) == [
        (1, "2026092810000020", "queued"),
        (3, "2026092810000010", "sent"),
    ]
    assert rows["preferences"] == [("anna.ferri", 2, "none", ["note"])]


async def test_a_change_is_announced_once_and_its_duplicate_is_not(database: Database) -> None:
    created = make_received(make_created(1))
    first = await hear(database, [[created.event]])
    again = await hear(database, [[created.event]])

    assert first.take([created.id]) == {"ticket:2026092810000010"}
    assert again.take([created.id]) == set()


async def test_a_mail_announces_the_ticket_it_is_about(database: Database) -> None:
    await hear(database, [[make_created(1)]])
    sent = make_received(make_delivery(1, article_id=make_article("answer").id))

    changes = await hear(database, [[sent.event]])

    assert changes.take([sent.id]) == {"ticket:2026092810000010"}


async def test_a_move_announces_the_queue_that_was_left(database: Database) -> None:
    queued = make_life(1)[1]
    moved = make_received(
        queued.model_copy(
            update={
                "ticket": make_state(1, version=3, queue="ict"),
                "changes": {"queue": ("studenti", "ict")},
            }
        )
    )

    changes = await hear(database, [[queued], [moved.event]])

    assert changes.take([moved.id]) == {"ticket:2026092810000010", "queue:studenti"}


async def test_the_newest_desk_wins_whatever_the_order(database: Database) -> None:
    desks = [
        DeskApplied(version=v, desk=make_example_desk(system_id=v), applied_at=MORNING)
        for v in (3, 2)
    ]
    changes = Changes()

    for desk in desks:
        async with database.transaction() as uow:
            await on_desk_applied(changes, uow, [make_received(desk)])

    async with database.reading() as connection:
        assert (await current_desk(connection)).desk.system_id == 3


def test_every_event_that_is_heard_has_a_handler_and_none_needs_an_inbox() -> None:
    assert set(by_name(HANDLERS)) == {event.NAME for event in HEARS["portal"]}
    assert not any(handler.inbox for handler in HANDLERS)


def test_a_note_is_taken_once() -> None:
    changes = Changes()
    first, second = make_received(make_created(1)).id, make_received(make_created(2)).id
    changes.note(first, ["ticket:1"])
    changes.note(second, ["ticket:2"])

    assert changes.take([first, second]) == {"ticket:1", "ticket:2"}
    assert changes.take([first, second]) == set()


def test_notes_of_messages_that_never_came_to_an_end_are_bounded() -> None:
    changes = Changes()
    ids = [derived_id("message", counter) for counter in range(10_001)]
    for message_id in ids:
        changes.note(message_id, ["desk"])

    assert changes.take(ids[:1]) == set()
    assert changes.take(ids[1:2]) == {"desk"}
