"""Merging tickets of one requester, what goes along with it, and what comes back when it is
undone.
"""

from uuid import uuid4

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.children import hear_of_children
from services.tickets.usecases.closing import close
from services.tickets.usecases.handover import move
from services.tickets.usecases.links import link, unlink
from services.tickets.usecases.merging import merge
from services.tickets.usecases.ownership import take
from services.tickets.usecases.requester import requester_reply
from services.tickets.usecases.undoing import undo
from services.tickets.usecases.withdrawing import withdraw, withdraw_own
from shared.contracts.events.families import ChildTold
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import AlreadyMerged, CannotUndo, ImpossibleValue
from tests.factories.tickets import ANNA, CARLA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()
FIRST, SECOND, THIRD = "2026092810000016", "2026092810000025", "2026092810000061"
HUGO = Requester(
    identity="hugo.marchi", name="Hugo Marchi", email="hugo.marchi@example.edu", affiliation="staff"
)
GUEST = Requester(identity=None, name="Ida", email="ida@example.org", assurance="confirmed")
TYPED = GUEST.model_copy(update={"assurance": "typed"})


def by(identity: str, *, at: float = 5) -> Asked:
    return Asked(make_operator(identity), minutes(at), Cause(uuid4(), uuid4(), None))


def by_giulia(*, at: float) -> Asked:
    return Asked(GIULIA, minutes(at), Cause(uuid4(), uuid4(), None))


def make_some(*owners: str) -> FakeTickets:
    """Three tickets of Giulia's in one queue; the first ones are owned as named."""
    tickets = [make_queued_ticket(number=number) for number in (FIRST, SECOND, THIRD)]
    for ticket, owner in zip(tickets, owners, strict=False):
        ticket.taken(actor=ANNA.model_copy(update={"identity": owner}), desk=DESK, at=minutes(3))
    return FakeTickets(*tickets)


def numbered(tickets: FakeTickets, number: str) -> Ticket:
    return next(ticket for ticket in tickets.kept.values() if ticket.number == number)


def linked(tickets: FakeTickets) -> dict[str, set[str]]:
    return {ticket.number: {each.to for each in ticket.links} for ticket in tickets.kept.values()}


# ------------------------------------------------------------ of one requester


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (GIULIA, GIULIA.model_copy(update={"email": "g@example.org"}), True),
        (GUEST, GUEST.model_copy(update={"email": "Ida@Example.org", "name": "Ida Boni"}), True),
        (GUEST, HUGO.model_copy(update={"email": GUEST.email}), True),
        (GIULIA, HUGO, False),
        (GIULIA, HUGO.model_copy(update={"email": GIULIA.email}), False),
        (TYPED, TYPED, False),
        (TYPED, GUEST, False),
        (TYPED.model_copy(update={"email": GIULIA.email}), GIULIA, False),
    ],
)
async def test_only_tickets_of_one_requester_are_merged(
    one: Requester, other: Requester, is_one: bool
) -> None:
    tickets = FakeTickets(
        make_queued_ticket(number=FIRST, requester=one),
        make_queued_ticket(number=SECOND, requester=other),
    )

    if is_one:
        after = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
        assert after.merged_into == SECOND
    else:
        with pytest.raises(ImpossibleValue) as refused:
            await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
        assert refused.value == ImpossibleValue("into", "other_requester", SECOND)
        assert tickets.done == []


async def test_children_are_merged_only_below_one_parent() -> None:
    parents = [make_queued_ticket(number=number, owner=ANNA) for number in (FIRST, SECOND)]
    mine, sibling, cousin = (
        make_child(parents[0], number="2026092810000101"),
        make_child(parents[0], number="2026092810000102"),
        make_child(parents[1], number="2026092810000103"),
    )
    tickets = FakeTickets(*parents, mine, sibling, cousin)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            merge, tickets, DESK, number=mine.number, into=cousin.number, asked=by("carla.monti")
        )
    known = len(tickets.done)
    after = await do(
        merge, tickets, DESK, number=mine.number, into=sibling.number, asked=by("carla.monti")
    )

    assert (refused.value, known) == (ImpossibleValue("into", "other_requester", cousin.number), 0)
    assert after.merged_into == sibling.number


