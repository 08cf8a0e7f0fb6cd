"""Events as tickets and notify say them, for the tests of the portal."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.events.base import Event
from shared.contracts.events.notify import DeliverySent
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketNoted,
    TicketQueued,
    TicketTaken,
)
from shared.contracts.people import Actor, Context, Requester
from shared.core.cause import Cause
from shared.core.ids import derived_id
from shared.database.envelope import Envelope
from tests.factories.portal_desk import make_person

MORNING = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
GIULIA = make_person("giulia.neri")
ANNA = Actor(identity="anna.ferri", name="Anna Ferri")

# What tickets writes for a ticket that nobody has taken.
NEW_ACTIONS = {
    "take": "right:rw&unheld",
    "assign": "owner|right:owner",
    "requester_replies": "requester|parent_owner",
    "withdraw": "requester|parent_owner",
    "note": "right:note",
    "responsible": "owner|right:owner",
}
OPEN_ACTIONS = {
    "take": "right:rw&unheld",
    "assign": "owner|right:owner",
    "release": "owner|right:owner",
    "move": "owner|right:rw",
    "escalate": "owner|right:rw",
    "ask": "owner",
    "reply": "owner",
    "requester_replies": "requester|parent_owner",
    "postpone": "owner",
    "close": "owner",
    "note": "right:note",
    "responsible": "owner|right:owner",
    "priority": "right:priority",
}


def make_number(counter: int) -> str:
    """Return a text that can be a ticket number."""
    return f"2026092810{counter:05d}0"


def make_state(counter: int = 1, **changes: Any) -> TicketState:
    """Return ticket `counter` as it is one moment after its creation: in `studenti`, new, asked for
    by Giulia.
    """
    facts: dict[str, Any] = {
        "id": derived_id("ticket", counter),
        "number": make_number(counter),
        "version": 1,
        "state": "new",
        "queue": "studenti",
        "hop_id": derived_id("hop", counter),
        "priority": 3,
        "owner": None,
        "responsible": None,
        "last_owner": None,
        "closed_by": None,
        "requester": GIULIA,
        "request_type": "tasse",
        "subject": "Tassa sbagliata",
        "fields": {
            "subject": "Tassa sbagliata",
            "description": "La seconda rata è doppia",
            "matricola": "123456",
        },
        "context": Context(origin="website", page="https://www.example.edu/tasse"),
        "language": "it",
        "created_at": MORNING + timedelta(minutes=counter),
        "updated_at": MORNING + timedelta(minutes=counter),
        "actions": NEW_ACTIONS,
    }
    return TicketState.model_validate(facts | changes)


def make_article(
    kind: str,
    *,
    counter: int = 1,
    at: datetime | None = None,
    author: Actor = ANNA,
    body: str | None = None,
) -> Article:
    """Return an article of ticket `counter`; notes are not for the requester."""
    return Article.model_validate(
        {
            "id": derived_id("article", counter, kind, body),
            "kind": kind,
            "author": author,
            "visible_to_requester": kind not in {"note", "system"},
            "subject": "Tassa sbagliata",
            "body": body or f"Testo: {kind}",
            "created_at": at or MORNING + timedelta(minutes=counter),
        }
    )


def make_created(counter: int = 1, **changes: Any) -> TicketCreated:
    """Return the event of a new ticket, with its article `request`; unless `changes` says otherwise
    it is in `studenti` already.
    """
    state = make_state(counter, **changes)
    asked = Actor(identity=state.requester.identity, name=state.requester.name)
    article = make_article(
        "request",
        counter=counter,
        author=asked,
        at=state.created_at,
        body=str(state.fields.get("description", "")),
    )
    return TicketCreated(
        ticket=state, actor=asked, articles=(article,), request_id=derived_id("request", counter)
    )


def make_life(counter: int = 1, requester: Requester = GIULIA) -> list[Event]:
    """Return the events of one ticket from creation to its end, in order: mails included."""
    moments = [MORNING + timedelta(minutes=counter, seconds=10 * step) for step in range(7)]
    common: dict[str, Any] = {"requester": requester}
    held: dict[str, Any] = common | {
        "state": "open",
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "actions": OPEN_ACTIONS,
    }
    note = make_article("note", counter=counter, at=moments[4])
    answer = make_article("answer", counter=counter, at=moments[5])
    final = make_article("answer", counter=counter, at=moments[6], body="Fatto")
    asked = Actor(identity=requester.identity, name=requester.name)
    created = make_created(counter, queue=None, hop_id=None, **common)
    return [
        created,
        TicketQueued(
            ticket=make_state(counter, version=2, updated_at=moments[1], **common),
            changes={"queue": (None, "studenti")},
            reason="tasse",
        ),
        TicketTaken(
            ticket=make_state(counter, version=3, updated_at=moments[2], **held),
            actor=ANNA,
            changes={"owner": (None, "anna.ferri"), "state": ("new", "open")},
            first_time=True,
        ),
        TicketAssigned(
            ticket=make_state(
                counter,
                version=4,
                updated_at=moments[3],
                **(held | {"owner": "bruno.galli", "last_owner": "anna.ferri"}),
            ),
            actor=ANNA,
            changes={"owner": ("anna.ferri", "bruno.galli")},
            first_time=False,
        ),
        TicketNoted(
            ticket=make_state(counter, version=5, updated_at=moments[4], **held),
            actor=ANNA,
            articles=(note,),
        ),
        TicketAnswered(
            ticket=make_state(counter, version=6, updated_at=moments[5], **held),
            actor=ANNA,
            articles=(answer,),
        ),
        TicketClosed(
            ticket=make_state(
                counter,
                version=7,
                updated_at=moments[6],
                **(
                    held
                    | {
                        "state": "closed_successful",
                        "closed_by": "anna.ferri",
                        "closed_at": moments[6],
                        "actions": {},
                    }
                ),
            ),
            actor=asked,
            changes={"state": ("open", "closed_successful")},
            articles=(final,),
        ),
        make_delivery(counter, article_id=answer.id, version=1, state="uncertain", at=moments[5]),
        make_delivery(counter, article_id=answer.id, version=2, state="resent", at=moments[6]),
    ]


def make_delivery(
    counter: int, *, article_id: UUID, version: int = 1, state: str = "sent", at: datetime = MORNING
) -> DeliverySent:
    """Return what notify says about the mail that carries an article of ticket `counter`."""
    return DeliverySent.model_validate(
        {
            "delivery_id": derived_id("delivery", article_id),
            "version": version,
            "ticket_id": derived_id("ticket", counter),
            "article_id": article_id,
            "kind": "answer",
            "state": state,
            "recipient": GIULIA.email,
            "subject": "[Ticket#1] Tassa sbagliata",
            "body": "Testo",
            "owed_at": at,
            "at": at,
        }
    )


def make_received(event: Event, message_id: UUID | None = None) -> Envelope[Any]:
    """Return `event` as a handler gets it; the same event always has the same message id."""
    at = event.ticket.updated_at if isinstance(event, TicketEvent) else MORNING
    return Envelope(
        message_id or id_of(event), event.NAME, event, Cause.fresh(), at, is_replay=False
    )


def make_message(event: Event) -> Envelope[bytes]:
    """Return `event` as it travels."""
    return Envelope(
        id_of(event), event.NAME, event.model_dump_json().encode(), Cause.fresh(), MORNING
    )


def id_of(event: Event) -> UUID:
    """Return the id of the message that carries `event`."""
    return derived_id("message", event.NAME, event.model_dump_json())
