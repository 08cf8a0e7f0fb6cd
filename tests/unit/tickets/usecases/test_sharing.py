"""Letting others read a ticket by name, and ending that."""

from uuid import uuid4

import pytest

from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.merging import merge
from services.tickets.usecases.sharing import MOST_READERS, share, share_own, unshare, unshare_own
from shared.contracts.events.ticket_state import State
from shared.contracts.events.tickets import TicketShared, TicketUnshared
from shared.contracts.people import Reader, Requester
from shared.core.cause import Cause
from shared.core.errors import (
    ImpossibleValue,
    IsAChild,
    MissingRight,
    NotThere,
    Refusal,
    StateForbids,
)
from tests.factories.tickets import ANNA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
NUMBER, OTHER = "2026092810000016", "2026092810000025"
HUGO = Reader(name="Hugo Marchi", email="hugo.marchi@example.edu")
IDA = Reader(name="Ida Boni", email="ida.boni@example.org")
HUGO_HIMSELF = Requester(
    identity="hugo.marchi", name="Hugo Marchi", email="Hugo.Marchi@example.edu", affiliation="staff"
)


def by(caller: Requester, *, at: float = 5) -> Asked:
    cause = Cause.fresh()
    return Asked(caller, minutes(at), Cause(cause.correlation_id, uuid4(), cause.traceparent))


BRUNO = by(make_operator("bruno.galli"))


def make_shared(*readers: Reader, state: State | None = None) -> tuple[FakeTickets, Ticket]:
    ticket = make_queued_ticket(number=NUMBER, owner=ANNA)
    ticket.shared_with = readers
    ticket.state = state or ticket.state
    return FakeTickets(ticket), ticket


async def test_who_works_the_queue_shares_a_ticket_and_its_history_says_so() -> None:
    tickets, _ = make_shared(IDA)

    ticket = await do(
        share, tickets, DESK, number=NUMBER, name=HUGO.name, email=HUGO.email, asked=BRUNO
    )

    (event,) = tickets.events
    assert (type(event), ticket.shared_with, event.ticket.shared_with) == (
        TicketShared,
        (IDA, HUGO),
        (IDA, HUGO),
    )
    assert event.changes == {
        "shared_with": ([IDA.model_dump()], [IDA.model_dump(), HUGO.model_dump()])
    }
    assert (event.actor.identity, ticket.version, ticket.state, ticket.owner) == (
        "bruno.galli",
        4,
        "open",
        "anna.ferri",
    )


async def test_sharing_ends_by_the_address_whatever_its_case() -> None:
    tickets, ticket = make_shared(HUGO, IDA)

    await do(unshare, tickets, DESK, number=NUMBER, email="HUGO.Marchi@Example.edu", asked=BRUNO)

    (event,) = tickets.events
    assert (type(event), tickets.kept[ticket.id].shared_with) == (TicketUnshared, (IDA,))
    assert event.changes == {
        "shared_with": ([HUGO.model_dump(), IDA.model_dump()], [IDA.model_dump()])
    }


async def test_what_is_so_already_changes_nothing() -> None:
    tickets, ticket = make_shared(HUGO)
    again = Reader(name="Un altro nome", email="Hugo.Marchi@EXAMPLE.edu")

    shared = await do(
        share, tickets, DESK, number=NUMBER, name=again.name, email=again.email, asked=BRUNO
    )
    unshared = await do(unshare, tickets, DESK, number=NUMBER, email=IDA.email, asked=BRUNO)

    assert (
        shared.version,
        unshared.version,
        tickets.kept[ticket.id].shared_with,
        tickets.done,
    ) == (3, 3, (HUGO,), [])


async def test_the_requester_shares_the_own_request_and_ends_it() -> None:
    tickets, ticket = make_shared()

    await do(
        share_own, tickets, DESK, number=NUMBER, name=HUGO.name, email=HUGO.email, asked=by(GIULIA)
    )
    shared = tickets.kept[ticket.id].shared_with
    await do(unshare_own, tickets, DESK, number=NUMBER, email=HUGO.email, asked=by(GIULIA))

    assert (shared, tickets.kept[ticket.id].shared_with) == ((HUGO,), ())
    assert [event.actor.identity for event in tickets.events] == ["giulia.neri"] * 2


@pytest.mark.parametrize(
    ("caller", "refusal", "of_own"),
    [
        (make_operator("ivo.santi"), MissingRight("rw"), NotThere()),
        (make_operator("carla.monti"), NotThere(), NotThere()),
        (HUGO_HIMSELF, MissingRight("rw"), MissingRight("requester")),
    ],
)
async def test_nobody_else_shares_it_or_ends_that(
    caller: Requester, refusal: Refusal, of_own: Refusal
) -> None:
    tickets, _ = make_shared(HUGO)
    refused: list[Refusal] = []

    for use in (share, share_own):
        with pytest.raises(Refusal) as found:
            await do(
                use, tickets, DESK, number=NUMBER, name=IDA.name, email=IDA.email, asked=by(caller)
            )
        refused.append(found.value)
    for end in (unshare, unshare_own):
        with pytest.raises(Refusal) as found:
            await do(end, tickets, DESK, number=NUMBER, email=HUGO.email, asked=by(caller))
        refused.append(found.value)

    assert refused == [refusal, of_own, refusal, of_own]
    assert tickets.done == []