async def test_a_refusal_names_only_the_number_that_was_given() -> None:
    tickets = FakeTickets(
        make_queued_ticket(number=FIRST),
        make_queued_ticket(number=SECOND),
        make_queued_ticket(number=THIRD, queue="ict"),
    )
    await do(merge, tickets, DESK, number=SECOND, into=THIRD, asked=by("luisa.villa"))
    known = len(tickets.done)

    with pytest.raises(ImpossibleValue) as refused:
        await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))

    assert refused.value == ImpossibleValue("into", "unknown_ticket", SECOND)
    assert len(tickets.done) == known


async def test_a_ticket_that_was_merged_says_into_which() -> None:
    tickets = make_some()
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))

    with pytest.raises(AlreadyMerged) as refused:
        await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))

    assert refused.value == AlreadyMerged("merged", "merge", SECOND)


# ------------------------------------------------------------ undone once


async def test_only_the_last_merge_is_undone_and_only_once() -> None:
    tickets = make_some()
    first = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=5))
    await do(
        undo, tickets, DESK, number=FIRST, version=first.version, asked=by("bruno.galli", at=6)
    )
    await do(take, tickets, DESK, number=FIRST, asked=by("anna.ferri", at=7))
    second = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=8)
    )
    known = len(tickets.done)

    with pytest.raises(CannotUndo) as older:
        await do(
            undo, tickets, DESK, number=FIRST, version=first.version, asked=by("bruno.galli", at=9)
        )
    assert (older.value, len(tickets.done)) == (CannotUndo(first.version, "undone"), known)

    after = await do(
        undo, tickets, DESK, number=FIRST, version=second.version, asked=by("bruno.galli", at=9)
    )
    assert (after.state, after.owner, after.undoable) == ("open", "anna.ferri", None)
    with pytest.raises(CannotUndo) as again:
        await do(
            undo,
            tickets,
            DESK,
            number=FIRST,
            version=second.version,
            asked=by("bruno.galli", at=10),
        )
    assert again.value == CannotUndo(second.version, "undone")


async def test_of_two_moves_only_the_last_is_undone() -> None:
    tickets = FakeTickets(make_queued_ticket(number=FIRST))
    versions = [
        (
            await do(
                move,
                tickets,
                DESK,
                number=FIRST,
                queue=queue,
                reason=None,
                asked=by("luisa.villa", at=at),
            )
        ).version
        for at, queue in ((5, "ict"), (6, "studenti/carriere"))
    ]

    with pytest.raises(CannotUndo) as older:
        await do(
            undo, tickets, DESK, number=FIRST, version=versions[0], asked=by("luisa.villa", at=7)
        )
    back = await do(
        undo, tickets, DESK, number=FIRST, version=versions[1], asked=by("luisa.villa", at=7)
    )
    with pytest.raises(CannotUndo):
        await do(
            undo, tickets, DESK, number=FIRST, version=versions[0], asked=by("luisa.villa", at=8)
        )

    assert older.value == CannotUndo(versions[0], "not_last")
    assert (back.queue, len(tickets.done)) == ("ict", 3)


async def test_of_two_absorbed_tickets_either_comes_back_and_the_target_undoes_the_last() -> None:
    tickets = make_some()
    first = await do(merge, tickets, DESK, number=FIRST, into=THIRD, asked=by("bruno.galli", at=5))
    older = numbered(tickets, THIRD).version
    await do(merge, tickets, DESK, number=SECOND, into=THIRD, asked=by("bruno.galli", at=6))
    newer = numbered(tickets, THIRD).version

    with pytest.raises(CannotUndo):
        await do(undo, tickets, DESK, number=THIRD, version=older, asked=by("bruno.galli", at=7))
    await do(
        undo, tickets, DESK, number=FIRST, version=first.version, asked=by("bruno.galli", at=7)
    )
    await do(undo, tickets, DESK, number=THIRD, version=newer, asked=by("bruno.galli", at=8))

    assert [ticket.state for ticket in tickets.kept.values()] == ["new", "new", "new"]


