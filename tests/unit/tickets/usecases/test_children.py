"""Children: opening, sending back, completing, taking back, answering, ending."""

from collections.abc import Sequence
from typing import cast
from uuid import uuid4

import pytest

from services.tickets.domain.children import bounced
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.children import bounce, hear_of_children, open_child, resend
from services.tickets.usecases.closing import close, reopen
from services.tickets.usecases.correspondence import ask, reply
from services.tickets.usecases.withdrawing import withdraw
from shared.contracts.desk import Desk
from shared.contracts.events.families import (
    ChildTold,
    TicketChildOpened,
    TicketChildReported,
    TicketResent,
)
from shared.contracts.events.tickets import TicketAnswered, TicketCreated
from shared.core.cause import Cause
from shared.core.errors import (
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    NotAChild,
    NotThere,
    ParentEnded,
    Refusal,
    StateForbids,
)
from tests.factories.tickets import ANNA, CARLA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()
CAREERS = "studenti/carriere"
NEEDY = DESK.model_copy(
    update={
        "queues": {
            **DESK.queues,
            CAREERS: DESK.queues[CAREERS].model_copy(update={"needs": ("matricola",)}),
        }
    }
)


def by(identity: str, *, at: float = 5) -> Asked:
    cause = Cause.fresh()
    return Asked(
        make_operator(identity),
        minutes(at),
        Cause(cause.correlation_id, uuid4(), cause.traceparent),
    )


async def opened(
    tickets: FakeTickets,
    parent: Ticket,
    *,
    queue: str | None = CAREERS,
    request_type: str | None = None,
    desk: Desk = DESK,
    asked: Asked,
) -> Ticket:
    return await do(
        open_child,
        tickets,
        desk,
        number=parent.number,
        queue=queue,
        request_type=request_type,
        subject=" Verifica ",
        body="Verificate, per favore.",
        fields={"matricola": "123456"},
        asked=asked,
        counters=FakeCounters(),
    )


async def hear(
    tickets: FakeTickets,
    news: Sequence[ChildTold] | None = None,
    *,
    desk: Desk = DESK,
    at: float = 20,
) -> None:
    """Let the parents hear `news`, by default all that was ever told."""
    heard = (
        news
        if news is not None
        else [event for event in tickets.further if isinstance(event, ChildTold)]
    )
    told = [(each, Cause.fresh()) for each in heard]
    await hear_of_children(tickets, FakeCounters(), tickets, desk, news=told, now=minutes(at))


async def test_a_child_carries_what_the_relation_says_and_its_parent_waits() -> None:
    parent = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(parent)

    child = await opened(tickets, parent, asked=by("anna.ferri"))

    created, waits = tickets.events
    assert isinstance(created, TicketCreated)
    assert (child.state, child.queue, child.owner, child.request_type) == (
        "new",
        CAREERS,
        None,
        None,
    )
    assert (child.subject, child.fields, child.requester) == (
        "Verifica",
        {"matricola": "123456"},
        parent.requester,
    )
    assert (child.parent_id, child.parent) == (parent.id, parent.number)
    assert child.routing is not None
    assert child.routing.reason == f"opened in queue {CAREERS}"
    assert [(article.kind, article.body, article.author) for article in created.articles] == [
        ("request", "Verificate, per favore.", ANNA)
    ]
    assert isinstance(waits, TicketChildOpened)
    (article,) = waits.articles
    assert (article.kind, article.visible_to_requester) == ("child", False)
    after = tickets.kept[parent.id]
    assert (after.state, after.children, after.owner) == (
        "waiting_children",
        (child.number,),
        "anna.ferri",
    )


async def test_the_same_message_opens_the_same_child() -> None:
    parent = make_queued_ticket(owner=ANNA)
    asked = by("anna.ferri")

    first = await opened(FakeTickets(parent), parent, asked=asked)
    again = await opened(FakeTickets(parent), parent, asked=asked)

    assert first.id == again.id


