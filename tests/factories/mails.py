"""Makes the tickets, events, deliveries and desks that notify's tests begin with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.notify.domain.delivery import Claimed, Delivery
from services.notify.domain.mails import MailOwed, mail_owed
from shared.contracts.desk import Desk, Group, Operator, QueueDescription, Text
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.events.tickets import TicketCreated, TicketEvent
from shared.contracts.people import Actor, Context, Requester
from shared.core.cause import Cause
from shared.core.ids import DeliveryId

NOON = datetime(2026, 9, 28, 12, 0, tzinfo=UTC)
TICKET_ID = UUID("0198f000-0000-7000-8000-000000000001")
NUMBER = "2026092810000016"
MAIL_FROM = "sportello@example.edu"


class StandingClock:
    """Says `time` until it is moved."""

    def __init__(self, time: datetime = NOON) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by


def make_desk(**changes: Any) -> Desk:
    """A desk with one first-level queue and one below it."""
    facts: dict[str, Any] = {
        "name": Text(it="Università di Esempio", en="University of Esempio"),
        "mail_from": MAIL_FROM,
        "default_queue": "studenti",
        "groups": {"urp": Group(title=Text(it="URP", en="Public relations"))},
        "queues": {
            "studenti": QueueDescription(
                title=Text(it="Segreterie studenti", en="Student offices"), level=1, group="urp"
            ),
            "studenti/tasse": QueueDescription(
                title=Text(it="Ufficio tasse", en="Fees office"), level=2, group="urp"
            ),
        },
        "operators": {
            "anna.ferri": Operator(
                name="Anna Ferri", email="anna.ferri@example.edu", rights={"urp": ("rw",)}
            )
        },
        "forms": {},
    }
    return Desk(**(facts | changes))


def make_ticket(**changes: Any) -> TicketState:
    """A ticket that has just been created."""
    facts: dict[str, Any] = {
        "id": TICKET_ID,
        "number": NUMBER,
        "version": 1,
        "state": "new",
        "queue": None,
        "hop_id": None,
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
        "subject": "Rimborso della seconda rata",
        "fields": {},
        "context": Context(origin="website"),
        "language": "it",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return TicketState(**(facts | changes))


def make_article(kind: Any, body: str, **changes: Any) -> Article:
    """An article by the operator Anna."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "kind": kind,
        "author": Actor(identity="anna.ferri", name="Anna Ferri"),
        "visible_to_requester": True,
        "subject": "",
        "body": body,
        "created_at": NOON,
    }
    return Article(**(facts | changes))


def created(ticket: TicketState | None = None) -> TicketCreated:
    """The event that owes the receipt."""
    return TicketCreated(
        ticket=ticket or make_ticket(),
        request_id=uuid4(),
        articles=(make_article("request", "Vorrei il rimborso."),),
    )


def many_created(count: int) -> list[TicketCreated]:
    """The creations of as many tickets, numbered from 0."""
    return [created(make_ticket(id=uuid4(), number=f"{number:016}")) for number in range(count)]


def owed(event: TicketEvent) -> MailOwed:
    """The mail that `event` owes, which it does."""
    mail = mail_owed(event)
    assert mail is not None
    return mail


def make_claimed(*, claim: dict[str, Any] | None = None, **changes: Any) -> Claimed:
    """A delivery in hand for its first attempt; `claim` changes the claim, the rest the
    delivery.
    """
    delivery_id = DeliveryId(uuid4())
    delivery = Delivery(
        id=delivery_id,
        ticket_id=TICKET_ID,
        ticket_number=NUMBER,
        kind="receipt",
        recipient="giulia.neri@studenti.example.edu",
        recipient_name="Giulia Neri",
        sender_name="Segreterie studenti",
        language="it",
        subject=f"[Ticket#{NUMBER}] Abbiamo ricevuto la tua richiesta",
        body="Gentile Giulia Neri,\n\nabbiamo ricevuto la tua richiesta.\n",
        message_id=f"<{delivery_id}@example.edu>",
        article_id=uuid4(),
        sequence=1,
        owed_at=NOON,
        queued_at=NOON,
        cause=Cause.fresh(),
    )
    claimed = Claimed(
        replace(delivery, **changes), version=2, attempts=0, maybe_sent=False, reason=None
    )
    return replace(claimed, **(claim or {}))
