"""What requesters without an account may do by the link in their mails."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.tickets.domain.merging import merged
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases import guests
from shared.contracts.events.guests import GuestLinkAsked, RequesterConfirmed
from shared.contracts.events.portal import LinkAsked
from shared.contracts.events.tickets import TicketRequesterReplied, TicketWithdrawn
from shared.contracts.people import Actor, Requester
from shared.core.cause import Cause
from shared.core.errors import NotThere, StateForbids
from tests.factories.tickets import ANNA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets

DESK = make_desk()
GUEST = Requester(name="Piero Rossi", email="Piero.Rossi@example.org")
ASKED = Asked(Requester(name="Whoever", email="whoever@example.org"), minutes(5), Cause.fresh())


def typed(
    number: str = "2026092810000016", *, requester: Requester = GUEST, owner: Actor | None = None
) -> Ticket:
    return make_queued_ticket(number=number, requester=requester, owner=owner)


def wish(number: str, email: str) -> tuple[LinkAsked, Cause]:
    return LinkAsked(number=number, email=email, at=minutes(5)), Cause.fresh()


async def test_opening_the_link_confirms_the_address_once_and_history_says_it() -> None:
    ticket = typed()
    tickets = FakeTickets(ticket)

    for _ in range(2):
        after = await do(
            guests.confirm, tickets, DESK, number=ticket.number, ticket_id=ticket.id, asked=ASKED
        )
        assert after.requester == GUEST.model_copy(update={"assurance": "confirmed"})

    (event,) = tickets.events
    assert isinstance(event, RequesterConfirmed)
    assert event.changes == {"assurance": ("typed", "confirmed")}
    assert event.actor == Actor(identity=None, name="Piero Rossi")
    assert event.ticket.requester.assurance == "confirmed"


async def test_the_children_of_a_confirmed_request_are_of_the_same_confirmed_person() -> None:
    ticket = typed(owner=ANNA)
    child = make_child(ticket)
    tickets = FakeTickets(ticket, child)

    await do(guests.confirm, tickets, DESK, number=ticket.number, ticket_id=ticket.id, asked=ASKED)

    assert [(type(event), event.ticket.number) for event in tickets.events] == [
        (RequesterConfirmed, ticket.number),
        (RequesterConfirmed, child.number),
    ]
    assert tickets.kept[child.id].requester.assurance == "confirmed"


async def test_a_guest_writes_and_takes_back_what_the_link_opens_as_its_requester() -> None:
    ticket, other = typed(), typed("2026092810000025")
    tickets = FakeTickets(ticket, other)

    await do(
        guests.reply,
        tickets,
        DESK,
        number=ticket.number,
        ticket_id=ticket.id,
        body="Aggiungo",
        asked=ASKED,
        counters=FakeCounters(),
    )
    await do(guests.withdraw, tickets, DESK, number=ticket.number, ticket_id=ticket.id, asked=ASKED)

    assert [type(event) for event in tickets.events] == [
        RequesterConfirmed,
        TicketRequesterReplied,
        TicketWithdrawn,
    ]
    assert {event.ticket.number for event in tickets.events} == {ticket.number}
    (article,) = tickets.events[1].articles
    assert (article.kind, article.body, article.author) == (
        "reply",
        "Aggiungo",
        Actor(identity=None, name="Piero Rossi"),
    )


async def test_by_a_link_that_was_sent_to_another_address_a_guest_acts_and_confirms_nothing() -> (
    None
):
    ticket = typed()
    tickets = FakeTickets(ticket)
    came: dict[str, Any] = {"number": ticket.number, "ticket_id": ticket.id, "confirms": False}

    opened = await do(guests.confirm, tickets, DESK, **came, asked=ASKED)
    await do(
        guests.reply, tickets, DESK, **came, body="Aggiungo", asked=ASKED, counters=FakeCounters()
    )
    await do(guests.withdraw, tickets, DESK, **came, asked=ASKED)

    assert opened.requester == GUEST
    assert [type(event) for event in tickets.events] == [TicketRequesterReplied, TicketWithdrawn]
    assert {event.ticket.requester.assurance for event in tickets.events} == {"typed"}


async def test_a_link_reaches_no_other_ticket_not_even_of_the_same_address() -> None:
    ticket, other = typed(), typed("2026092810000025")
    tickets = FakeTickets(ticket, other)

    with pytest.raises(NotThere):
        await do(
            guests.confirm, tickets, DESK, number=other.number, ticket_id=ticket.id, asked=ASKED
        )
    with pytest.raises(NotThere):
        await do(
            guests.reply,
            tickets,
            DESK,
            number=other.number,
            ticket_id=ticket.id,
            body="Io",
            asked=ASKED,
            counters=FakeCounters(),
        )
    with pytest.raises(NotThere):
        await do(
            guests.withdraw, tickets, DESK, number=other.number, ticket_id=ticket.id, asked=ASKED
        )

    assert tickets.done == []


@pytest.mark.parametrize("what", ["of somebody with an account", "a child"])
async def test_there_is_no_link_to_what_is_no_guests_request(what: str) -> None:
    parent = typed(owner=ANNA)
    child = make_child(parent)
    signed_in = typed("2026092810000061", requester=GIULIA)
    ticket = child if what == "a child" else signed_in
    tickets = FakeTickets(parent, child, signed_in)

    with pytest.raises(NotThere):
        await do(
            guests.confirm, tickets, DESK, number=ticket.number, ticket_id=ticket.id, asked=ASKED
        )

    assert tickets.done == []


async def test_what_the_state_forbids_is_forbidden_to_guests_too() -> None:
    ticket = typed(owner=ANNA)
    tickets = FakeTickets(ticket)

    with pytest.raises(StateForbids):
        await do(
            guests.withdraw, tickets, DESK, number=ticket.number, ticket_id=ticket.id, asked=ASKED
        )

    assert tickets.kept[ticket.id].state == "open"


async def test_a_link_asked_for_again_is_mailed_where_number_and_address_belong_together() -> None:
    ticket, other = typed(), typed("2026092810000025", requester=GIULIA, owner=ANNA)
    child = make_child(other)
    tickets = FakeTickets(ticket, other, child)

    await guests.ask_for_links(
        tickets,
        wishes=[
            wish(ticket.number, "piero.rossi@EXAMPLE.org"),
            wish(ticket.number, "piero.rossi@example.org"),
            wish(other.number, "piero.rossi@example.org"),
            wish(child.number, GIULIA.email),
            wish("2026092810000071", "piero.rossi@example.org"),
            wish("no number", "piero.rossi@example.org"),
        ],
        days=30,
        now=minutes(6),
    )

    assert [(type(event), event.ticket.number, event.actor) for event in tickets.events] == [
        (GuestLinkAsked, ticket.number, Actor())
    ]


@pytest.mark.parametrize(("days_later", "count"), [(30, 1), (31, 0)])
async def test_no_link_is_mailed_that_would_no_longer_open(days_later: int, count: int) -> None:
    ticket = typed(owner=ANNA)
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(ticket)

    now = minutes(4) + timedelta(days=days_later)
    await guests.ask_for_links(tickets, wishes=[wish(ticket.number, GUEST.email)], days=30, now=now)

    assert len(tickets.done) == count


async def test_the_link_of_a_merged_request_works_as_long_as_that_which_goes_on_with_it() -> None:
    ticket, goes_on = typed(), typed("2026092810000025", owner=ANNA)
    merged(ticket, into=goes_on, actor=ANNA, desk=DESK, at=minutes(4))
    tickets = FakeTickets(ticket, goes_on)

    await guests.ask_for_links(
        tickets,
        wishes=[wish(ticket.number, GUEST.email)],
        days=30,
        now=minutes(4) + timedelta(days=90),
    )

    assert [event.ticket.number for event in tickets.events] == [ticket.number]


async def test_a_link_to_a_ticket_that_is_gone_opens_nothing() -> None:
    with pytest.raises(NotThere):
        await do(
            guests.confirm,
            FakeTickets(),
            DESK,
            number="2026092810000016",
            ticket_id=uuid4(),
            asked=ASKED,
        )
