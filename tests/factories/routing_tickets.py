"""Tickets as routing hears of them."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.events.families import TicketResent
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import (
    TicketCreated,
    TicketEscalated,
    TicketEvent,
    TicketRoutingRequested,
)
from shared.contracts.people import Context, Requester
from shared.core.cause import Cause
from shared.core.ids import derived_id, new_id
from shared.database.envelope import Envelope

NOW = datetime(2026, 9, 28, 7, 30, tzinfo=UTC)


def make_ticket(name: str = "t1", **facts: Any) -> TicketState:
    """Return a new ticket about fees that has no queue yet; its ids come from `name`."""
    given = {
        "id": derived_id("ticket", name),
        "number": "2026092810000016",
        "version": 1,
        "state": "new",
        "queue": None,
        "hop_id": derived_id("hop", name),
        "priority": 3,
        "owner": None,
        "responsible": None,
        "last_owner": None,
        "closed_by": None,
        "requester": Requester(
            identity="giulia.neri",
            name="Giulia Neri",
            email="giulia.neri@studenti.example.edu",
            affiliation="student",
        ),
        "request_type": "tasse",
        "subject": "Rimborso",
        "fields": {"matricola": "123456", "anno": "2026/2027"},
        "context": Context(origin="website"),
        "language": "it",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return TicketState(**(given | facts))


def created(name: str = "t1", **facts: Any) -> Envelope[TicketEvent]:
    """Return the news that a ticket was made."""
    return received(
        TicketCreated(ticket=make_ticket(name, **facts), request_id=derived_id("request", name))
    )


def asked_again(
    name: str = "t1", *, escalated_from: str | None = None, **facts: Any
) -> Envelope[TicketEvent]:
    """Return the question of a ticket that has waited too long."""
    return received(
        TicketRoutingRequested(ticket=make_ticket(name, **facts), escalated_from=escalated_from)
    )


def escalated(name: str = "t1", *, escalated_from: str, **facts: Any) -> Envelope[TicketEvent]:
    """Return the news that an operator gave a ticket to the next level."""
    return received(
        TicketEscalated(ticket=make_ticket(name, **facts), escalated_from=escalated_from)
    )


def resent(name: str = "t1", **facts: Any) -> Envelope[TicketEvent]:
    """Return the news that a returned child was completed and sent again; it has a queue unless
    that has been closed.
    """
    return received(
        TicketResent(
            ticket=make_ticket(name, parent_id=derived_id("ticket", "t0"), **facts),
            bounced_by="dario.riva",
        )
    )


def received(event: TicketEvent) -> Envelope[TicketEvent]:
    message_id = new_id()
    return Envelope(
        message_id, event.NAME, event, Cause(new_id(), message_id), NOW, is_replay=False
    )