# ------------------------------------------------------------ links


async def test_links_go_along_with_a_merge_and_come_back_at_all_tickets() -> None:
    tickets = make_some()
    await do(
        link, tickets, DESK, number=FIRST, to=SECOND, kind="duplicate", asked=by("bruno.galli")
    )
    await do(link, tickets, DESK, number=FIRST, to=THIRD, kind="related", asked=by("bruno.galli"))
    before = linked(tickets)

    merged = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=6)
    )
    while_merged = linked(tickets)
    await do(
        undo, tickets, DESK, number=FIRST, version=merged.version, asked=by("bruno.galli", at=7)
    )

    assert while_merged == {FIRST: set(), SECOND: {THIRD}, THIRD: {SECOND}}
    assert linked(tickets) == before == {FIRST: {SECOND, THIRD}, SECOND: {FIRST}, THIRD: {FIRST}}


async def test_a_link_that_the_other_had_itself_stays_when_the_merge_is_undone() -> None:
    tickets = make_some()
    for number in (FIRST, SECOND):
        await do(
            link, tickets, DESK, number=number, to=THIRD, kind="related", asked=by("bruno.galli")
        )

    merged = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=6)
    )
    while_merged = linked(tickets)
    await do(
        undo, tickets, DESK, number=FIRST, version=merged.version, asked=by("bruno.galli", at=7)
    )

    assert while_merged == {FIRST: set(), SECOND: {THIRD}, THIRD: {SECOND}}
    assert linked(tickets) == {FIRST: {THIRD}, SECOND: {THIRD}, THIRD: {FIRST, SECOND}}


async def test_a_link_that_somebody_has_set_meanwhile_stays_when_the_merge_is_undone() -> None:
    tickets = make_some()
    await do(link, tickets, DESK, number=FIRST, to=THIRD, kind="related", asked=by("bruno.galli"))

    merged = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=6)
    )
    await do(unlink, tickets, DESK, number=SECOND, to=THIRD, asked=by("bruno.galli", at=7))
    await do(
        link,
        tickets,
        DESK,
        number=SECOND,
        to=THIRD,
        kind="duplicate",
        asked=by("bruno.galli", at=8),
    )
    await do(
        undo, tickets, DESK, number=FIRST, version=merged.version, asked=by("bruno.galli", at=9)
    )

    assert linked(tickets) == {FIRST: {THIRD}, SECOND: {THIRD}, THIRD: {FIRST, SECOND}}


async def test_a_link_that_was_taken_away_meanwhile_does_not_come_back() -> None:
    tickets = make_some()
    await do(link, tickets, DESK, number=FIRST, to=THIRD, kind="related", asked=by("bruno.galli"))

    merged = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=6)
    )
    await do(unlink, tickets, DESK, number=SECOND, to=THIRD, asked=by("bruno.galli", at=7))
    await do(
        undo, tickets, DESK, number=FIRST, version=merged.version, asked=by("bruno.galli", at=8)
    )

    assert linked(tickets) == {FIRST: set(), SECOND: set(), THIRD: set()}


# ------------------------------------------------------------ words, and the requester


async def test_what_was_written_to_a_merged_request_comes_back_with_it() -> None:
    tickets = make_some("anna.ferri", "bruno.galli")
    merged = await do(
        merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=5)
    )
    await do(
        requester_reply,
        tickets,
        DESK,
        number=FIRST,
        body="Ancora niente",
        asked=by_giulia(at=6),
        counters=FakeCounters(),
    )

    await do(
        undo, tickets, DESK, number=FIRST, version=merged.version, asked=by("bruno.galli", at=7)
    )

    written = [
        (event.ticket.number, article.body)
        for event in tickets.events
        for article in event.articles
    ]
    assert written == [(FIRST, "Ancora niente")]


