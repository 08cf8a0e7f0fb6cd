"""What the handlers, commands and jobs of tickets have in hand."""

from dataclasses import dataclass

from services.tickets.adapters.counters import CounterSource
from services.tickets.settings import TicketsSettings
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class TicketsContext:
    """The parts of one running tickets service."""

    database: Database
    counters: CounterSource
    settings: TicketsSettings
