"""What a ticket is made of beside itself, and what comes of a verb."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from shared.events.people import Actor
from shared.events.ticket_state import Article, ArticleKind
from shared.events.tickets import TicketEvent
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Hop:
    """A stay in a queue. It begins when the ticket gets the queue: until then `queue` and `started` are None and routing decides.

    `taken` is when somebody first became the owner there, `reason` why the ticket came.
    """

    id: UUID
    queue: str | None = None
    started: datetime | None = None
    taken: datetime | None = None
    ended: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one verb did: the event that tells it, and the hops it began or ended."""

    event: TicketEvent
    hops: tuple[Hop, ...] = ()


def as_history(value: object) -> JsonValue:
    """Return a fact as history shows it. Raises TypeError for what it has no way to show."""
    match value:
        case None | str() | int():
            return value
        case datetime():
            return value.isoformat()
        case tuple():
            return [each.model_dump() for each in value]
    raise TypeError(f"history cannot show {value!r}")


def article_of(kind: ArticleKind, author: Actor, subject: str, body: str, *, at: datetime) -> Article:
    """Return a new article; all but notes are for the requester's eyes."""
    return Article(id=new_id(), kind=kind, author=author, visible_to_requester=kind != "note", subject=subject, body=body, created_at=at)
