"""What tickets says about two tickets that become one, and about taking that back."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.events.tickets import TicketEvent


class TicketMerged(TicketEvent):
    """A ticket was merged into `into`, where its articles are read and its watchers are from now on. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.merged.v1"

    into_id: UUID
    into: str


class TicketAbsorbed(TicketEvent):
    """The ticket `absorbed` was merged into this one. Who cares: notify, portal."""

    NAME: ClassVar[str] = "tickets.ticket.absorbed.v1"

    absorbed_id: UUID
    absorbed: str


class TicketMergeUndone(TicketEvent):
    """The merge with the ticket `other` was taken back; told of both. Who cares: portal."""

    NAME: ClassVar[str] = "tickets.ticket.merge-undone.v1"

    other_id: UUID
    other: str