@pytest.mark.parametrize("is_own", [True, False])
async def test_a_reply_becomes_a_new_ticket_of_the_caller_alone(is_own: bool) -> None:
    """The target of the merge may be another requester's, from before that was refused."""
    tickets, desk = make_some("anna.ferri", "bruno.galli"), make_desk(reopen="new_ticket")
    target = numbered(tickets, SECOND)
    target.subject, target.fields = "Altro", {"matricola": "999999"}
    await do(merge, tickets, desk, number=FIRST, into=SECOND, asked=by("bruno.galli", at=5))
    await do(
        close,
        tickets,
        desk,
        number=SECOND,
        outcome="successful",
        answer="Fatto",
        asked=by("bruno.galli", at=6),
    )
    if not is_own:
        numbered(tickets, SECOND).requester = HUGO

    begun = await do(
        requester_reply,
        tickets,
        desk,
        number=FIRST,
        body="E adesso?",
        asked=by_giulia(at=7),
        counters=FakeCounters(),
    )

    created = next(event for event in tickets.events if event.ticket.id == begun.id)
    assert (begun.requester, begun.subject, begun.fields) == (
        GIULIA,
        "Seconda rata",
        {"matricola": "123456"},
    )
    assert [(article.author.identity, article.body) for article in created.articles] == [
        ("giulia.neri", "E adesso?")
    ]
    assert {each.to for each in begun.links} == ({FIRST, SECOND} if is_own else {FIRST})


async def test_a_merged_request_does_not_end_with_the_one_that_is_withdrawn() -> None:
    tickets = make_some()
    await do(link, tickets, DESK, number=FIRST, to=THIRD, kind="related", asked=by("bruno.galli"))
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli", at=5))

    after = await do(withdraw_own, tickets, DESK, number=SECOND, asked=by_giulia(at=6))

    back = numbered(tickets, FIRST)
    assert (after.state, back.state, back.merged_into) == ("withdrawn", "new", None)
    assert linked(tickets) == {FIRST: {THIRD}, SECOND: set(), THIRD: {FIRST}}
    assert [event.ticket.number for event in tickets.events[-1:]] == [SECOND]


async def test_a_merged_child_does_not_end_with_the_one_that_is_withdrawn() -> None:
    parent = make_queued_ticket(owner=ANNA)
    children = [make_child(parent, number=number) for number in (SECOND, THIRD)]
    tickets = FakeTickets(parent, *children)
    await do(merge, tickets, DESK, number=SECOND, into=THIRD, asked=by("carla.monti", at=5))

    await do(withdraw, tickets, DESK, number=THIRD, asked=by("anna.ferri", at=6))

    assert (numbered(tickets, SECOND).state, numbered(tickets, THIRD).state) == ("new", "withdrawn")


async def test_a_parent_waits_for_the_child_into_which_another_was_merged() -> None:
    parent = make_queued_ticket(owner=ANNA)
    first, second = make_child(parent, number=SECOND), make_child(parent, number=THIRD, owner=CARLA)
    tickets = FakeTickets(parent, first, second)

    await do(merge, tickets, DESK, number=SECOND, into=THIRD, asked=by("carla.monti", at=5))
    states = []
    for at in (6, 8):
        news = [(event, Cause.fresh()) for event in tickets.further if isinstance(event, ChildTold)]
        await hear_of_children(tickets, FakeCounters(), tickets, DESK, news=news, now=minutes(at))
        states.append(tickets.kept[parent.id].state)
        if at == 6:
            await do(
                close,
                tickets,
                DESK,
                number=THIRD,
                outcome="successful",
                answer="Fatto",
                asked=by("carla.monti", at=7),
            )

    assert states == ["waiting_children", "open"]
