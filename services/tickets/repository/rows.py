"""How tickets and what belongs to them lie in the tables."""

from typing import Any

from services.tickets.domain.hops import Hop
from services.tickets.domain.links import Follows
from services.tickets.domain.record import Undelivered
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done
from shared.contracts.events.ticket_state import Link, Routing, Run, Undoable
from shared.contracts.people import Context, Reader, Requester

Columns = dict[str, Any]
"""A row of a table by column; the tables' models say which type each has."""

_AS_THEY_ARE = (
    "id",
    "number",
    "version",
    "state",
    "queue",
    "priority",
    "owner",
    "responsible",
    "last_owner",
    "closed_by",
    "request_type",
    "request_id",
    "subject",
    "fields",
    "language",
    "parent_id",
    "parent",
    "merged_into_id",
    "merged_into",
    "bounced_by",
    "routing_asked_at",
    "routing_asked_by",
    "escalated_from",
    "postponed_until",
    "question_asked_at",
    "reminded_at",
    "expires_at",
    "is_taking_told",
    "created_at",
    "updated_at",
    "closed_at",
)


def ticket_columns(ticket: Ticket) -> Columns:
    """Return the ticket as a row of `tickets`."""
    hop = ticket.hop
    return {name: getattr(ticket, name) for name in _AS_THEY_ARE} | {
        "requester": ticket.requester.model_dump(),
        "context": ticket.context.model_dump(),
        "children": list(ticket.children),
        "links": [link.model_dump() for link in ticket.links],
        "watchers": list(ticket.watchers),
        "shared_with": [reader.model_dump() for reader in ticket.shared_with],
        "undelivered": [each.to_json() for each in ticket.undelivered],
        "run": ticket.run.model_dump(mode="json") if ticket.run else None,
        "undoable": ticket.undoable.model_dump(mode="json") if ticket.undoable else None,
        "own": ticket.own.to_json() if ticket.own else None,
        "routing": ticket.routing.model_dump() if ticket.routing else None,
        "hop_id": hop.id if hop else None,
        "hop_started": hop.started if hop else None,
        "hop_taken": hop.taken if hop else None,
        "hop_reason": hop.reason if hop else None,
    }


def ticket_of(row: Any) -> Ticket:
    """Return the ticket that a row of `tickets` (its columns as attributes) is."""
    hop = None
    if row.hop_id is not None:
        hop = Hop(
            row.hop_id,
            queue=row.queue,
            started=row.hop_started,
            taken=row.hop_taken,
            reason=row.hop_reason,
        )
    return Ticket(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        hop=hop,
        requester=Requester.model_validate(row.requester),
        context=Context.model_validate(row.context),
        children=tuple(row.children),
        links=tuple(Link.model_validate(link) for link in row.links),
        watchers=tuple(row.watchers),
        shared_with=tuple(Reader.model_validate(each) for each in row.shared_with),
        undelivered=tuple(Undelivered.from_json(each) for each in row.undelivered),
        run=Run.model_validate(row.run) if row.run else None,
        undoable=Undoable.model_validate(row.undoable) if row.undoable else None,
        own=Follows.from_json(row.own) if row.own else None,
        routing=Routing.model_validate(row.routing) if row.routing else None,
    )


def article_columns(done: Done) -> list[Columns]:
    """Return what the change appended as rows of `articles`."""
    event = done.change.event
    return [
        {
            "id": article.id,
            "ticket_id": event.ticket.id,
            "version": event.ticket.version,
            "kind": article.kind,
            "author": article.author.model_dump(),
            "visible_to_requester": article.visible_to_requester,
            "subject": article.subject,
            "body": article.body,
            "created_at": article.created_at,
            "child": article.child.model_dump() if article.child else None,
        }
        for article in event.articles
    ]


def history_columns(done: Done) -> Columns:
    """Return the change as a row of `history`."""
    event = done.change.event
    return {
        "ticket_id": event.ticket.id,
        "version": event.ticket.version,
        "at": event.ticket.updated_at,
        "actor": event.actor.model_dump(),
        "event": event.NAME,
        "reason": event.reason,
        "changes": event.changes,
    }


def hop_columns(done: Done) -> list[Columns]:
    """Return what the change did to hops as rows of `hops`."""
    ticket = done.change.event.ticket
    return [
        {
            "id": hop.id,
            "ticket_id": ticket.id,
            "version": ticket.version,
            "queue": hop.queue,
            "started": hop.started,
            "taken": hop.taken,
            "ended": hop.ended,
            "reason": hop.reason,
        }
        for hop in done.change.hops
    ]