async def test_a_child_of_a_request_type_waits_for_routing() -> None:
    parent = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(parent)

    child = await opened(tickets, parent, queue=None, request_type="tasse", asked=by("anna.ferri"))

    assert (child.queue, child.request_type, child.routing_asked_at) == (None, "tasse", minutes(5))


@pytest.mark.parametrize(
    ("queue", "request_type", "refusal"),
    [
        ("nowhere", None, ImpossibleValue("queue", "unknown_queue", "nowhere")),
        ("studenti", None, ImpossibleValue("queue", "asks_itself", "studenti")),
        (None, None, ImpossibleValue("queue", "exactly_one")),
        (CAREERS, "tasse", ImpossibleValue("queue", "exactly_one")),
        (None, "nothing", ImpossibleValue("request_type", "unknown_request_type", "nothing")),
    ],
)
async def test_a_child_that_cannot_be_is_refused_and_nothing_is_written(
    queue: str | None, request_type: str | None, refusal: Refusal
) -> None:
    parent = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(parent)

    with pytest.raises(ImpossibleValue) as refused:
        await opened(
            tickets, parent, queue=queue, request_type=request_type, asked=by("anna.ferri")
        )

    assert refused.value == refusal
    assert tickets.done == []


async def test_a_child_that_lacks_what_its_queue_needs_is_refused_naming_it() -> None:
    parent = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(parent)
    queue = NEEDY.queues[CAREERS].model_copy(update={"needs": ("anno", "matricola", "corso")})
    desk = NEEDY.model_copy(update={"queues": {**NEEDY.queues, CAREERS: queue}})

    with pytest.raises(ImpossibleValue) as refused:
        await opened(tickets, parent, desk=desk, asked=by("anna.ferri"))

    assert refused.value == ImpossibleValue("queue", "needs_data", "anno, corso")
    assert tickets.done == []


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        ("bruno.galli", HeldBySomebodyElse("anna.ferri")),
        ("ivo.santi", MissingRight("rw")),
        ("carla.monti", NotThere()),
    ],
)
async def test_only_the_owner_opens_children(identity: str, refusal: Refusal) -> None:
    parent = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(parent)

    with pytest.raises(type(refusal)) as refused:
        await opened(tickets, parent, asked=by(identity))

    assert refused.value == refusal
    assert tickets.done == []


async def test_a_grandchild_never_goes_back_to_an_office_above_it() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)

    with pytest.raises(ImpossibleValue) as refused:
        await opened(tickets, child, queue="studenti", asked=by("carla.monti"))
    grandchild = await opened(tickets, child, queue="ict", asked=by("carla.monti"))

    assert refused.value == ImpossibleValue("queue", "asks_itself", "studenti")
    assert (grandchild.parent, tickets.kept[child.id].state) == (child.number, "waiting_children")


async def test_a_bounced_child_goes_back_to_who_opened_it_with_the_reason() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)

    after = await do(
        bounce, tickets, DESK, number=child.number, reason=" Manca l'anno ", asked=by("carla.monti")
    )
    await hear(tickets)

    assert (after.state, after.queue, after.owner, after.last_owner, after.bounced_by) == (
        "returned",
        CAREERS,
        None,
        "carla.monti",
        "carla.monti",
    )
    report = tickets.events[-1]
    assert isinstance(report, TicketChildReported)
    (article,) = report.articles
    assert (article.kind, article.body, article.author.identity) == (
        "child",
        "Manca l'anno",
        "carla.monti",
    )
    assert article.child is not None
    assert (article.child.number, article.child.news) == (child.number, "returned")
    assert tickets.kept[parent.id].state == "waiting_children", "it has not ended"


async def test_only_a_child_is_bounced() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(StateForbids) as refused:
        await do(bounce, tickets, DESK, number=ticket.number, reason="No", asked=by("anna.ferri"))

    assert refused.value == NotAChild("open", "bounce")
    assert tickets.done == []


def returned_child() -> tuple[FakeTickets, Ticket, Ticket]:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    bounced(child, reason="Manca l'anno", actor=CARLA, desk=DESK, at=minutes(6))
    return FakeTickets(parent, child), parent, child


