"""What goes along with a merge and comes back with its undoing: by the table, in any order, and along chains of merges."""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import permutations
from uuid import uuid4

import pytest

from services.tickets.domain.going_along import FATES, Fate, Gathered
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.asked import Asked
from services.tickets.usecases.merging import merge
from services.tickets.usecases.sharing import share, unshare
from services.tickets.usecases.together import link, unlink, unwatch, watch
from services.tickets.usecases.undoing import undo
from shared.cause import Cause
from shared.errors import OtherTicketForbids
from shared.events.people import Reader
from shared.events.ticket_state import Link
from tests.fakes.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_make import ANNA, make_child, make_queued_ticket, minutes
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
A, B, C, X, Y = "2026092810000016", "2026092810000025", "2026092810000061", "2026092810000071", "2026092810000089"
IVO, RITA = "ivo.santi", "rita.vera"


class Story:
    """Tickets of one requester, and what operators do to them, a minute later each time."""

    def __init__(self, watchers: dict[str, tuple[str, ...]] | None = None) -> None:
        self.tickets = FakeTickets(*(make_queued_ticket(number=number) for number in (A, B, C, X, Y)))
        self.at = 5.0
        for number, watching in (watchers or {}).items():
            self[number].watchers = watching

    def __getitem__(self, number: str) -> Ticket:
        return next(ticket for ticket in self.tickets.kept.values() if ticket.number == number)

    def by(self, identity: str = "bruno.galli") -> Asked:
        self.at += 1
        return Asked(make_operator(identity), minutes(self.at), Cause(uuid4(), uuid4(), None))

    async def links(self, number: str, to: str, kind: str = "related") -> None:
        made = Link.model_validate({"to": to, "kind": kind})
        await link(self.tickets, DESK, number=number, to=made, asked=self.by())

    async def unlinks(self, number: str, to: str) -> None:
        await unlink(self.tickets, DESK, number=number, to=to, asked=self.by())

    async def watches(self, number: str, who: str) -> None:
        await watch(self.tickets, DESK, number=number, asked=self.by(who))

    async def unwatches(self, number: str, who: str) -> None:
        await unwatch(self.tickets, DESK, number=number, asked=self.by(who))

    async def merges(self, number: str, into: str) -> None:
        await merge(self.tickets, DESK, number=number, into=into, asked=self.by())

    async def undoes(self, *numbers: str) -> None:
        for number in numbers:
            change = self[number].undoable
            assert change is not None
            await undo(self.tickets, DESK, number=number, version=change.version, asked=self.by())

    def watchers(self) -> dict[str, set[str]]:
        return {ticket.number: set(ticket.watchers) for ticket in self.tickets.kept.values() if ticket.watchers}

    def linked(self) -> dict[str, set[tuple[str, str]]]:
        kept = self.tickets.kept.values()
        return {ticket.number: {(each.to, each.kind) for each in ticket.links} for ticket in kept if ticket.links}


# ------------------------------------------------------------ by the table


def make_full(number: str) -> Ticket:
    ticket = make_queued_ticket(number=number, owner=ANNA)
    make_child(ticket, number=f"{number[:-2]}99").state = "closed_successful"
    ticket.responsible, ticket.priority, ticket.watchers = "bruno.galli", 4, (IVO,)
    ticket.shared_with, ticket.postponed_until = (Reader(name="Hugo", email="hugo@example.edu"),), minutes(999)
    return replace(ticket, state="postponed")


def facts_with(fate: Fate) -> list[str]:
    return [name for name, each in FATES.items() if each == fate]


def test_the_table_has_every_fact_of_a_ticket() -> None:
    assert set(FATES) == {each.name for each in fields(Ticket)}


async def test_each_fact_meets_the_fate_of_the_table() -> None:
    story, full = Story(), make_full(A)
    story.tickets.kept[full.id] = full
    for old in [ticket for ticket in story.tickets.kept.values() if ticket.number == A and ticket is not full]:
        del story.tickets.kept[old.id]
    await story.links(A, X)
    before = story[A]

    await story.merges(A, into=B)
    merged, target = story[A], story[B]
    await story.undoes(A)
    after = story[A]

    assert [name for name in facts_with("stays") if getattr(merged, name) != getattr(before, name)] == []
    assert [(merged.watchers, merged.links), (target.watchers, target.links)] == [((), ()), (before.watchers, before.links)]
    assert (merged.state, merged.hop, merged.postponed_until) == ("merged", None, None)
    same = [*facts_with("stays"), *facts_with("goes_along"), *facts_with("rests")]
    assert [name for name in same if name != "hop" and getattr(after, name) != getattr(before, name)] == []
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
async def test_who_came_along_and_then_watches_the_other_ticket_too_watches_both(was_ended_first: bool) -> None:
    story = Story({A: (IVO,)})
    await story.merges(A, into=B)
    if was_ended_first:
        await story.unwatches(B, IVO)
    await story.watches(B, IVO)

    await story.undoes(A)

    assert story.watchers() == {A: {IVO}, B: {IVO}}


