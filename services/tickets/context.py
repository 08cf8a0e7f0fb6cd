"""What the handlers, commands and jobs of tickets have in hand."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from services.tickets.ports import CounterSource
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class TicketsContext:
    """The parts of one running tickets service.

    After `routing_patience` without a queue routing is asked again, for at most `routing_limit`
    tickets a round. Links of guests work until `guest_link_days` after the end of their tickets.
    `heard_children` has the version of each child up to which its parent is known to have heard of
    it.
    """

    database: Database
    counters: CounterSource
    routing_patience: timedelta
    routing_limit: int
    guest_link_days: int
    heard_children: dict[UUID, int] = field(default_factory=dict)
