"""What routing's handlers have in hand."""

from dataclasses import dataclass

from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class RoutingContext:
    """The parts of one running routing."""

    database: Database
