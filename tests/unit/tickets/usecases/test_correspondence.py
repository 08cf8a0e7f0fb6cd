"""Reply, ask, note, close, reopen: what operators say, and how a ticket ends."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.tickets.domain.lifecycle import CloseOutcome
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.closing import close, reopen
from services.tickets.usecases.correspondence import ask, note, reply
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketNoted,
    TicketQuestionAsked,
    TicketReopened,
)
from shared.core.cause import Cause
from shared.core.errors import (
    ChildrenOpen,
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    Refusal,
    StateForbids,
    TooLarge,
)
from tests.factories.tickets import ANNA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()


def by(identity: str) -> Asked:
    return Asked(make_operator(identity), minutes(5), Cause.fresh())


async def test_a_question_makes_the_ticket_wait_for_the_requester() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        ask, tickets, DESK, number=ticket.number, body=" Quale anno? \n", asked=by("anna.ferri")
    )

    (event,) = tickets.events
    assert isinstance(event, TicketQuestionAsked)
    assert [(article.kind, article.body, article.author) for article in event.articles] == [
        ("question", "Quale anno?", ANNA)
    ]
    assert after.state == "waiting_requester"


async def test_what_is_written_is_kept_clean_whatever_road_it_came() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await do(
        reply,
        tickets,
        DESK,
        number=ticket.number,
        body="Cosi\u0300:\r\n\tprima\v\u202edopo\u202c\x07",
        asked=by("anna.ferri"),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketAnswered)
    assert [article.body for article in event.articles] == ["Così:\n    prima\ndopo"]


async def test_a_reply_leaves_the_state_alone() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        reply, tickets, DESK, number=ticket.number, body="Stiamo guardando", asked=by("anna.ferri")
    )

    assert [type(event) for event in tickets.events] == [TicketAnswered]
    assert after.state == "open"


async def test_whoever_may_note_notes_in_any_state() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(ticket)

    await do(note, tickets, DESK, number=ticket.number, body="da ricordare", asked=by("ivo.santi"))

    (event,) = tickets.events
    assert isinstance(event, TicketNoted)
    assert [article.visible_to_requester for article in event.articles] == [False]


@pytest.mark.parametrize(
    ("act", "payload", "field"),
    [
        (reply, {"body": " \n\t "}, "body"),
        (ask, {"body": "\n"}, "body"),
        (note, {"body": " "}, "body"),
        (note, {"body": "\u200b\u2060"}, "body"),
        (note, {"body": "\u3164\u0301"}, "body"),
        (close, {"outcome": "successful", "answer": " "}, "answer"),
    ],
)
async def test_nothing_blank_is_sent(
    act: Callable[..., Awaitable[Ticket]], payload: dict[str, Any], field: str
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(ImpossibleValue) as refused:
        await do(act, tickets, DESK, number=ticket.number, **payload, asked=by("anna.ferri"))

    assert refused.value == ImpossibleValue(field, "empty")
    assert tickets.done == []


@pytest.mark.parametrize(
    ("owner", "caller", "refusal"),
    [
        (ANNA, "bruno.galli", HeldBySomebodyElse("anna.ferri")),
        (ANNA, "ivo.santi", MissingRight("rw")),
        (None, "bruno.galli", HeldByNobody("close", "open")),
    ],
)
async def test_only_the_owner_closes(owner: object, caller: str, refusal: Refusal) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    if owner is None:
        ticket.released(actor=ANNA, desk=DESK, at=minutes(3))
    tickets = FakeTickets(ticket)

    with pytest.raises(Refusal) as refused:
        await do(
            close,
            tickets,
            DESK,
            number=ticket.number,
            outcome="successful",
            answer="Fatto",
            asked=by(caller),
        )

    assert refused.value == refusal
    assert tickets.done == []


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("successful", "closed_successful"), ("unsuccessful", "closed_unsuccessful")],
)
async def test_closing_says_how_it_ended(outcome: CloseOutcome, state: str) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    after = await do(
        close,
        tickets,
        DESK,
        number=ticket.number,
        outcome=outcome,
        answer="Fatto",
        asked=by("anna.ferri"),
    )

    (event,) = tickets.events
    assert isinstance(event, TicketClosed)
    assert [(article.kind, article.body) for article in event.articles] == [("answer", "Fatto")]
    assert (after.state, after.owner, after.closed_by, after.closed_at) == (
        state,
        "anna.ferri",
        "anna.ferri",
        minutes(5),
    )


async def test_nothing_is_closed_while_a_child_is_open() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    child = make_child(ticket)
    tickets = FakeTickets(ticket, child)

    with pytest.raises(ChildrenOpen) as refused:
        await do(
            close,
            tickets,
            DESK,
            number=ticket.number,
            outcome="successful",
            answer="Fatto",
            asked=by("anna.ferri"),
        )

    assert refused.value == ChildrenOpen("waiting_children", "close")
    assert tickets.done == []


async def test_a_new_ticket_must_be_taken_before_it_is_answered() -> None:
    ticket = make_queued_ticket()
    tickets = FakeTickets(ticket)

    with pytest.raises(HeldByNobody) as refused:
        await do(reply, tickets, DESK, number=ticket.number, body="Ciao", asked=by("anna.ferri"))

    assert refused.value == HeldByNobody("reply", "new")
    assert tickets.done == []


async def test_reopening_keeps_the_owner_who_still_works_there() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", outcome="unsuccessful", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(ticket)

    after = await do(
        reopen, tickets, DESK, number=ticket.number, reason="si può ancora", asked=by("bruno.galli")
    )

    (event,) = tickets.events
    assert isinstance(event, TicketReopened)
    assert event.reason == "si può ancora"
    assert (after.state, after.owner, after.closed_by, after.closed_at) == (
        "open",
        "anna.ferri",
        "anna.ferri",
        None,
    )


async def test_reopening_clears_an_owner_who_works_there_no_more() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    desk = make_desk(rights={"anna.ferri": {"urp": ("ro",)}})

    after = await do(
        reopen,
        FakeTickets(ticket),
        desk,
        number=ticket.number,
        reason="di nuovo",
        asked=by("bruno.galli"),
    )

    assert (after.owner, after.last_owner, after.closed_by) == (None, "anna.ferri", "anna.ferri")


async def test_reopening_what_is_open_is_refused() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(StateForbids) as refused:
        await do(
            reopen, tickets, DESK, number=ticket.number, reason="di nuovo", asked=by("anna.ferri")
        )

    assert refused.value == StateForbids("open", "reopen")
    assert tickets.done == []


async def test_a_ticket_that_outgrows_the_bus_is_refused_on_the_field() -> None:
    class Full(FakeTickets):
        async def record(self, done: object) -> None:
            raise TooLarge("too large")

    ticket = make_queued_ticket(owner=ANNA)

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            reply, Full(ticket), DESK, number=ticket.number, body="Ciao", asked=by("anna.ferri")
        )

    assert refused.value == ImpossibleValue("body", "too_long")
