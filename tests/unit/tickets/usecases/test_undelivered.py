"""Mails that did not arrive: the ticket says so, and an operator sends them again."""

from typing import Any
from uuid import uuid4

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.repository.rows import ticket_columns
from services.tickets.usecases.undelivered import hear_of_failures, resend_mail
from shared.contracts.events.mails import TicketMailResent, TicketUndelivered
from shared.contracts.events.notify import DeliveryFailed
from shared.core.cause import Cause
from shared.core.errors import (
    ImpossibleValue,
    MailNotFailed,
    MissingRight,
    NotThere,
    NotYet,
    Refusal,
)
from tests.factories.tickets import ANNA, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
DELIVERY, ARTICLE = uuid4(), uuid4()


def failed(ticket: Ticket, **changes: Any) -> DeliveryFailed:
    facts = {
        "delivery_id": DELIVERY,
        "version": 3,
        "ticket_id": ticket.id,
        "article_id": ARTICLE,
        "kind": "final_answer",
        "state": "failed",
        "recipient": "giulia.neri@studenti.example.edu",
        "subject": "[Ticket#1] Seconda rata",
        "body": "Fatto.",
        "reason": "550 no such mailbox",
        "owed_at": minutes(1),
        "at": minutes(2),
    }
    return DeliveryFailed.model_validate(facts | changes)


async def hear(tickets: FakeTickets, *failures: DeliveryFailed) -> None:
    await hear_of_failures(
        tickets, failures=[(failure, Cause.fresh()) for failure in failures], now=minutes(3)
    )


async def send_again(
    tickets: FakeTickets,
    ticket: Ticket,
    *,
    by: str = "anna.ferri",
    to: str | None = None,
    delivery: Any = DELIVERY,
) -> Ticket:
    asked = Asked(make_operator(by), minutes(5), Cause.fresh())
    return await do(
        resend_mail, tickets, DESK, number=ticket.number, delivery=delivery, to=to, asked=asked
    )


async def test_a_failed_mail_is_a_change_of_its_ticket_by_nobody_and_says_which_mail_and_why() -> (
    None
):
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await hear(tickets, failed(ticket))

    (event,) = tickets.events
    assert isinstance(event, TicketUndelivered)
    assert (event.delivery_id, event.article_id, event.kind) == (DELIVERY, ARTICLE, "final_answer")
    assert (event.to, event.reason) == ("giulia.neri@studenti.example.edu", "550 no such mailbox")
    assert (event.actor.identity, event.ticket.state, event.articles) == (None, "open", ())
    assert event.changes == {
        "delivery": (None, str(DELIVERY)),
        "to": (None, "giulia.neri@studenti.example.edu"),
    }


async def test_a_failure_counts_once_however_often_it_is_heard_and_the_next_one_anew() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)

    await hear(tickets, failed(ticket), failed(ticket))
    await hear(tickets, failed(ticket))
    await send_again(tickets, ticket)
    await hear(tickets, failed(ticket))
    await hear(tickets, failed(ticket, version=6))

    assert [type(event) for event in tickets.events] == [
        TicketUndelivered,
        TicketMailResent,
        TicketUndelivered,
    ]


async def test_the_failure_of_an_unknown_ticket_waits_for_it() -> None:
    tickets = FakeTickets()

    with pytest.raises(NotYet):
        await hear(tickets, failed(make_queued_ticket()))


@pytest.mark.parametrize(
    ("to", "goes_to"),
    [(None, "giulia.neri@studenti.example.edu"), (" giulia@example.org ", "giulia@example.org")],
)
async def test_an_operator_sends_a_failed_mail_again_to_the_same_or_a_corrected_address(
    to: str | None, goes_to: str
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket))

    after = await send_again(tickets, ticket, to=to)

    event = tickets.events[-1]
    assert isinstance(event, TicketMailResent)
    assert (event.delivery_id, event.to, event.actor) == (DELIVERY, goes_to, ANNA)
    assert event.reason == goes_to
    assert after.requester.email == "giulia.neri@studenti.example.edu"


async def test_a_mail_of_a_closed_ticket_can_be_sent_again_by_whoever_may_work_the_queue() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.state, ticket.closed_at, ticket.hop = "closed_successful", minutes(2), None
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket))

    after = await send_again(tickets, ticket, by="bruno.galli")

    assert (after.state, after.owner, type(tickets.events[-1])) == (
        "closed_successful",
        "anna.ferri",
        TicketMailResent,
    )


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"by": "elena.sala"}, NotThere()),
        ({"by": "ivo.santi"}, MissingRight("rw")),
        ({"delivery": uuid4()}, NotThere()),
    ],
)
async def test_what_is_refused_changes_nothing(facts: dict[str, Any], refusal: Refusal) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket))

    with pytest.raises(type(refusal)) as refused:
        await send_again(tickets, ticket, **facts)

    assert refused.value == refusal
    assert [type(event) for event in tickets.events] == [TicketUndelivered]


async def test_what_is_being_sent_again_already_is_not_sent_twice() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket))
    await send_again(tickets, ticket)

    with pytest.raises(MailNotFailed):
        await send_again(tickets, ticket, to="giulia@example.org")

    assert [type(event) for event in tickets.events] == [TicketUndelivered, TicketMailResent]


async def test_what_failed_is_kept_in_the_row_of_the_ticket() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket))

    kept = ticket_columns(tickets.kept[ticket.id])["undelivered"]

    assert kept == [
        {
            "delivery_id": str(DELIVERY),
            "version": 3,
            "article_id": str(ARTICLE),
            "kind": "final_answer",
            "to": "giulia.neri@studenti.example.edu",
            "is_resent": False,
        }
    ]


async def test_a_mail_to_what_is_no_address_is_not_sent_there_again() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    tickets = FakeTickets(ticket)
    await hear(tickets, failed(ticket, recipient="no address"))
    before = len(tickets.done)

    with pytest.raises(ImpossibleValue) as refused:
        await send_again(tickets, ticket, to=None)

    assert refused.value == ImpossibleValue("to", "not_an_address", "no address")
    assert len(tickets.done) == before