async def test_a_returned_child_is_completed_and_goes_to_the_same_queue_again() -> None:
    tickets, _, child = returned_child()

    after = await do(
        resend,
        tickets,
        DESK,
        number=child.number,
        fields={"anno": "2026/2027"},
        body="Ecco",
        asked=by("anna.ferri", at=7),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketResent)
    assert (after.state, after.queue, after.owner) == ("new", CAREERS, None)
    assert after.fields == {"matricola": "123456", "anno": "2026/2027"}
    assert event.bounced_by == "carla.monti"
    assert [(article.kind, article.body) for article in event.articles] == [("reply", "Ecco")]


async def test_a_child_that_went_to_an_office_above_it_is_not_sent_there_again() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    bounced(child, reason="È vostro", actor=CARLA, desk=DESK, at=minutes(6))
    child.queue = parent.queue
    tickets = FakeTickets(parent, child)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            resend,
            tickets,
            DESK,
            number=child.number,
            fields={},
            body="Ecco",
            asked=by("anna.ferri"),
        )

    assert refused.value == ImpossibleValue("queue", "asks_itself", str(parent.queue))
    assert tickets.done == []


async def test_a_completed_child_that_still_lacks_data_is_refused() -> None:
    tickets, _, child = returned_child()

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            resend,
            tickets,
            NEEDY,
            number=child.number,
            fields={"matricola": " "},
            body="Ecco",
            asked=by("anna.ferri"),
        )

    assert refused.value == ImpossibleValue("queue", "needs_data", "matricola")
    assert tickets.done == []


async def test_a_child_whose_queue_was_closed_goes_where_the_rules_say() -> None:
    tickets, _, child = returned_child()
    desk = DESK.model_copy(
        update={
            "queues": {
                **DESK.queues,
                CAREERS: DESK.queues[CAREERS].model_copy(update={"closed": True}),
            }
        }
    )

    after = await do(
        resend,
        tickets,
        desk,
        number=child.number,
        fields={},
        body="Ecco",
        asked=by("anna.ferri", at=7),
    )

    assert (after.queue, after.routing_asked_at, after.state) == (None, minutes(7), "new")


@pytest.mark.parametrize("identity", ["bruno.galli", "carla.monti"])
async def test_only_the_owner_of_the_parent_resends_or_withdraws(identity: str) -> None:
    tickets, _, child = returned_child()
    expected: Refusal = MissingRight("parent_owner") if identity == "carla.monti" else NotThere()

    for act in (
        do(resend, tickets, DESK, number=child.number, fields={}, body="x", asked=by(identity)),
        do(withdraw, tickets, DESK, number=child.number, asked=by(identity)),
    ):
        with pytest.raises(type(expected)) as refused:
            await act
        assert refused.value == expected
    assert tickets.done == []


async def test_a_withdrawn_child_counts_as_ended_and_its_parent_goes_on() -> None:
    tickets, parent, child = returned_child()

    await do(withdraw, tickets, DESK, number=child.number, asked=by("anna.ferri", at=7))
    await hear(tickets)

    assert tickets.kept[child.id].state == "withdrawn"
    assert tickets.kept[parent.id].state == "open"


async def test_the_parent_waits_for_the_last_child_and_hears_each_once() -> None:
    parent = make_queued_ticket(owner=ANNA)
    first = make_child(parent, number="2026092810000101", owner=CARLA)
    second = make_child(parent, number="2026092810000102", owner=CARLA)
    tickets = FakeTickets(parent, first, second)

    await do(
        close,
        tickets,
        DESK,
        number=first.number,
        outcome="successful",
        answer="In regola",
        asked=by("carla.monti", at=8),
    )
    await hear(tickets)
    after_first = tickets.kept[parent.id].state
    await do(
        close,
        tickets,
        DESK,
        number=second.number,
        outcome="unsuccessful",
        answer="Non trovata",
        asked=by("carla.monti", at=9),
    )
    await hear(tickets)
    await hear(tickets)

    reports = [event for event in tickets.events if isinstance(event, TicketChildReported)]
    assert after_first == "waiting_children"
    assert [(report.child, report.news, report.articles[0].body) for report in reports] == [
        (first.number, "outcome", "In regola"),
        (second.number, "outcome", "Non trovata"),
    ]
    assert tickets.kept[parent.id].state == "open"


