"""The facts of a ticket, as the tables keep them and the events carry them."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.tickets.domain.families import Family
from services.tickets.domain.hops import Hop
from services.tickets.domain.links import Follows
from services.tickets.domain.recipes import asks_about
from services.tickets.domain.rights import actions_for
from shared.contracts.desk import Language
from shared.contracts.events.intake import Answer
from shared.contracts.events.notify import MailKind
from shared.contracts.events.ticket_state import Link, Routing, Run, State, TicketState, Undoable
from shared.contracts.people import Context, Reader, Requester

USUAL_PRIORITY = 3
_CARRIED = tuple(name for name in TicketState.model_fields if name not in ("hop_id", "actions"))


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery that failed at its `version`; `is_resent` once an operator had it sent again
    since.
    """

    delivery_id: UUID
    version: int
    article_id: UUID
    kind: MailKind
    to: str
    is_resent: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a column keeps it."""
        return asdict(self) | {
            "delivery_id": str(self.delivery_id),
            "article_id": str(self.article_id),
        }

    @staticmethod
    def from_json(kept: dict[str, Any]) -> "Undelivered":
        """Return what `to_json` gave."""
        return Undelivered(
            **kept
            | {"delivery_id": UUID(kept["delivery_id"]), "article_id": UUID(kept["article_id"])}
        )


@dataclass(slots=True, kw_only=True)
class TicketRecord:
    """The facts of a ticket at `version`; the defaults are those of a new one.

    `hop` is the stay that is open, None once the ticket has ended. `routing_asked_at` is when
    routing was last asked for a queue, None where there is one; `routing_asked_by` is whose act
    made the ticket wait for that, and `escalated_from` the queue it was escalated from, until
    routing has answered. `is_taking_told`: the notice of taking charge was given, which happens
    once. While the requester is waited for, `question_asked_at` is since when, `reminded_at` when
    they were reminded, and `expires_at` the end of that. `bounced_by` is who sent a returned child
    back. `undelivered` are the mails that ever failed. `merged_into` goes on with this ticket.
    `undoable` is the last move or merge, while it can be undone. `own` is what was set at this
    ticket itself, where merges have made its watchers and links others (None: they are its own).
    `family` is what its parent and children are like; None where the ticket was read for a look
    only, and can change nothing.
    """

    id: UUID
    number: str
    version: int = 1
    state: State = "new"
    queue: str | None = None
    hop: Hop | None = None
    priority: int = USUAL_PRIORITY
    owner: str | None = None
    responsible: str | None = None
    last_owner: str | None = None
    closed_by: str | None = None
    requester: Requester
    request_type: str | None = None
    request_id: UUID | None = None
    subject: str
    fields: dict[str, Answer] = field(default_factory=dict)
    context: Context
    language: Language
    parent_id: UUID | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    watchers: tuple[str, ...] = ()
    shared_with: tuple[Reader, ...] = ()
    merged_into_id: UUID | None = None
    merged_into: str | None = None
    run: Run | None = None
    undoable: Undoable | None = None
    bounced_by: str | None = None
    routing: Routing | None = None
    routing_asked_at: datetime | None = None
    routing_asked_by: str | None = None
    escalated_from: str | None = None
    postponed_until: datetime | None = None
    question_asked_at: datetime | None = None
    reminded_at: datetime | None = None
    expires_at: datetime | None = None
    is_taking_told: bool = False
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    undelivered: tuple[Undelivered, ...] = ()
    own: Follows | None = None
    family: Family | None = None

    def to_state(self) -> TicketState:
        """Return the ticket as its events carry it."""
        carried: dict[str, Any] = {name: getattr(self, name) for name in _CARRIED}
        actions = actions_for(
            self.state,
            is_child=self.parent_id is not None,
            has_owner=self.owner is not None,
            can_undo=self.undoable is not None,
            must_decide=self.run is not None and bool(asks_about(self.run)),
            can_share=self.requester.assurance != "typed",
        )
        return TicketState(**carried, hop_id=self.hop.id if self.hop else None, actions=actions)