async def test_its_requester_needs_no_share() -> None:
    tickets, _ = make_shared()
    himself = Reader(name="Giulia", email="Giulia.Neri@studenti.example.edu")

    for use, caller in ((share, make_operator("bruno.galli")), (share_own, GIULIA)):
        with pytest.raises(ImpossibleValue) as refused:
            await do(
                use,
                tickets,
                DESK,
                number=NUMBER,
                name=himself.name,
                email=himself.email,
                asked=by(caller),
            )
        assert refused.value == ImpossibleValue("email", "its_requester", himself.email)

    assert tickets.done == []


async def test_one_person_too_many_is_refused_but_not_one_who_is_there() -> None:
    readers = tuple(
        Reader(name=f"N. {number}", email=f"n{number}@example.org")
        for number in range(MOST_READERS)
    )
    tickets, _ = make_shared(*readers)

    with pytest.raises(ImpossibleValue) as refused:
        await do(share, tickets, DESK, number=NUMBER, name=HUGO.name, email=HUGO.email, asked=BRUNO)
    same = await do(
        share,
        tickets,
        DESK,
        number=NUMBER,
        name=readers[7].name,
        email=readers[7].email,
        asked=BRUNO,
    )

    assert refused.value == ImpossibleValue("email", "too_many_people", "20")
    assert (same.shared_with, tickets.done) == (readers, [])


@pytest.mark.parametrize("state", ["closed_unsuccessful", "withdrawn", "merged"])
async def test_an_ended_ticket_can_be_shared_and_that_ended(state: State) -> None:
    tickets, ticket = make_shared(IDA, state=state)

    await do(share, tickets, DESK, number=NUMBER, name=HUGO.name, email=HUGO.email, asked=BRUNO)
    await do(unshare, tickets, DESK, number=NUMBER, email=IDA.email, asked=BRUNO)

    assert (tickets.kept[ticket.id].shared_with, tickets.kept[ticket.id].state) == ((HUGO,), state)


async def test_a_child_is_shared_with_nobody() -> None:
    parent = make_queued_ticket(number=NUMBER, owner=ANNA)
    child = make_child(parent, number=OTHER)
    tickets, carla = FakeTickets(parent, child), by(make_operator("carla.monti"))

    with pytest.raises(StateForbids) as shared:
        await do(share, tickets, DESK, number=OTHER, name=HUGO.name, email=HUGO.email, asked=carla)
    with pytest.raises(StateForbids) as unshared:
        await do(unshare, tickets, DESK, number=OTHER, email=HUGO.email, asked=carla)

    assert (shared.value, unshared.value) == (IsAChild("new", "share"), IsAChild("new", "unshare"))
    assert tickets.done == []


async def test_who_reads_a_ticket_that_is_merged_does_not_read_the_one_that_goes_on() -> None:
    first, second = make_queued_ticket(number=NUMBER, owner=ANNA), make_queued_ticket(number=OTHER)
    first.shared_with, second.shared_with = (HUGO,), (IDA,)
    tickets = FakeTickets(first, second)

    await do(merge, tickets, DESK, number=NUMBER, into=OTHER, asked=by(make_operator("anna.ferri")))

    assert (tickets.kept[first.id].shared_with, tickets.kept[second.id].shared_with) == (
        (HUGO,),
        (IDA,),
    )


async def test_a_request_of_an_unconfirmed_requester_cannot_be_shared_and_is_not_offered_so() -> (
    None
):
    guest = Requester(name="Piero Bo", email="piero.bo@example.org")
    tickets = FakeTickets(make_queued_ticket(number=NUMBER, requester=guest, owner=ANNA))
    confirmed = make_queued_ticket(
        number=OTHER, requester=guest.model_copy(update={"assurance": "confirmed"}), owner=ANNA
    )

    with pytest.raises(ImpossibleValue) as refused:
        await do(share, tickets, DESK, number=NUMBER, name=HUGO.name, email=HUGO.email, asked=BRUNO)

    assert refused.value == ImpossibleValue("email", "requester_not_confirmed", HUGO.email)
    assert tickets.done == []
    offered = [each.to_state().actions for each in (await tickets.get(NUMBER), confirmed)]
    assert [("share" in actions, "unshare" in actions) for actions in offered] == [
        (False, True),
        (True, True),
    ]


async def test_a_request_is_not_shared_with_the_address_that_was_typed_in_it() -> None:
    ticket = make_queued_ticket(
        requester=Requester(name="Hugo", email="hugo.marchi@example.edu"), owner=ANNA
    )
    tickets = FakeTickets(ticket)
    reader = Reader(name="Hugo Marchi", email="Hugo.Marchi@example.edu")

    with pytest.raises(ImpossibleValue) as refused:
        await do(
            share,
            tickets,
            DESK,
            number=ticket.number,
            name=reader.name,
            email=reader.email,
            asked=by(make_operator("anna.ferri")),
        )

    assert refused.value == ImpossibleValue("email", "not_confirmed_yet", "Hugo.Marchi@example.edu")
    assert tickets.done == []
