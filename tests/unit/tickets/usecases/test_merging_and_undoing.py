"""What goes along with a merge and comes back with its undoing: by the table, in any order, and
along chains of merges.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import permutations

import pytest

from services.tickets.domain.links import MERGE_EFFECTS, Follows, MergeEffect
from services.tickets.domain.record import TicketRecord
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.handover import escalate
from services.tickets.usecases.merging import merge
from services.tickets.usecases.ownership import take
from services.tickets.usecases.sharing import share, unshare
from services.tickets.usecases.undoing import undo
from shared.contracts.events.ticket_state import Link
from shared.contracts.people import Reader
from tests.factories.tickets import ANNA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_merging import DESK, IVO, RITA, A, B, C, Story, X
from tests.fakes.tickets_do import do

# ------------------------------------------------------------ by the table


def make_full(number: str) -> Ticket:
    ticket = make_queued_ticket(number=number, owner=ANNA)
    make_child(ticket, number=f"{number[:-2]}99").state = "closed_successful"
    ticket.responsible, ticket.priority, ticket.watchers = "bruno.galli", 4, (IVO,)
    ticket.shared_with, ticket.postponed_until = (
        (Reader(name="Hugo", email="hugo@example.edu"),),
        minutes(999),
    )
    return replace(ticket, state="postponed")


def facts_with(effect: MergeEffect) -> list[str]:
    return [name for name, each in MERGE_EFFECTS.items() if each == effect]


def test_the_table_has_every_fact_of_a_ticket() -> None:
    assert set(MERGE_EFFECTS) == {each.name for each in fields(TicketRecord)}


async def test_each_fact_has_the_effect_of_the_table() -> None:
    story, full = Story(), make_full(A)
    story.tickets.kept[full.id] = full
    for old in [
        ticket
        for ticket in story.tickets.kept.values()
        if ticket.number == A and ticket is not full
    ]:
        del story.tickets.kept[old.id]
    await story.links(A, X)
    before = story[A]

    await story.merges(A, into=B)
    merged, target = story[A], story[B]
    await story.undoes(A)
    after = story[A]

    assert [
        name for name in facts_with("stays") if getattr(merged, name) != getattr(before, name)
    ] == []
    assert [(merged.watchers, merged.links), (target.watchers, target.links)] == [
        ((), ()),
        (before.watchers, before.links),
    ]
    assert (merged.state, merged.hop, merged.postponed_until) == ("merged", None, None)
    same = [*facts_with("stays"), *facts_with("moves"), *facts_with("suspended")]
    assert [
        name for name in same if name != "hop" and getattr(after, name) != getattr(before, name)
    ] == []
    assert (after.merged_into, after.closed_at, after.undoable) == (None, None, None)
    assert (story[B].watchers, story[B].links) == ((), ())


# ------------------------------------------------------------ watchers


@pytest.mark.parametrize("between", [A, B])
async def test_a_watch_that_was_set_meanwhile_stays_where_it_was_set(between: str) -> None:
    story = Story({A: (IVO,)})
    await story.merges(A, into=B)
    await story.watches(between, RITA)

    await story.undoes(A)

    assert story.watchers() == ({A: {IVO, RITA}} if between == A else {A: {IVO}, B: {RITA}})


@pytest.mark.parametrize("was_ended_first", [True, False])
async def test_who_came_along_and_then_watches_the_other_ticket_too_watches_both(
    was_ended_first: bool,
) -> None:
    story = Story({A: (IVO,)})
    await story.merges(A, into=B)
    if was_ended_first:
        await story.unwatches(B, IVO)
    await story.watches(B, IVO)

    await story.undoes(A)

    assert story.watchers() == {A: {IVO}, B: {IVO}}


@pytest.mark.parametrize("watched", [(A,), (A, B)])
async def test_who_stopped_watching_the_ticket_that_goes_on_watches_neither(
    watched: Sequence[str],
) -> None:
    story = Story(dict.fromkeys(watched, (IVO,)))
    await story.merges(A, into=B)
    await story.unwatches(B, IVO)

    await story.undoes(A)

    assert story.watchers() == {}


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_who_came_with_two_tickets_stays_until_both_have_left(
    order: Sequence[str], back: Sequence[str]
) -> None:
    story = Story({A: (IVO,), B: (IVO,)})
    for number in order:
        await story.merges(number, into=C)

    await story.undoes(back[0])
    between = story.watchers()
    await story.undoes(back[1])

    assert between == {back[0]: {IVO}, C: {IVO}}
    assert story.watchers() == {A: {IVO}, B: {IVO}}


# ------------------------------------------------------------ links


@pytest.mark.parametrize("was_taken_away_first", [True, False])
async def test_a_link_of_the_same_kind_that_was_set_again_stays_at_both(
    was_taken_away_first: bool,
) -> None:
    story = Story()
    await story.links(A, X)
    await story.merges(A, into=B)
    if was_taken_away_first:
        await story.unlinks(B, X)
    await story.links(B, X)

    await story.undoes(A)

    assert story.linked() == {
        A: {(X, "related")},
        B: {(X, "related")},
        X: {(A, "related"), (B, "related")},
    }


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_a_link_that_two_tickets_brought_stays_until_both_have_left(
    order: Sequence[str], back: Sequence[str]
) -> None:
    story = Story()
    await story.links(A, X, "duplicate")
    await story.links(B, X, "duplicate")
    before = story.linked()
    for number in order:
        await story.merges(number, into=C)

    await story.undoes(back[0])
    between = story.linked()
    await story.undoes(back[1])

    assert between == {
        back[0]: {(X, "duplicate")},
        C: {(X, "duplicate")},
        X: {(back[0], "duplicate"), (C, "duplicate")},
    }
    assert story.linked() == before


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_two_linked_tickets_that_were_merged_into_one_are_linked_again(
    order: Sequence[str], back: Sequence[str]
) -> None:
    story = Story()
    await story.links(A, B, "duplicate")
    before = story.linked()
    for number in order:
        await story.merges(number, into=C)
    while_merged = story.linked()

    await story.undoes(*back)

    assert (while_merged, story.linked()) == ({}, before)


# ------------------------------------------------------------ what stays


async def test_a_share_stays_with_its_ticket_before_during_and_after_a_merge() -> None:
    story = Story()
    hugo, ida, eva = (
        Reader(name=name, email=f"{name.lower()}@example.edu") for name in ("Hugo", "Ida", "Eva")
    )
    await do(
        share, story.tickets, DESK, number=A, name=hugo.name, email=hugo.email, asked=story.by()
    )
    await story.merges(A, into=B)
    await do(share, story.tickets, DESK, number=A, name=ida.name, email=ida.email, asked=story.by())
    await do(share, story.tickets, DESK, number=B, name=eva.name, email=eva.email, asked=story.by())
    while_merged = story[A].shared_with, story[B].shared_with
    await story.undoes(A)
    await do(unshare, story.tickets, DESK, number=A, email=hugo.email, asked=story.by())

    assert while_merged == ((hugo, ida), (eva,))
    assert (story[A].shared_with, story[B].shared_with) == ((ida,), (eva,))


async def test_tickets_merged_before_contributions_were_kept_come_back_by_their_history() -> None:
    story = Story({A: (IVO,)})
    await story.links(A, X)
    await story.merges(A, into=B)
    story[A].own = story[B].own = story[X].own = None

    await story.undoes(A)

    assert (story.watchers()[A], story.linked()[A]) == ({IVO}, {(X, "related")})


def test_what_follows_a_ticket_is_kept_in_a_column_as_it_is() -> None:
    follows = Follows((IVO, RITA), (Link(to=X, kind="related"),))

    assert Follows.from_json(follows.to_json()) == follows


async def test_an_escalated_ticket_merged_before_routing_decided_still_goes_to_the_next_level() -> (
    None
):
    story = Story()
    luisa = story.by("luisa.villa")
    await do(take, story.tickets, DESK, number=A, asked=luisa)
    await do(escalate, story.tickets, DESK, number=A, reason="serve un esperto", asked=luisa)
    await do(merge, story.tickets, DESK, number=A, into=B, asked=story.by("luisa.villa"))
    version = story[A].version

    await do(undo, story.tickets, DESK, number=A, version=version, asked=story.by("luisa.villa"))

    assert (story[A].state, story[A].queue, story[A].escalated_from) == ("open", None, "studenti")
    assert story[A].routing_asked_at is not None
