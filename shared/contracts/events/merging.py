"""What tickets says about two tickets that become one, and about undoing that."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.events.tickets import TicketEvent


class TicketMerged(TicketEvent):
    """A ticket was merged into `into`.

    From now on `into` shows its articles and has its watchers.
    """

    NAME: ClassVar[str] = "tickets.ticket.merged.v1"

    into_id: UUID
    into: str


class TicketAbsorbed(TicketEvent):
    """The ticket `absorbed` was merged into this one."""

    NAME: ClassVar[str] = "tickets.ticket.absorbed.v1"

    absorbed_id: UUID
    absorbed: str


class TicketMergeUndone(TicketEvent):
    """The merge with the ticket `other` was undone. When: once for each of the two tickets."""

    NAME: ClassVar[str] = "tickets.ticket.merge-undone.v1"

    other_id: UUID
    other: str
