"""Tickets, requests and actors for the tests of tickets."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.tickets.domain import placement
from services.tickets.domain.children import child_opened
from services.tickets.domain.creation import new_ticket
from services.tickets.domain.ticket import Ticket
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.ticket_state import Routing
from shared.contracts.people import Actor, Context, Requester
from tests.factories.tickets_desk import GIULIA, make_desk

T0 = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
"""Ten o'clock in Rome."""
DESK = make_desk()

ANNA = Actor(identity="anna.ferri", name="Anna Ferri")
CARLA = Actor(identity="carla.monti", name="Carla Monti")
BRUNO = Actor(identity="bruno.galli", name="Bruno Galli")
REQUESTER = Actor(identity="giulia.neri", name="Giulia Neri")


def minutes(count: float) -> datetime:
    """Return the moment `count` minutes after T0."""
    return T0 + timedelta(minutes=count)


def make_request(
    *, request_id: UUID | None = None, requester: Requester = GIULIA, subject: str = "Seconda rata"
) -> RequestSubmitted:
    """Return a request sent with the form `tasse`."""
    return RequestSubmitted(
        request_id=request_id or uuid4(),
        form="tasse",
        subject=subject,
        body="Non riesco a pagare la seconda rata.",
        fields={"subject": subject, "matricola": "123456", "importo": 250.5, "consent": True},
        requester=requester,
        context=Context(origin="website", page="https://www.example.edu/tasse"),
        language="it",
        priority=3,
        submitted_at=T0,
    )


def make_ticket(
    *, number: str = "2026092810000016", requester: Requester = GIULIA, at: datetime = T0
) -> Ticket:
    """Return a new ticket that waits for its queue."""
    return new_ticket(
        ticket_id=uuid4(),
        number=number,
        requester=requester,
        request_type="tasse",
        request_id=uuid4(),
        subject="Seconda rata",
        fields={"matricola": "123456"},
        context=Context(origin="website"),
        language="it",
        priority=3,
        at=at,
    )


def make_queued_ticket(
    *,
    queue: str = "studenti",
    number: str = "2026092810000016",
    requester: Requester = GIULIA,
    owner: Actor | None = None,
) -> Ticket:
    """Return a ticket in `queue`; open and `owner`'s if one is given."""
    ticket = make_ticket(number=number, requester=requester)
    placement.routed(
        ticket,
        queue=queue,
        routing=Routing(rule="tasse", reason="request type tasse"),
        desk=DESK,
        at=minutes(1),
    )
    if owner is not None:
        ticket.taken(actor=owner, desk=DESK, at=minutes(2))
    return ticket


def make_child(
    parent: Ticket,
    *,
    queue: str = "studenti/carriere",
    number: str = "2026092810000099",
    owner: Actor | None = None,
) -> Ticket:
    """Return a child of `parent`, which waits for it from then on; open and `owner`'s if one is
    given.
    """
    child = new_ticket(
        ticket_id=uuid4(),
        number=number,
        requester=parent.requester,
        request_type=None,
        request_id=None,
        subject="Verifica della carriera",
        fields={"matricola": "123456"},
        context=parent.context,
        language=parent.language,
        priority=parent.priority,
        queue=queue,
        parent=parent,
        at=minutes(3),
    )
    child_opened(
        parent,
        child=child,
        body="Verificate, per favore.",
        actor=ANNA,
        run=parent.run,
        desk=DESK,
        at=minutes(3),
    )
    if owner is not None:
        child.taken(actor=owner, desk=DESK, at=minutes(4))
    return child
