"""Questions that nobody answers: one reminder, then the end; and both only once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.tickets.domain import correspondence
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.arrival import append_notices
from services.tickets.usecases.questions import end_unanswered, remind_of_questions
from shared.contracts.events.families import ChildTold
from shared.contracts.events.notify import DeliverySent, MailKind
from shared.contracts.events.tickets import TicketExpired, TicketReminded
from shared.core.cause import Cause
from tests.factories.tickets import ANNA, CARLA, REQUESTER, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
ASKED_AT = minutes(5)
REMINDER = timedelta(days=DESK.policies.question_reminder_after_days)
REST = timedelta(days=DESK.policies.question_expires_after_days) - REMINDER


def asked_ticket() -> Ticket:
    ticket = make_queued_ticket(owner=ANNA)
    correspondence.question_asked(ticket, body="Quale rata?", actor=ANNA, desk=DESK, at=ASKED_AT)
    return ticket


def mail_of(ticket: Ticket, *, kind: MailKind = "reminder") -> DeliverySent:
    return DeliverySent(
        delivery_id=uuid4(),
        version=2,
        ticket_id=ticket.id,
        article_id=uuid4(),
        kind=kind,
        state="sent",
        recipient=GIULIA.email,
        subject="Sollecito",
        body="Aspettiamo la tua risposta.",
        owed_at=ticket.updated_at,
        at=ticket.updated_at,
    )


async def test_a_requester_is_reminded_once_and_not_before_the_desks_days() -> None:
    ticket = asked_ticket()
    tickets = FakeTickets(ticket)

    early = await remind_of_questions(
        tickets, DESK, now=ASKED_AT + REMINDER - timedelta(seconds=1), limit=10
    )
    due = await remind_of_questions(tickets, DESK, now=ASKED_AT + REMINDER, limit=10)
    again = await remind_of_questions(tickets, DESK, now=ASKED_AT + 3 * REMINDER, limit=10)

    assert (early, due, again) == (0, 1, 0)
    assert [type(event) for event in tickets.events] == [TicketReminded]
    assert tickets.kept[ticket.id].expires_at is None, (
        "the time to answer begins when the reminder has left"
    )


async def test_the_end_comes_the_desks_days_after_the_reminder_really_left() -> None:
    ticket = asked_ticket()
    tickets = FakeTickets(ticket)
    await remind_of_questions(tickets, DESK, now=ASKED_AT + REMINDER, limit=10)
    left = ASKED_AT + REMINDER + timedelta(days=2)

    await append_notices(
        tickets, DESK, deliveries=[(mail_of(tickets.kept[ticket.id]), Cause.fresh())], now=left
    )
    early = await end_unanswered(tickets, DESK, now=left + REST - timedelta(seconds=1), limit=10)
    due = await end_unanswered(tickets, DESK, now=left + REST, limit=10)
    again = await end_unanswered(tickets, DESK, now=left + 3 * REST, limit=10)

    after = tickets.kept[ticket.id]
    assert (early, due, again) == (0, 1, 0)
    assert isinstance(tickets.events[-1], TicketExpired)
    assert (after.state, after.owner, after.closed_by, after.closed_at) == (
        "closed_unsuccessful",
        "anna.ferri",
        None,
        left + REST,
    )


@pytest.mark.parametrize("what", ["reply", "question"])
async def test_an_answer_or_a_new_question_begins_anew(what: str) -> None:
    ticket = asked_ticket()
    tickets = FakeTickets(ticket)
    await remind_of_questions(tickets, DESK, now=ASKED_AT + REMINDER, limit=10)
    late = mail_of(tickets.kept[ticket.id])
    now = tickets.kept[ticket.id]
    if what == "reply":
        correspondence.requester_replied(
            now, body="La seconda", actor=REQUESTER, desk=DESK, at=ASKED_AT + REMINDER
        )
    else:
        correspondence.question_asked(
            now, body="E quale anno?", actor=ANNA, desk=DESK, at=ASKED_AT + REMINDER
        )

    await append_notices(tickets, DESK, deliveries=[(late, Cause.fresh())], now=ASKED_AT + REMINDER)
    ended = await end_unanswered(tickets, DESK, now=ASKED_AT + 10 * REMINDER, limit=10)

    assert (ended, tickets.kept[ticket.id].expires_at) == (0, None)


async def test_at_a_child_its_parents_owner_is_reminded_and_hears_of_the_end() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    correspondence.question_asked(child, body="Quale anno?", actor=CARLA, desk=DESK, at=ASKED_AT)
    tickets = FakeTickets(parent, child)

    await remind_of_questions(tickets, DESK, now=ASKED_AT + REMINDER, limit=10)
    ended = await end_unanswered(tickets, DESK, now=ASKED_AT + REMINDER + REST, limit=10)

    told = [event for event in tickets.further if isinstance(event, ChildTold)]
    assert ended == 1
    assert [(event.news, event.state) for event in told] == [
        ("reminder", "waiting_requester"),
        ("outcome", "closed_unsuccessful"),
    ]


async def test_a_round_is_limited_so_that_a_night_is_worked_off_bit_by_bit() -> None:
    tickets = FakeTickets(*(asked_ticket() for _ in range(5)))

    rounds = [
        await remind_of_questions(tickets, DESK, now=ASKED_AT + REMINDER, limit=2) for _ in range(4)
    ]

    assert rounds == [2, 2, 1, 0]
