"""One suite for everything that keeps tickets: the fake of the unit tests, and the repository on
both databases.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.tickets.domain import correspondence, placement
from services.tickets.domain.changes import Change
from services.tickets.domain.families import Child
from services.tickets.domain.links import Follows
from services.tickets.domain.merging import merged
from services.tickets.domain.ticket import Ticket
from services.tickets.main import MIGRATIONS
from services.tickets.ports import Done, InCharge, Tickets
from services.tickets.repository.tickets import SqlTickets
from shared.contracts.events.merging import TicketMerged
from shared.contracts.events.ticket_state import Routing
from shared.contracts.events.tickets import TicketPriorityChanged, TicketTaken
from shared.core.cause import Cause
from shared.core.clock import SystemClock
from shared.core.errors import NotThere
from shared.database.database import Database
from shared.database.migrate import migrate
from tests.factories.tickets import ANNA, CARLA, DESK, T0, make_child, make_ticket, minutes
from tests.fakes.tickets_store import FakeTickets

Store = Callable[[], AbstractAsyncContextManager[Tickets]]
"""Begins a transaction, in which it gives the tickets."""

A, B, C, D = "2026092810000016", "2026092810000025", "2026092810000061", "2026092810000071"
ROUTING = Routing(rule=None, reason="by hand")


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """The database; None for the fake."""
    if request.param == "fake":
        return None
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tickets.db'}"
    postgres: str = request.getfixturevalue("postgres_url")
    return postgres


@pytest.fixture
async def store(url: str | None) -> AsyncIterator[Store]:
    if url is None:
        fake = FakeTickets()

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Tickets]:
            yield fake

        yield in_memory
        return
    database = Database(url, service="tickets", pool_size=2, clock=SystemClock())
    await migrate(database, MIGRATIONS)

    @asynccontextmanager
    async def in_database() -> AsyncIterator[Tickets]:
        async with database.transaction() as uow:
            yield SqlTickets(uow)

    yield in_database
    await database.close()


async def begin(store: Store, *tickets: Ticket) -> None:
    """Keep new tickets."""
    async with store() as kept:
        await kept.add(
            [
                Done(each, each.created(body="Non riesco.", written_at=T0), Cause.fresh())
                for each in tickets
            ]
        )


async def change(store: Store, ticket: Ticket, *changes: Change) -> None:
    """Keep what `changes` made of `ticket`."""
    async with store() as kept:
        await kept.record([Done(ticket, each, Cause.fresh()) for each in changes])


async def begin_queued(store: Store, *numbers: str) -> list[Ticket]:
    """Keep new tickets that Anna owns in the queue `studenti`; return them."""
    tickets = [make_ticket(number=number) for number in numbers]
    await begin(store, *tickets)
    for each in tickets:
        routed = placement.routed(each, queue="studenti", routing=ROUTING, desk=DESK, at=minutes(1))
        await change(store, each, routed, each.taken(actor=ANNA, desk=DESK, at=minutes(2)))
    return tickets


async def begin_child(store: Store, parent: Ticket, number: str) -> Ticket:
    """Keep a child of `parent`, which waits for it."""
    child = make_child(parent, number=number)
    await begin(store, child)
    await change(
        store,
        parent,
        correspondence.noted(parent, body="aperto", actor=ANNA, desk=DESK, at=minutes(4)),
    )
    return child


async def test_what_is_there_is_found_by_number_and_by_id_and_the_rest_is_not(store: Store) -> None:
    a, b = make_ticket(number=A), make_ticket(number=B)
    await begin(store, a, b)

    async with store() as tickets:
        found = (await tickets.get(A)).id
        by_id = set(await tickets.load({a.id, uuid4()}))
        by_number = set(await tickets.load_numbers({B, C, "no number"}))
        peeked = set(await tickets.peek({b.id, uuid4()}))
        with pytest.raises(NotThere):
            await tickets.get(C)

    assert (found, by_id, by_number, peeked) == (a.id, {a.id}, {B}, {b.id})


async def test_what_was_read_is_kept_only_when_it_is_recorded(store: Store) -> None:
    (ticket,) = await begin_queued(store, A)

    async with store() as tickets:
        read = await tickets.get(A)
        noted = correspondence.noted(read, body="attenzione", actor=ANNA, desk=DESK, at=minutes(5))
    async with store() as tickets:
        before = (await tickets.get(A)).version
        await tickets.record([Done(read, noted, Cause.fresh())])
        after = (await tickets.get(A)).version

    assert (before, after) == (ticket.version, ticket.version + 1)


async def test_a_ticket_that_is_there_already_is_not_added_again(store: Store) -> None:
    ticket = make_ticket(number=A)
    await begin(store, ticket)

    async with store() as tickets:
        again = Done(ticket, ticket.created(body="Altro", written_at=T0), Cause.fresh())
        known = await tickets.add([again])
        articles = await tickets.known_articles({each.id for each in again.change.event.articles})

    assert (known, articles) == ({ticket.id}, set())


async def test_a_ticket_is_read_with_its_family_and_for_a_look_without_it(store: Store) -> None:
    (parent,) = await begin_queued(store, A)
    child = await begin_child(store, parent, B)

    async with store() as tickets:
        above, below = await tickets.get(A), (await tickets.load({child.id}))[child.id]
        looked_at = (await tickets.peek({child.id}))[child.id]

    assert above.family is not None
    assert below.family is not None
    assert (above.family.parent, above.family.children) == (None, {B: Child("new")})
    assert below.family.parent is not None
    assert (below.family.parent.state, below.family.parent.owner, below.family.parent.queue) == (
        "waiting_children",
        "anna.ferri",
        "studenti",
    )
    assert (below.family.children, looked_at.family) == ({}, None)


async def test_a_parent_knows_that_its_last_child_has_ended_also_in_the_same_transaction(
    store: Store,
) -> None:
    (parent,) = await begin_queued(store, A)
    child = await begin_child(store, parent, B)

    async with store() as tickets:
        before = await tickets.get_with_parent(A)
        await tickets.record(
            [Done(child, child.withdrawn(actor=ANNA, desk=DESK, at=minutes(6)), Cause.fresh())]
        )
        after = await tickets.get_with_parent(A)

    assert [each.family is not None and each.family.has_open_child for each in (before, after)] == [
        True,
        False,
    ]


async def test_a_merged_child_is_as_open_as_the_sibling_that_goes_on_with_it(store: Store) -> None:
    (parent,) = await begin_queued(store, A)
    one, other = await begin_child(store, parent, B), await begin_child(store, parent, C)
    await change(store, one, merged(one, into=other, actor=CARLA, desk=DESK, at=minutes(6)))

    async with store() as tickets:
        read = await tickets.get(A)
        gone, peeked = await tickets.merged_into(other.id), await tickets.peek_merged_into(other.id)
        past = await tickets.last_change(one.id, event=TicketMerged.NAME)
        nothing = await tickets.last_change(other.id, event=TicketMerged.NAME)

    assert read.states_of_children == {B: "new", C: "new"}
    assert (set(gone), set(peeked), peeked[one.id].family) == ({one.id}, {one.id}, None)
    assert (past and past.changes["state"], nothing) == (("new", "merged"), None)


async def test_those_below_come_with_parents_before_their_children(store: Store) -> None:
    (parent,) = await begin_queued(store, A)
    child, other = await begin_child(store, parent, B), await begin_child(store, parent, C)
    await change(store, child, child.taken(actor=CARLA, desk=DESK, at=minutes(5)))
    grandchild = await begin_child(store, child, D)

    async with store() as tickets:
        ticket, below = await tickets.get_with_descendants(A)

    assert ticket.id == parent.id
    assert [each.id for each in below] == [*sorted((child.id, other.id)), grandchild.id]


async def test_a_question_has_expired_where_no_child_is_open_the_longest_ago_first(
    store: Store,
) -> None:
    waiting, *expired = await begin_queued(store, A, B, C)
    for number, each in enumerate((waiting, *reversed(expired))):
        asked = correspondence.question_asked(
            each, body="Quale?", actor=ANNA, desk=DESK, at=minutes(5)
        )
        await change(
            store, each, asked, each.reminded(expires_at=minutes(10 + number), at=minutes(6))
        )
    await begin_child(store, waiting, D)
    waiting.state, waiting.question_asked_at, waiting.expires_at = (
        "waiting_requester",
        minutes(5),
        minutes(10),
    )
    await change(
        store,
        waiting,
        correspondence.noted(waiting, body="in attesa", actor=ANNA, desk=DESK, at=minutes(7)),
    )

    async with store() as tickets:
        early = await tickets.expired_at(minutes(9), limit=5)
        late = [each.number for each in await tickets.expired_at(minutes(20), limit=5)]
        one = [each.number for each in await tickets.expired_at(minutes(20), limit=1)]

    assert (early, late, one) == ([], [C, B], [C])


async def test_sweeps_find_what_is_due_the_longest_waiting_first(store: Store) -> None:
    a, b = await begin_queued(store, A, B)
    c, d = make_ticket(number=C, at=minutes(2)), make_ticket(number=D)
    await begin(store, c, d)
    until = minutes(60)
    await change(
        store,
        a,
        a.postponed(until=until + timedelta(minutes=1), actor=ANNA, desk=DESK, at=minutes(3)),
    )
    await change(store, b, b.postponed(until=until, actor=ANNA, desk=DESK, at=minutes(3)))

    async with store() as tickets:
        postponed = [
            each.number
            for each in await tickets.postponed_until(until + timedelta(hours=1), limit=5)
        ]
        none_yet = await tickets.postponed_until(until - timedelta(seconds=1), limit=5)
        waiting = [
            each.number
            for each in await tickets.waiting_for_queue(asked_before=minutes(9), limit=5)
        ]
        first = [
            each.number
            for each in await tickets.waiting_for_queue(asked_before=minutes(1), limit=5)
        ]

    assert (postponed, none_yet, waiting, first) == ([B, A], [], [D, C], [D])


async def test_questions_without_a_reminder_are_found_the_oldest_first(store: Store) -> None:
    a, b, c = await begin_queued(store, A, B, C)
    for each, at in ((a, 7), (b, 6), (c, 5)):
        await change(
            store,
            each,
            correspondence.question_asked(
                each, body="Quale?", actor=ANNA, desk=DESK, at=minutes(at)
            ),
        )
    await change(store, c, c.reminded(at=minutes(8)))

    async with store() as tickets:
        found = [each.number for each in await tickets.unanswered_since(minutes(7), limit=5)]
        oldest = [each.number for each in await tickets.unanswered_since(minutes(7), limit=1)]

    assert (found, oldest) == ([B, A], [B])


async def test_people_in_charge_are_each_combination_once_of_tickets_that_have_not_ended(
    store: Store,
) -> None:
    a, b, c = await begin_queued(store, A, B, C)
    await begin(store, make_ticket(number=D))
    await change(store, b, b.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(5)))
    annas = InCharge("anna.ferri", "anna.ferri", "studenti")

    async with store() as tickets:
        people = await tickets.people_in_charge()
        theirs = {each.id for each in await tickets.in_charge(annas, limit=5)}
        one = await tickets.in_charge(annas, limit=1)
        nobodys = await tickets.in_charge(InCharge(None, "anna.ferri", "studenti"), limit=5)

    assert (people, theirs, len(one), nobodys) == ([annas], {a.id, c.id}, 1, [])


async def test_a_past_change_names_what_it_changed_and_what_came_after_it(store: Store) -> None:
    (ticket,) = await begin_queued(store, A)
    taken = ticket.version
    await change(
        store, ticket, ticket.prioritized(priority=5, actor=ANNA, desk=DESK, at=minutes(5))
    )

    async with store() as tickets:
        past = await tickets.past_change(ticket.id, taken)
        nothing = await tickets.past_change(ticket.id, 99)

    assert past is not None
    assert (past.event, past.actor, past.changes["owner"]) == (
        TicketTaken.NAME,
        "anna.ferri",
        (None, "anna.ferri"),
    )
    assert (past.changed_since, past.events_since) == (
        frozenset({"priority"}),
        (TicketPriorityChanged.NAME,),
    )
    assert nothing is None


async def test_watchers_and_links_that_were_brought_come_back_as_they_were_kept(
    store: Store,
) -> None:
    (ticket,) = await begin_queued(store, A)
    own = Follows(("ivo.santi",), ())
    ticket.own, ticket.watchers = own, ("rita.vera",)
    await change(
        store,
        ticket,
        correspondence.noted(ticket, body="attenzione", actor=ANNA, desk=DESK, at=minutes(5)),
    )

    async with store() as tickets:
        read = await tickets.get(A)

    assert (read.own, read.watchers) == (own, ("rita.vera",))
