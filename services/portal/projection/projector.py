"""What an event puts into the read model: pure translation, one event to its rows.

Nothing is looked up and nothing decided.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from services.portal.domain.search_words import (
    NOT_SEARCHED,
    chosen_labels,
    words_of,
    words_of_facts,
)
from shared.contracts.desk import Desk
from shared.contracts.events.notify import DeliveryEvent, NoticeFacts, PreferencesChanged
from shared.contracts.events.replay import ReplayedChange
from shared.contracts.events.ticket_state import ENDED, Article, TicketState
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import Actor
from shared.text.words import as_stored

Row = dict[str, Any]

_CHANGE_FACTS = frozenset({"subject", "fields", "requester", "merged_into"})
"""What changes the words of a ticket itself, by the names that events give changes."""
_UNCHANGED = (None, None)


def ticket_row(ticket: TicketState) -> Row:
    """Return the row of `ticket`."""
    asked = ticket.requester
    return {
        "id": ticket.id,
        "number": ticket.number,
        "version": ticket.version,
        "state": ticket.state,
        "is_active": ticket.state not in ENDED,
        "queue": ticket.queue,
        "hop_id": ticket.hop_id,
        "priority": ticket.priority,
        "owner": ticket.owner,
        "responsible": ticket.responsible,
        "last_owner": ticket.last_owner,
        "closed_by": ticket.closed_by,
        "requester_identity": asked.identity,
        "requester_name": asked.name,
        "requester_email": asked.email,
        "requester_affiliation": asked.affiliation,
        "requester_assurance": asked.assurance,
        "requester_email_key": asked.email_key,
        "request_type": ticket.request_type,
        "subject": ticket.subject,
        "fields": ticket.fields,
        "context": {
            "origin": ticket.context.origin,
            "page": ticket.context.page,
            "reference": ticket.context.reference,
        },
        "language": ticket.language,
        "parent_id": ticket.parent_id,
        "parent": ticket.parent,
        "children": list(ticket.children),
        "links": [{"to": link.to, "kind": link.kind} for link in ticket.links],
        "routing": {"rule": ticket.routing.rule, "reason": ticket.routing.reason}
        if ticket.routing
        else None,
        "watchers": list(ticket.watchers),
        "shared_with": [
            {"name": reader.name, "email": reader.email} for reader in ticket.shared_with
        ],
        "merged_into_id": ticket.merged_into_id,
        "merged_into": ticket.merged_into,
        "undoable": ticket.undoable.model_dump(mode="json") if ticket.undoable else None,
        "run": ticket.run.model_dump(mode="json") if ticket.run else None,
        "postponed_until": ticket.postponed_until,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "closed_at": ticket.closed_at,
        "actions": ticket.actions,
    }


def share_rows(tickets: Iterable[TicketState]) -> list[Row]:
    """Return the rows by which those find `tickets` whom they are shared with; of several versions
    of a ticket the newest counts.
    """
    newest: dict[tuple[UUID, str], int] = {}
    for ticket in tickets:
        for reader in ticket.shared_with:
            key = ticket.id, reader.email_key
            newest[key] = max(ticket.version, newest.get(key, 0))
    return [
        {"email_key": email, "ticket_id": ticket_id, "version": version}
        for (ticket_id, email), version in newest.items()
    ]


def article_row(ticket_id: UUID, article: Article) -> Row:
    """Return the row of an article of the ticket."""
    return {
        "id": article.id,
        "ticket_id": ticket_id,
        "kind": article.kind,
        "author_identity": article.author.identity,
        "author_name": article.author.name,
        "visible_to_requester": article.visible_to_requester,
        "subject": article.subject,
        "body": article.body,
        "created_at": article.created_at,
        "child": article.child.model_dump() if article.child else None,
    }


def history_row(event: TicketEvent) -> Row:
    """Return the row of the ticket's history that `event` is; the moment is that of the change
    itself.
    """
    ticket = event.ticket
    return _history_row(
        ticket.id,
        ticket.version,
        ticket.updated_at,
        event.NAME,
        event.actor,
        event.reason,
        event.changes,
    )


def past_row(ticket_id: UUID, past: ReplayedChange) -> Row:
    """Return the row of the ticket's history that `past` is."""
    return _history_row(
        ticket_id, past.version, past.at, past.event, past.actor, past.reason, past.changes
    )


