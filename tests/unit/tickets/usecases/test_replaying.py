"""A ticket is told again in as few events as its size needs, and all of it."""

from services.tickets.usecases.replaying import ROOM, parts_of
from shared.contracts.events.replay import ReplayedChange, TicketReplayed
from shared.contracts.events.ticket_state import Article
from shared.contracts.people import SYSTEM
from shared.core.ids import new_id
from shared.database.unit_of_work import MAX_EVENT_BYTES
from tests.factories.tickets import ANNA, T0, make_queued_ticket

HISTORY = [
    ReplayedChange(
        version=version,
        at=T0,
        event="tickets.ticket.noted.v1",
        actor=SYSTEM,
        changes={"owner": (None, "anna.ferri")},
    )
    for version in range(1, 9)
]


def make_note(body: str) -> Article:
    return Article(
        id=new_id(),
        kind="note",
        author=ANNA,
        visible_to_requester=False,
        subject="",
        body=body,
        created_at=T0,
    )


def size_of(event: TicketReplayed) -> int:
    return len(event.model_dump_json().encode())


def test_a_small_ticket_is_one_event() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    notes = [make_note("Prima"), make_note("Seconda")]

    (told,) = parts_of(ticket, HISTORY, notes)

    assert told == TicketReplayed(
        ticket_id=ticket.id,
        request_id=ticket.request_id,
        ticket=ticket.to_state(),
        history=tuple(HISTORY),
        articles=tuple(notes),
    )


def test_a_large_ticket_is_told_in_parts_that_the_bus_carries() -> None:
    ticket = make_queued_ticket()
    notes = [make_note("è" * 60_000) for _ in range(7)]

    told = list(parts_of(ticket, HISTORY, notes))

    assert all(size_of(event) <= MAX_EVENT_BYTES for event in told)
    assert [event.ticket for event in told] == [ticket.to_state(), None, None, None]
    assert [len(event.articles) for event in told] == [2, 2, 2, 1]
    assert [change for event in told for change in event.history] == HISTORY
    assert [article for event in told for article in event.articles] == notes
    assert {event.request_id for event in told} == {ticket.request_id}


def test_what_is_larger_than_its_room_goes_alone() -> None:
    ticket = make_queued_ticket()
    notes = [make_note("Breve"), make_note("x" * ROOM), make_note("Breve")]

    told = list(parts_of(ticket, [], notes, room=ROOM))

    assert [len(event.articles) for event in told] == [1, 1, 1]
    assert told[0].ticket == ticket.to_state()