@pytest.mark.parametrize("watched", [(A,), (A, B)])
async def test_who_stopped_watching_the_ticket_that_goes_on_watches_neither(watched: Sequence[str]) -> None:
    story = Story(dict.fromkeys(watched, (IVO,)))
    await story.merges(A, into=B)
    await story.unwatches(B, IVO)

    await story.undoes(A)

    assert story.watchers() == {}


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_who_came_with_two_tickets_stays_until_both_have_left(order: Sequence[str], back: Sequence[str]) -> None:
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
async def test_a_link_of_the_same_kind_that_was_set_again_stays_at_both(was_taken_away_first: bool) -> None:
    story = Story()
    await story.links(A, X)
    await story.merges(A, into=B)
    if was_taken_away_first:
        await story.unlinks(B, X)
    await story.links(B, X)

    await story.undoes(A)

    assert story.linked() == {A: {(X, "related")}, B: {(X, "related")}, X: {(A, "related"), (B, "related")}}


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_a_link_that_two_tickets_brought_stays_until_both_have_left(order: Sequence[str], back: Sequence[str]) -> None:
    story = Story()
    await story.links(A, X, "duplicate")
    await story.links(B, X, "duplicate")
    before = story.linked()
    for number in order:
        await story.merges(number, into=C)

    await story.undoes(back[0])
    between = story.linked()
    await story.undoes(back[1])

    assert between == {back[0]: {(X, "duplicate")}, C: {(X, "duplicate")}, X: {(back[0], "duplicate"), (C, "duplicate")}}
    assert story.linked() == before


@pytest.mark.parametrize("order", list(permutations((A, B))))
@pytest.mark.parametrize("back", list(permutations((A, B))))
async def test_two_linked_tickets_that_were_merged_into_one_are_linked_again(order: Sequence[str], back: Sequence[str]) -> None:
    story = Story()
    await story.links(A, B, "duplicate")
    before = story.linked()
    for number in order:
        await story.merges(number, into=C)
    while_merged = story.linked()

    await story.undoes(*back)

    assert (while_merged, story.linked()) == ({}, before)


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

    assert whole == ({C: {IVO, RITA}}, {C: {(X, "related"), (Y, "related")}, X: {(C, "related")}, Y: {(C, "related")}})
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
    assert story.linked() == {A: {(X, "related")}, C: {(X, "related")}, X: {(A, "related"), (C, "related")}}


async def test_a_ticket_that_the_link_leads_to_is_merged_and_comes_back_in_between() -> None:
    story = Story()
    await story.links(A, X, "duplicate")
    await story.merges(A, into=B)
    await story.merges(X, into=Y)
    moved = story.linked()
    await story.undoes(A)
    between = story.linked()
    await story.undoes(X)

    assert (moved, between) == ({B: {(Y, "duplicate")}, Y: {(B, "duplicate")}}, {A: {(Y, "duplicate")}, Y: {(A, "duplicate")}})
    assert story.linked() == {A: {(X, "duplicate")}, X: {(A, "duplicate")}}


# ------------------------------------------------------------ what stays


async def test_a_share_stays_with_its_ticket_before_during_and_after_a_merge() -> None:
    story = Story()
    hugo, ida, eva = (Reader(name=name, email=f"{name.lower()}@example.edu") for name in ("Hugo", "Ida", "Eva"))
    await share(story.tickets, DESK, number=A, reader=hugo, asked=story.by())
    await story.merges(A, into=B)
    await share(story.tickets, DESK, number=A, reader=ida, asked=story.by())
    await share(story.tickets, DESK, number=B, reader=eva, asked=story.by())
    while_merged = story[A].shared_with, story[B].shared_with
    await story.undoes(A)
    await unshare(story.tickets, DESK, number=A, email=hugo.email, asked=story.by())

    assert while_merged == ((hugo, ida), (eva,))
    assert (story[A].shared_with, story[B].shared_with) == ((ida,), (eva,))


async def test_tickets_that_were_merged_before_it_was_kept_who_brought_what_come_back_by_their_history() -> None:
    story = Story({A: (IVO,)})
    await story.links(A, X)
    await story.merges(A, into=B)
    story[B].gathered = None

    await story.undoes(A)

    assert (story.watchers()[A], story.linked()[A]) == ({IVO}, {(X, "related")})


def test_what_is_gathered_is_kept_in_a_column_as_it_is() -> None:
    story = Story({A: (IVO,)})
    gathered = story[A].gathered or Gathered.from_json(
        {"own": {"watchers": [RITA], "links": []}, "brought": {A: {"watchers": [IVO], "links": [{"to": X, "kind": "related"}]}}}
    )

    assert Gathered.from_json(gathered.to_json()) == gathered
