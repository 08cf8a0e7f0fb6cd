"""Merges of merged tickets, undone in any order: what they brought comes back to where it was."""

from contextlib import suppress
from itertools import combinations
from random import Random

import pytest

from shared.core.errors import OtherTicketForbids, Refusal
from tests.factories.tickets_merging import IVO, RITA, A, B, C, Story, X, Y

# ------------------------------------------------------------ chains


async def test_a_chain_of_merges_is_undone_from_its_end_and_all_is_as_before() -> None:
    story = Story({A: (IVO,), B: (RITA,), C: (IVO,)})
    for number, to in ((A, X), (B, Y), (C, Y)):
        await story.links(number, to)
    watchers, links = story.watchers(), story.linked()
    await story.merges(A, into=B)
    half = story.watchers(), story.linked()
    await story.merges(B, into=C)
    whole = story.watchers(), story.linked()

    with pytest.raises(OtherTicketForbids) as too_early:
        await story.undoes(A)
    await story.undoes(B)
    half_again = story.watchers(), story.linked()
    await story.undoes(A)

    assert whole == (
        {C: {IVO, RITA}},
        {C: {(X, "related"), (Y, "related")}, X: {(C, "related")}, Y: {(C, "related")}},
    )
    assert too_early.value == OtherTicketForbids("merged", "undo", B)
    assert half_again == half
    assert (story.watchers(), story.linked()) == (watchers, links)


async def test_a_target_that_was_merged_first_leaves_what_a_later_merge_brought() -> None:
    story = Story({A: (IVO,), B: (IVO, RITA)})
    await story.links(A, X)
    await story.links(B, X)
    await story.merges(B, into=C)
    await story.merges(A, into=B)  # goes on as C

    await story.undoes(B)
    between = story.watchers(), story.linked()
    await story.undoes(A)

    assert story[A].merged_into is None
    assert between == (
        {B: {IVO, RITA}, C: {IVO}},
        {B: {(X, "related")}, C: {(X, "related")}, X: {(B, "related"), (C, "related")}},
    )
    assert (story.watchers(), story.linked()) == (
        {A: {IVO}, B: {IVO, RITA}},
        {A: {(X, "related")}, B: {(X, "related")}, X: {(A, "related"), (B, "related")}},
    )


async def test_what_people_set_along_a_chain_stays_where_they_set_it() -> None:
    story = Story({A: (IVO,)})
    await story.links(A, X)
    await story.merges(A, into=B)
    await story.watches(B, IVO)
    await story.merges(B, into=C)
    await story.watches(C, RITA)
    await story.links(C, X)

    await story.undoes(B, A)

    assert story.watchers() == {A: {IVO}, B: {IVO}, C: {RITA}}
    assert story.linked() == {
        A: {(X, "related")},
        C: {(X, "related")},
        X: {(A, "related"), (C, "related")},
    }


async def test_a_ticket_that_the_link_leads_to_is_merged_and_comes_back_in_between() -> None:
    story = Story()
    await story.links(A, X, "duplicate")
    await story.merges(A, into=B)
    await story.merges(X, into=Y)
    moved = story.linked()
    await story.undoes(A)
    between = story.linked()
    await story.undoes(X)

    assert (moved, between) == (
        {B: {(Y, "duplicate")}, Y: {(B, "duplicate")}},
        {A: {(Y, "duplicate")}, Y: {(A, "duplicate")}},
    )
    assert story.linked() == {A: {(X, "duplicate")}, X: {(A, "duplicate")}}


# ------------------------------------------------------------ whatever the order


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_was_merged_in_whatever_order_all_is_as_before_when_all_is_undone(
    seed: int,
) -> None:
    chance = Random(seed)
    numbers = (A, B, C, X, Y)
    story = Story(
        {number: tuple(who for who in (IVO, RITA) if chance.random() < 0.4) for number in numbers}
    )
    for one, other in combinations(numbers, 2):
        if chance.random() < 0.4:
            await story.links(one, other, chance.choice(("related", "duplicate")))
    before = story.watchers(), story.linked()
    for number, into in (chance.sample(numbers, 2) for _ in range(4)):
        with suppress(Refusal):
            await story.merges(number, into)
    merged = [number for number in numbers if story[number].state == "merged"]

    while merged:
        number = chance.choice(merged)
        with suppress(OtherTicketForbids):
            await story.undoes(number)
            merged.remove(number)

    assert (story.watchers(), story.linked()) == before
    assert [ticket.own for ticket in story.tickets.kept.values()] == [None] * len(numbers)
