"""A ticket beside the one that is looked at: what must be known of it."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.events.ticket_state import State
from shared.contracts.people import Reader, Requester


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket as far as rights, families and links depend on it."""

    id: UUID
    number: str
    state: State
    queue: str | None
    owner: str | None
    subject: str
    requester: Requester
    parent_id: UUID | None
    parent: str | None
    children: tuple[str, ...]
    shared_with: tuple[Reader, ...] = ()
