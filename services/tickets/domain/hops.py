"""The stays of a ticket in queues."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Hop:
    """A stay in a queue.

    It begins when the ticket gets the queue: until then `queue` and `started` are None and routing
    decides.

    `taken` is when somebody first became the owner there, `reason` why the ticket came.
    """

    id: UUID
    queue: str | None = None
    started: datetime | None = None
    taken: datetime | None = None
    ended: datetime | None = None
    reason: str | None = None

    @property
    def stays(self) -> tuple["Hop", ...]:
        """The hop as a stay to be recorded: none while it waits for its queue."""
        return (self,) if self.queue is not None else ()

    def in_queue(self, queue: str, *, reason: str | None = None, at: datetime) -> "Hop":
        """Return the hop that waited for a queue, in `queue`."""
        return replace(self, queue=queue, started=at, reason=reason)

    def taken_at(self, at: datetime) -> "Hop":
        """Return the hop with the time of its first taking."""
        return self if self.taken is not None else replace(self, taken=at)


def hop_to(queue: str | None, *, reason: str | None, is_taken: bool = False, at: datetime) -> Hop:
    """Return a new hop in `queue`; without one it waits for routing."""
    if queue is None:
        return Hop(new_id())
    return Hop(new_id(), queue=queue, started=at, taken=at if is_taken else None, reason=reason)