def _history_row(
    ticket_id: UUID,
    version: int,
    at: datetime,
    event: str,
    actor: Actor,
    reason: str | None,
    changes: Mapping[str, tuple[JsonValue, JsonValue]],
) -> Row:
    return {
        "ticket_id": ticket_id,
        "version": version,
        "at": at,
        "event": event,
        "actor_identity": actor.identity,
        "actor_name": actor.name,
        "reason": reason,
        "changes": changes,
    }


def delivery_row(event: DeliveryEvent) -> Row:
    """Return the row of a mail's delivery."""
    return {
        "id": event.delivery_id,
        "version": event.version,
        "ticket_id": event.ticket_id,
        "article_id": event.article_id,
        "kind": event.kind,
        "state": event.state,
        "recipient": event.recipient,
        "reason": event.reason,
        "at": event.at,
    }


def notice_row(notice: NoticeFacts) -> Row:
    """Return the row of a notice; whether it was read is not said by events, and stays as it is."""
    return {
        "id": notice.notice_id,
        "version": notice.version,
        "operator": notice.operator,
        "ticket_id": notice.ticket_id,
        "ticket_version": notice.ticket_version,
        "number": notice.number,
        "kind": notice.kind,
        "actor_identity": notice.actor.identity,
        "actor_name": notice.actor.name,
        "state": notice.state,
        "recipient": notice.recipient,
        "reason": notice.reason,
        "at": notice.at,
    }


def preferences_row(event: PreferencesChanged) -> Row:
    """Return the row of what an operator chose."""
    return {
        "operator": event.operator,
        "version": event.version,
        "rhythm": event.rhythm,
        "muted": list(event.muted),
    }


def queue_left(event: TicketEvent) -> str | None:
    """Return the queue that the ticket left with `event`, if it left one."""
    before, _ = event.changes.get("queue", (None, None))
    return before if isinstance(before, str) else None


def tells_facts(event: TicketEvent) -> bool:
    """Return whether the words of the ticket itself are written with `event`: with its first, with
    what changes them, and with articles.

    When a ticket is put into its first queue nothing is written: till the next article that is
    searched its words say that it is in none, where every operator's search looks.
    """
    ticket, changes = event.ticket, event.changes
    is_moved = changes.get("queue", _UNCHANGED)[0] is not None
    is_changed = (
        is_moved or ticket.merged_into_id is not None or not _CHANGE_FACTS.isdisjoint(changes)
    )
    return (
        ticket.version == 1
        or any(article.kind != NOT_SEARCHED for article in event.articles)
        or is_changed
    )


def words_rows(
    tickets: Mapping[UUID, TicketState],
    articles: Iterable[tuple[UUID, Article]],
    *,
    desk: Desk | None,
) -> list[Row]:
    """Return the rows of the words of `tickets`, by id, and of `articles`, each with the id of its
    ticket: one a ticket.

    `desk` has the words that pages show for choices; without one (None) these are not among them.
    """
    public = {
        ticket_id: words_of([ticket.number, ticket.subject])
        for ticket_id, ticket in tickets.items()
    }
    internal: dict[UUID, set[str]] = {}
    for ticket_id, article in articles:
        if article.kind == NOT_SEARCHED:
            continue
        words = (public if article.visible_to_requester else internal).setdefault(ticket_id, set())
        words |= words_of([article.subject, article.body])
    return [
        {
            "ticket_id": ticket_id,
            "version": tickets[ticket_id].version if ticket_id in tickets else 0,
            "merged_into_id": tickets[ticket_id].merged_into_id if ticket_id in tickets else None,
            "facts": _facts(tickets[ticket_id], desk) if ticket_id in tickets else "",
            "public": as_stored(public.get(ticket_id, ())),
            "internal": as_stored(internal.get(ticket_id, ())),
        }
        for ticket_id in public.keys() | internal.keys()
    ]


def _facts(ticket: TicketState, desk: Desk | None) -> str:
    asked = ticket.requester
    # Forms ask for the subject, too; its words are known already.
    answers = [answer for answer in ticket.fields.values() if answer != ticket.subject]
    answers += chosen_labels(
        desk.forms.get(ticket.request_type or "") if desk else None, ticket.fields
    )
    return as_stored(
        words_of_facts(queue=ticket.queue, name=asked.name, email=asked.email, answers=answers)
    )
