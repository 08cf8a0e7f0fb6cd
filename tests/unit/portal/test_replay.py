"""A read model that was emptied is filled again by what tickets says once more, whatever happens
meanwhile.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.portal.consumers import on_facts
from services.portal.projection.changes import Changes
from shared.contracts.events.base import Event
from shared.contracts.events.replay import ReplayedChange, TicketReplayed
from shared.contracts.events.tickets import TicketEvent
from shared.database.database import Database
from tests.factories.portal_events import make_created, make_life, make_received
from tests.factories.portal_sharing import CARLA, HUGO, make_shared, make_unshared
from tests.unit.portal.test_consumers import hear, read_all

LIFE = [event for event in make_life(1) if isinstance(event, TicketEvent)]


def replayed(told: Sequence[TicketEvent]) -> list[Event]:
    """What tickets says again after `told`: the state, the history and the articles, here each in
    an event of its own.
    """
    newest = told[-1].ticket
    history = tuple(
        ReplayedChange(
            version=event.ticket.version,
            at=event.ticket.updated_at,
            event=event.NAME,
            actor=event.actor,
            reason=event.reason,
            changes=event.changes,
        )
        for event in told
    )
    articles = tuple(article for event in told for article in event.articles)
    return [
        TicketReplayed(ticket_id=newest.id, ticket=newest),
        TicketReplayed(ticket_id=newest.id, history=history),
        TicketReplayed(ticket_id=newest.id, articles=articles),
    ]


async def test_a_ticket_replayed_is_the_ticket_as_it_was_heard_of(
    database: Database, migrated: Path, tmp_path: Path
) -> None:
    heard = Database(f"sqlite:///{shutil.copy(migrated, tmp_path / 'heard.db')}", service="portal")
    await hear(heard, [list(LIFE)])
    expected = await read_all(heard)
    await heard.close()

    await hear(database, [replayed(LIFE)])

    assert await read_all(database) == expected
    assert [len(expected[table]) for table in ("tickets", "articles", "history")] == [1, 4, 7]


async def test_a_shared_ticket_replayed_is_found_by_who_reads_it(database: Database) -> None:
    life: list[TicketEvent] = [
        make_created(1),
        make_shared(1, CARLA),
        make_shared(1, CARLA, HUGO, version=3),
        make_unshared(1, CARLA, version=4),
    ]

    await hear(database, [replayed(life)])

    assert (await read_all(database))["shares"] == [(CARLA.email, life[0].ticket.id, 4)]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_a_replay_in_the_midst_of_live_events_harms_nothing(
    data: st.DataObject, migrated: Path, tmp_path_factory: Any
) -> None:
    """The replay knows the ticket up to some version; what came later is heard live, in any order
    with it.
    """
    known = data.draw(st.integers(1, len(LIFE)))
    missed = data.draw(st.integers(0, known))
    events = data.draw(st.permutations([*replayed(LIFE[:known]), *LIFE[missed:]]))
    cut = data.draw(st.integers(1, len(events)))
    folder = tmp_path_factory.mktemp("replays")
    expected, actual = (
        Database(f"sqlite:///{shutil.copy(migrated, folder / name)}", service="portal")
        for name in ("a.db", "b.db")
    )

    await hear(expected, [list(LIFE)])
    await hear(actual, [batch for batch in (events[:cut], events[cut:]) if batch])

    try:
        assert await read_all(actual) == await read_all(expected)
    finally:
        await expected.close()
        await actual.close()


async def test_a_replay_announces_no_change(database: Database) -> None:
    changes = Changes()
    received = [make_received(event) for event in replayed(LIFE)]

    async with database.transaction() as uow:
        await on_facts(changes, uow, received)

    assert changes.take([one.id for one in received]) == set()
