"""Links, watchers, merging, and taking back merges and moves."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.tickets.domain.children import bounced
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.handover import move
from services.tickets.usecases.links import link, unlink
from services.tickets.usecases.merging import merge
from services.tickets.usecases.ownership import take
from services.tickets.usecases.requester import requester_reply
from services.tickets.usecases.undoing import undo
from services.tickets.usecases.watching import unwatch, watch
from shared.contracts.events.families import ChildTold
from shared.contracts.events.merging import TicketAbsorbed, TicketMerged, TicketMergeUndone
from shared.contracts.events.ticket_state import Link
from shared.contracts.events.tickets import TicketMoveUndone
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import (
    CannotUndo,
    ChildrenOpen,
    ImpossibleValue,
    MissingRight,
    NotThere,
    OtherTicketForbids,
    Refusal,
)
from tests.factories.tickets import ANNA, REQUESTER, T0, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()
FIRST, SECOND, THIRD, FOURTH = (
    "2026092810000016",
    "2026092810000025",
    "2026092810000061",
    "2026092810000071",
)
CAREERS = "studenti/carriere"


def by(identity: str, *, at: float = 5) -> Asked:
    cause = Cause.fresh()
    return Asked(
        make_operator(identity),
        minutes(at),
        Cause(cause.correlation_id, uuid4(), cause.traceparent),
    )


def make_two(*, queue: str = "studenti") -> tuple[FakeTickets, Ticket, Ticket]:
    first, second = (
        make_queued_ticket(number=FIRST, owner=ANNA),
        make_queued_ticket(number=SECOND, queue=queue),
    )
    return FakeTickets(first, second), first, second


# ------------------------------------------------------------ watchers and links


async def test_watching_is_told_once_and_ends_when_asked() -> None:
    tickets, first, _ = make_two()

    for _ in range(2):
        await do(watch, tickets, DESK, number=FIRST, asked=by("ivo.santi"))
    watching = tickets.kept[first.id].watchers
    for _ in range(2):
        await do(unwatch, tickets, DESK, number=FIRST, asked=by("ivo.santi"))

    assert (watching, tickets.kept[first.id].watchers, len(tickets.done)) == (("ivo.santi",), (), 2)


async def test_who_may_not_see_a_ticket_does_not_watch_it() -> None:
    tickets, *_ = make_two()

    with pytest.raises(NotThere):
        await do(watch, tickets, DESK, number=FIRST, asked=by("carla.monti"))

    assert tickets.done == []


async def test_a_link_stands_at_both_tickets_and_a_second_kind_replaces_the_first() -> None:
    tickets, first, second = make_two()

    await do(link, tickets, DESK, number=FIRST, to=SECOND, kind="related", asked=by("bruno.galli"))
    await do(
        link, tickets, DESK, number=FIRST, to=SECOND, kind="duplicate", asked=by("bruno.galli")
    )
    await do(
        link, tickets, DESK, number=FIRST, to=SECOND, kind="duplicate", asked=by("bruno.galli")
    )

    assert tickets.kept[first.id].links == (Link(to=SECOND, kind="duplicate"),)
    assert tickets.kept[second.id].links == (Link(to=FIRST, kind="duplicate"),)
    assert len(tickets.done) == 4


@pytest.mark.parametrize(
    ("to", "identity", "refusal"),
    [
        (FIRST, "anna.ferri", ImpossibleValue("to", "itself", FIRST)),
        (
            "2026092810000427",
            "anna.ferri",
            ImpossibleValue("to", "unknown_ticket", "2026092810000427"),
        ),
        (SECOND, "anna.ferri", ImpossibleValue("to", "unknown_ticket", SECOND)),
        (SECOND, "ivo.santi", MissingRight("rw")),
        (SECOND, "carla.monti", NotThere()),
    ],
)
async def test_a_link_that_cannot_be_is_refused(to: str, identity: str, refusal: Refusal) -> None:
    tickets, *_ = make_two(queue="ict")

    with pytest.raises(type(refusal)) as refused:
        await do(link, tickets, DESK, number=FIRST, to=to, kind="related", asked=by(identity))

    assert refused.value == refusal
    assert tickets.done == []


async def test_a_link_is_taken_away_at_both_tickets_once() -> None:
    tickets, first, second = make_two()
    await do(link, tickets, DESK, number=FIRST, to=SECOND, kind="related", asked=by("bruno.galli"))

    for _ in range(2):
        await do(unlink, tickets, DESK, number=SECOND, to=FIRST, asked=by("bruno.galli"))

    assert (tickets.kept[first.id].links, tickets.kept[second.id].links) == ((), ())
    assert [(event.NAME, event.ticket.number) for event in tickets.events[2:]] == [
        ("tickets.ticket.unlinked.v1", SECOND),
        ("tickets.ticket.unlinked.v1", FIRST),
    ]


async def test_a_returned_child_named_in_a_link_is_named_as_the_obstacle() -> None:
    ticket, parent = (
        make_queued_ticket(number=FIRST),
        make_queued_ticket(number="2026092810000061", owner=ANNA),
    )
    child = make_child(parent, number=SECOND, queue="studenti")
    bounced(child, reason="manca l'anno", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(ticket, parent, child)

    with pytest.raises(OtherTicketForbids) as refused:
        await do(
            link, tickets, DESK, number=FIRST, to=SECOND, kind="related", asked=by("anna.ferri")
        )

    assert refused.value == OtherTicketForbids("returned", "links", SECOND)
    assert tickets.done == []


async def test_links_need_the_right_to_work_both_tickets() -> None:
    desk = make_desk(rights={"anna.ferri": {"urp": ("rw",), "ict": ("ro", "note")}})
    tickets, first, second = make_two(queue="ict")
    first.links, second.links = (
        (Link(to=SECOND, kind="related"),),
        (Link(to=FIRST, kind="related"),),
    )

    for act, other in (
        (
            do(
                link,
                tickets,
                desk,
                number=FIRST,
                to=SECOND,
                kind="duplicate",
                asked=by("anna.ferri"),
            ),
            SECOND,
        ),
        (
            do(
                link,
                tickets,
                desk,
                number=SECOND,
                to=FIRST,
                kind="duplicate",
                asked=by("anna.ferri"),
            ),
            "",
        ),
        (do(unlink, tickets, desk, number=FIRST, to=SECOND, asked=by("anna.ferri")), SECOND),
    ):
        with pytest.raises(MissingRight) as refused:
            await act
        assert refused.value == MissingRight("rw", other)
    assert tickets.done == []


# ------------------------------------------------------------ merging


async def test_a_merged_ticket_goes_on_as_the_other_with_its_watchers() -> None:
    tickets, first, second = make_two()
    first.watchers, second.watchers = ("ivo.santi", "rita.vera"), ("ivo.santi",)

    after = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))

    merged, absorbed = tickets.events
    assert isinstance(merged, TicketMerged)
    assert isinstance(absorbed, TicketAbsorbed)
    assert (after.state, after.merged_into, after.merged_into_id, after.hop, after.watchers) == (
        "merged",
        SECOND,
        second.id,
        None,
        (),
    )
    assert (tickets.kept[second.id].watchers, tickets.kept[second.id].state) == (
        ("ivo.santi", "rita.vera"),
        "new",
    )
    assert (merged.into, absorbed.absorbed) == (SECOND, FIRST)


async def test_a_reply_to_a_merged_ticket_goes_to_the_one_that_goes_on() -> None:
    tickets, *_ = make_two()
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
    asked = Asked(GIULIA, minutes(9), Cause.fresh())

    after = await do(
        requester_reply,
        tickets,
        DESK,
        number=FIRST,
        body="Ancora niente",
        asked=asked,
        counters=FakeCounters(),
    )

    kept, told = tickets.events[-2:]
    assert (after.number, after.state, kept.ticket.number, told.ticket.number) == (
        FIRST,
        "merged",
        FIRST,
        SECOND,
    )
    assert [(article.kind, article.body, article.author) for article in kept.articles] == [
        ("reply", "Ancora niente", REQUESTER)
    ]
    assert (told.NAME, told.articles) == ("tickets.ticket.requester-replied.v1", ())


async def test_what_another_requester_writes_to_a_merged_ticket_is_not_shown_to_the_first() -> None:
    tickets, first, _ = make_two()
    hugo = Requester(identity="hugo.marchi", name="Hugo Marchi", email="hugo.marchi@example.edu")
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
    # As tickets of two people were merged before that was refused.
    tickets.kept[first.id].requester = hugo

    for asked in (
        Asked(hugo, minutes(9), Cause.fresh()),
        Asked(GIULIA, minutes(10), Cause.fresh()),
    ):
        number = FIRST if asked.caller == hugo else SECOND
        await do(
            requester_reply,
            tickets,
            DESK,
            number=number,
            body="Ancora niente",
            asked=asked,
            counters=FakeCounters(),
        )

    written = [
        (event.ticket.number, article.author.identity)
        for event in tickets.events[2:]
        for article in event.articles
    ]
    assert written == [(FIRST, "hugo.marchi"), (SECOND, "giulia.neri")]


async def test_a_merge_into_a_merged_ticket_goes_to_the_one_that_goes_on() -> None:
    tickets, *_ = make_two()
    third = make_queued_ticket(number=THIRD)
    tickets.kept[third.id] = third
    await do(merge, tickets, DESK, number=SECOND, into=THIRD, asked=by("bruno.galli"))

    after = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))

    assert after.merged_into == THIRD


@pytest.mark.parametrize(
    ("number", "into", "identity", "refusal"),
    [
        (FIRST, FIRST, "anna.ferri", ImpossibleValue("into", "itself", FIRST)),
        (
            FIRST,
            "2026092810000427",
            "anna.ferri",
            ImpossibleValue("into", "unknown_ticket", "2026092810000427"),
        ),
        (FIRST, SECOND, "ivo.santi", MissingRight("rw")),
        (FIRST, SECOND, "carla.monti", NotThere()),
        (FIRST, "nonsense", "anna.ferri", ImpossibleValue("into", "unknown_ticket", "nonsense")),
    ],
)
async def test_a_merge_that_cannot_be_is_refused(
    number: str, into: str, identity: str, refusal: Refusal
) -> None:
    tickets, *_ = make_two()

    with pytest.raises(type(refusal)) as refused:
        await do(merge, tickets, DESK, number=number, into=into, asked=by(identity))

    assert refused.value == refusal
    assert tickets.done == []


async def test_tickets_are_never_merged_in_a_circle() -> None:
    tickets, *_ = make_two()
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("anna.ferri"))

    with pytest.raises(ImpossibleValue) as refused:
        await do(merge, tickets, DESK, number=SECOND, into=FIRST, asked=by("anna.ferri"))

    assert refused.value == ImpossibleValue("into", "merged_here", FIRST)
    assert len(tickets.done) == 2


async def test_no_parent_is_merged_while_a_child_is_open_and_none_into_its_family() -> None:
    parent, other = make_queued_ticket(number=FIRST, owner=ANNA), make_queued_ticket(number=SECOND)
    child = make_child(parent, number=THIRD)
    tickets = FakeTickets(parent, other, child)

    with pytest.raises(ChildrenOpen) as open_child:
        await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("luisa.villa"))
    with pytest.raises(ImpossibleValue) as into_its_parent:
        await do(merge, tickets, DESK, number=THIRD, into=FIRST, asked=by("luisa.villa"))

    assert open_child.value == ChildrenOpen("waiting_children", "merge")
    assert into_its_parent.value == ImpossibleValue("into", "other_requester", FIRST)
    assert tickets.done == []


# ------------------------------------------------------------ taking it back


async def test_who_began_to_watch_a_merged_ticket_still_does_when_the_merge_is_taken_back() -> None:
    tickets, first, _ = make_two()
    first.watchers = ("rita.vera",)
    after = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
    await do(watch, tickets, DESK, number=FIRST, asked=by("bruno.galli", at=8))

    await do(
        undo, tickets, DESK, number=FIRST, version=after.version, asked=by("bruno.galli", at=9)
    )

    assert tickets.kept[first.id].watchers == ("rita.vera", "bruno.galli")


async def test_both_histories_name_the_other_ticket_of_a_merge_and_of_its_undoing() -> None:
    tickets, *_ = make_two()
    after = await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
    await do(
        undo, tickets, DESK, number=FIRST, version=after.version, asked=by("bruno.galli", at=9)
    )

    merged, absorbed, split, let_go = tickets.events
    assert (merged.changes["merged_into"], absorbed.changes["absorbed"]) == (
        (None, SECOND),
        (None, FIRST),
    )
    assert (split.changes["merged_into"], let_go.changes["absorbed"]) == (
        (SECOND, None),
        (FIRST, None),
    )


async def test_a_merge_is_taken_back_at_either_ticket_and_all_is_as_before() -> None:
    for at_target in (False, True):
        tickets, first, second = make_two()
        first.watchers, second.watchers = ("ivo.santi", "rita.vera"), ("ivo.santi",)
        await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
        merged, absorbed = tickets.events
        number, version = (
            (SECOND, absorbed.ticket.version) if at_target else (FIRST, merged.ticket.version)
        )

        after = await do(
            undo, tickets, DESK, number=number, version=version, asked=by("bruno.galli", at=9)
        )

        back, target = tickets.kept[first.id], tickets.kept[second.id]
        assert after.number == number
        assert (back.state, back.owner, back.merged_into, back.closed_at) == (
            "open",
            "anna.ferri",
            None,
            None,
        )
        assert (set(back.watchers), target.watchers) == ({"ivo.santi", "rita.vera"}, ("ivo.santi",))
        assert back.hop is not None
        assert [type(event) for event in tickets.events[2:]] == [
            TicketMergeUndone,
            TicketMergeUndone,
        ]


async def test_a_merge_is_not_taken_back_once_the_other_has_ended() -> None:
    tickets, first, second = make_two()
    await do(merge, tickets, DESK, number=FIRST, into=SECOND, asked=by("bruno.galli"))
    version = tickets.events[0].ticket.version
    target = tickets.kept[second.id]
    target.withdrawn(actor=ANNA, desk=DESK, at=minutes(7))

    with pytest.raises(OtherTicketForbids) as refused:
        await do(undo, tickets, DESK, number=FIRST, version=version, asked=by("bruno.galli", at=9))

    assert refused.value == OtherTicketForbids("withdrawn", "undo", SECOND)
    assert tickets.kept[first.id].state == "merged"


async def moved() -> tuple[FakeTickets, int]:
    ticket = make_queued_ticket(number=FIRST, owner=ANNA)
    tickets = FakeTickets(ticket)
    after = await do(
        move, tickets, DESK, number=FIRST, queue=CAREERS, reason=None, asked=by("anna.ferri")
    )
    return tickets, after.version


async def make_merged_children() -> tuple[FakeTickets, Ticket, Ticket, int]:
    """Two children of one parent, merged; return also the parent, the child that was merged, and
    the version that the merge made.
    """
    parent = make_queued_ticket(number=FIRST, owner=ANNA)
    children = [make_child(parent, number=number) for number in (THIRD, FOURTH)]
    tickets = FakeTickets(parent, *children)
    await do(merge, tickets, DESK, number=THIRD, into=FOURTH, asked=by("carla.monti"))
    return tickets, parent, children[0], tickets.kept[children[0].id].version


async def test_a_child_that_is_one_of_its_own_again_is_told_to_its_parent() -> None:
    tickets, parent, child, version = await make_merged_children()

    await do(undo, tickets, DESK, number=THIRD, version=version, asked=by("carla.monti", at=9))

    told = [event for event in tickets.further if isinstance(event, ChildTold)]
    assert [(event.parent_id, event.child_id, event.news) for event in told] == [
        (parent.id, child.id, "merged"),
        (parent.id, child.id, "reopened"),
    ]


async def test_a_child_does_not_go_on_below_a_parent_that_has_ended() -> None:
    tickets, parent, child, version = await make_merged_children()
    parent.state = "closed_successful"
    before = len(tickets.done)

    with pytest.raises(CannotUndo) as refused:
        await do(undo, tickets, DESK, number=THIRD, version=version, asked=by("carla.monti", at=9))

    assert refused.value == CannotUndo(version, "parent_ended")
    assert (tickets.kept[child.id].state, len(tickets.done)) == ("merged", before)


async def test_who_moved_a_ticket_out_of_his_sight_takes_it_back_with_its_owner() -> None:
    tickets, version = await moved()

    after = await do(
        undo, tickets, DESK, number=FIRST, version=version, asked=by("anna.ferri", at=9)
    )

    event = tickets.events[-1]
    assert isinstance(event, TicketMoveUndone)
    assert (after.queue, after.owner, event.undone) == ("studenti", "anna.ferri", version)


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [("bruno.galli", NotThere), ("rita.vera", NotThere), ("luisa.villa", None)],
)
async def test_others_need_to_see_it_and_the_owner_right(
    identity: str, refusal: type[Refusal] | None
) -> None:
    tickets, version = await moved()

    if refusal is None:
        after = await do(
            undo, tickets, DESK, number=FIRST, version=version, asked=by(identity, at=9)
        )
        assert after.queue == "studenti"
    else:
        with pytest.raises(refusal):
            await do(undo, tickets, DESK, number=FIRST, version=version, asked=by(identity, at=9))
        assert len(tickets.done) == 1


async def test_a_move_is_not_taken_back_once_somebody_works_there_nor_after_the_desks_hours() -> (
    None
):
    tickets, version = await moved()
    late = Asked(
        make_operator("anna.ferri"),
        T0 + timedelta(hours=DESK.policies.undo_hours, minutes=6),
        Cause.fresh(),
    )

    with pytest.raises(CannotUndo) as too_late:
        await do(undo, tickets, DESK, number=FIRST, version=version, asked=late)
    await do(take, tickets, DESK, number=FIRST, asked=by("carla.monti", at=8))
    with pytest.raises(CannotUndo) as overtaken:
        await do(undo, tickets, DESK, number=FIRST, version=version, asked=by("anna.ferri", at=9))

    assert too_late.value == CannotUndo(version, "too_late")
    assert overtaken.value == CannotUndo(version, "overtaken")
    assert len(tickets.done) == 2


@pytest.mark.parametrize("version", [1, 99])
async def test_only_merges_and_moves_are_taken_back(version: int) -> None:
    tickets, *_ = make_two()

    with pytest.raises(ImpossibleValue) as refused:
        await do(undo, tickets, DESK, number=FIRST, version=version, asked=by("anna.ferri"))

    assert refused.value == ImpossibleValue("version", "not_undoable", str(version))
    assert tickets.done == []
