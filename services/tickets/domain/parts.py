"""What a ticket is made of beside itself, and what comes of a verb."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from shared.contracts.events.base import Event
from shared.contracts.events.notify import MailKind
from shared.contracts.events.ticket_state import AboutChild, Article, ArticleKind, Run
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import Actor
from shared.core.ids import new_id


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
    """What one verb did: the event that tells it, the hops it began or ended, and what tickets tells itself because of it.

    Each of `further` goes with the id of the aggregate that it is about.
    """

    event: TicketEvent
    hops: tuple[Hop, ...] = ()
    further: tuple[tuple[UUID, Event], ...] = ()


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery that failed at its `version`; `is_resent` once an operator had it sent again since."""

    delivery_id: UUID
    version: int
    article_id: UUID
    kind: MailKind
    to: str
    is_resent: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a column keeps it."""
        return asdict(self) | {"delivery_id": str(self.delivery_id), "article_id": str(self.article_id)}

    @staticmethod
    def from_json(kept: dict[str, Any]) -> "Undelivered":
        """Return what `to_json` gave."""
        return Undelivered(**kept | {"delivery_id": UUID(kept["delivery_id"]), "article_id": UUID(kept["article_id"])})


def as_history(value: object) -> JsonValue:
    """Return a fact as history shows it. Raises TypeError for what it has no way to show."""
    match value:
        case None | str() | int():
            return value
        case dict():
            return dict(value)
        case datetime():
            return value.isoformat()
        case Run():
            return {"state": value.state, **{step.name: step.state for step in value.steps}}
        case tuple():
            return [each if isinstance(each, str) else each.model_dump() for each in value]
    raise TypeError(f"history cannot show {value!r}")


def article_of(kind: ArticleKind, author: Actor, subject: str, body: str, *, at: datetime) -> Article:
    """Return a new article; notes and what goes elsewhere are not for the requester's eyes, all others are."""
    return Article(
        id=new_id(),
        kind=kind,
        author=author,
        visible_to_requester=kind not in ("note", "forward"),
        subject=subject,
        body=body,
        created_at=at,
    )


def article_about_child(
    about: AboutChild, author: Actor, subject: str, body: str, *, article_id: UUID | None = None, passes_up: bool = False, at: datetime
) -> Article:
    """Return an article that tells of a child.

    The requester never sees one; `passes_up`: who opened the child does, on the child itself.
    """
    return Article(
        id=article_id or new_id(),
        kind="child",
        author=author,
        visible_to_requester=passes_up,
        subject=subject,
        body=body,
        created_at=at,
        child=about,
    )