async def test_two_children_that_end_at_once_open_the_parent_whichever_is_heard_first() -> None:
    parent = make_queued_ticket(owner=ANNA)
    children = [make_child(parent, number=f"202609281000010{n}", owner=CARLA) for n in (1, 2)]
    tickets = FakeTickets(parent, *children)
    for child in children:
        await do(
            close,
            tickets,
            DESK,
            number=child.number,
            outcome="successful",
            answer="Fatto",
            asked=by("carla.monti"),
        )
    first, second = cast("list[ChildTold]", tickets.further)

    await hear(tickets, [second])
    await hear(tickets, [first])

    states = [
        event.ticket.state for event in tickets.events if isinstance(event, TicketChildReported)
    ]
    assert states == ["open", "open"]


async def test_a_childs_question_is_answered_by_the_parents_owner_and_reaches_nobody_else() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)

    await do(
        ask, tickets, DESK, number=child.number, body="Quale anno?", asked=by("carla.monti", at=8)
    )
    await hear(tickets)
    after = await do(
        reply, tickets, DESK, number=child.number, body="Il 2026", asked=by("anna.ferri", at=9)
    )

    question = next(
        event for event in tickets.events if isinstance(event, TicketChildReported)
    ).articles[0]
    assert (question.kind, question.body, question.visible_to_requester) == (
        "child",
        "Quale anno?",
        False,
    )
    assert (after.state, tickets.events[-1].articles[0].kind) == ("open", "reply")


async def test_an_answer_goes_on_to_the_requester_where_the_desk_allows_it() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)
    queue = DESK.queues[CAREERS].model_copy(update={"answers_requester": True})
    desk = DESK.model_copy(update={"queues": {**DESK.queues, CAREERS: queue}})

    await do(reply, tickets, desk, number=child.number, body="In regola", asked=by("carla.monti"))
    await hear(tickets, desk=desk)

    event = tickets.events[-1]
    assert isinstance(event, TicketAnswered)
    assert (event.ticket.id, event.ticket.state) == (parent.id, "waiting_children")
    assert [
        (article.kind, article.body, article.visible_to_requester) for article in event.articles
    ] == [("answer", "In regola", True)]


async def test_reopening_a_child_makes_its_parent_wait_again() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)
    await do(
        close,
        tickets,
        DESK,
        number=child.number,
        outcome="successful",
        answer="Fatto",
        asked=by("carla.monti", at=8),
    )
    await hear(tickets)

    await do(
        reopen,
        tickets,
        DESK,
        number=child.number,
        reason="Non è così",
        asked=by("carla.monti", at=9),
    )
    await hear(tickets)

    assert (tickets.kept[child.id].state, tickets.kept[parent.id].state) == (
        "open",
        "waiting_children",
    )


async def test_no_child_is_reopened_once_its_parent_has_ended() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    tickets = FakeTickets(parent, child)
    await do(
        close,
        tickets,
        DESK,
        number=child.number,
        outcome="successful",
        answer="Fatto",
        asked=by("carla.monti", at=8),
    )
    await hear(tickets)
    await do(
        close,
        tickets,
        DESK,
        number=parent.number,
        outcome="successful",
        answer="Fatto",
        asked=by("anna.ferri", at=9),
    )
    known = len(tickets.done)

    with pytest.raises(StateForbids) as refused:
        await do(
            reopen,
            tickets,
            DESK,
            number=child.number,
            reason="Non è così",
            asked=by("carla.monti", at=10),
        )
    with pytest.raises((StateForbids, HeldByNobody)):
        await do(
            reply,
            tickets,
            DESK,
            number=child.number,
            body="E allora?",
            asked=by("anna.ferri", at=10),
        )

    assert refused.value == ParentEnded("closed_successful", "reopen")
    assert len(tickets.done) == known
