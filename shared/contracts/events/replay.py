"""What tickets says again, to one service, of what it has said long ago: `./sportello replay`."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from shared.contracts.events.base import Event
from shared.contracts.events.ticket_state import Article, TicketState
from shared.contracts.people import Actor
from shared.contracts.values import Part, Personal, Version


class ReplayedChange(Part):
    """One change in the history of a ticket.

    It is what the event `event` said of `version`, without the state and the articles.
    """

    version: Version
    at: AwareDatetime
    event: str
    actor: Actor
    reason: Personal[str | None] = None
    changes: Personal[dict[str, tuple[JsonValue, JsonValue]]] = Field(default_factory=dict)


class TicketReplayed(Event):
    """A ticket as it is now, and all that was ever appended to it.

    It comes in as many events as its size needs: each carries a part, one of them the state. When:
    `replay tickets`, to one service alone. Nothing has happened, so nobody is notified.
    `request_id` is the request that the ticket came from. Consumers keep a copy: the portal all of
    it, intake the number, notify the queue.
    """

    NAME: ClassVar[str] = "tickets.ticket.replayed.v1"

    ticket_id: UUID
    request_id: UUID | None = None
    ticket: TicketState | None = None
    history: tuple[ReplayedChange, ...] = ()
    articles: tuple[Article, ...] = ()


class ChangeRetold(Event):
    """A change of a ticket that never reached notify: the event named `event`, as `told` says it.

    When: `replay tickets --to notify --owed`, to notify alone. Notify makes the mails that the
    event owes, under the ids that they would have had, and notifies those of `operators` whom it
    would have notified.
    """

    NAME: ClassVar[str] = "tickets.ticket.retold.v1"

    ticket_id: UUID
    event: str
    told: Personal[dict[str, JsonValue]]
    operators: Personal[tuple[str, ...]] = ()
