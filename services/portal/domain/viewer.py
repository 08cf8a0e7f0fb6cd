"""Who is looking, and what that person may see under the desk in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from shared.contracts.desk import Desk, Right
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Requester
from shared.policy.permissions import (
    Held,
    allowed_actions,
    holder_of,
    is_own_request,
    is_shared_with,
    rights_on,
)


@dataclass(frozen=True)
class Viewer:
    """A person who looks, under one version of the desk.

    Cheap to make: what is asked for is worked out then.

    `now` is when they look; None where nothing that is asked depends on the time. `link` is the id
    of the one ticket whose link they came by: such a person has no account and reads that request
    alone.
    """

    desk: Desk
    person: Requester
    now: datetime | None = None
    link: UUID | None = None

    def by_link_of(self, ticket: TicketState) -> "Viewer":
        """Return the requester of `ticket` as who came by its link, under the same desk."""
        return Viewer(self.desk, ticket.requester, now=self.now, link=ticket.id)

    @property
    def identity(self) -> str | None:
        return self.person.identity

    @property
    def email_key(self) -> str:
        """The address by which own requests are found, whatever its case."""
        return self.person.email_key

    @property
    def is_operator(self) -> bool:
        return self.identity in self.desk.operators

    @cached_property
    def queues(self) -> frozenset[str]:
        """The queues whose tickets this person sees."""
        return self.desk.visible_queues(self.identity)

    @cached_property
    def sees_unplaced(self) -> bool:
        """Whether tickets without a queue, or in one that the desk no longer has, are seen: by who
        sees every group.
        """
        return "ro" in rights_on(self.desk, self.identity, None)

    @cached_property
    def is_supervisor(self) -> bool:
        """Whether this person works every group."""
        return "rw" in rights_on(self.desk, self.identity, None)

    @cached_property
    def permissions(self) -> dict[str, list[Right]]:
        """The rights by queue, where there are any; also those that show nothing."""
        by_queue = {
            queue: sorted(self.desk.rights(self.identity, queue)) for queue in self.desk.queues
        }
        return {queue: rights for queue, rights in by_queue.items() if rights}

    @cached_property
    def entrances(self) -> frozenset[str]:
        """The open queues into which this person may move tickets."""
        open_queues = (slug for slug, described in self.desk.queues.items() if not described.closed)
        return frozenset(
            slug for slug in open_queues if "move_into" in self.desk.rights(self.identity, slug)
        )

    def sees_queue(self, queue: str | None) -> bool:
        """Return whether tickets in `queue` are seen."""
        return queue in self.queues if queue in self.desk.queues else self.sees_unplaced

    def sees(self, ticket: Held) -> bool:
        """Return whether this person sees `ticket` as an operator."""
        return self.sees_queue(ticket.queue)

    def asked_for(self, ticket: Held) -> bool:
        """Return whether `ticket` is this person's own request."""
        return (
            ticket.id == self.link if self.link is not None else is_own_request(ticket, self.person)
        )

    def was_given(self, ticket: Held) -> bool:
        """Return whether `ticket` was shared with this person by name."""
        return self.link is None and is_shared_with(ticket, self.person)

    def may_read(self, ticket: Held) -> bool:
        """Return whether this person sees `ticket` as its requester does: he asked for it, or it
        was shared with him.
        """
        return self.asked_for(ticket) or self.was_given(ticket)

    def reads_together(self, ticket: Held, other: Held) -> bool:
        """Return whether this person, who may read `ticket`, reads `other` in it, which was merged
        into it.

        His own with his own; of what was shared with him, what one and the same person had asked
        for.
        """
        if self.link is not None:
            return self.asked_for(ticket) and is_own_request(other, self.person)
        if self.asked_for(ticket):
            return self.asked_for(other)
        return self.was_given(other) and is_own_request(other, ticket.requester)

    def holds(self, ticket: Held) -> bool:
        """Return whether this person owns `ticket` and may still work it."""
        return self.identity is not None and holder_of(self.desk, ticket) == self.identity

    def stands_above(self, ticket: Held, parent: Held | None) -> bool:
        """Return whether this person holds `parent`, the parent of `ticket`: there he stands in the
        requester's place.
        """
        return ticket.parent_id is not None and parent is not None and self.holds(parent)

    def actions_on(self, ticket: TicketState, parent: Held | None = None) -> list[str]:
        """Return what this person may do to `ticket` now; `parent` is that of a child."""
        parent_owner = holder_of(self.desk, parent) if parent is not None else None
        return allowed_actions(
            self.desk, ticket, self.person, parent_owner=parent_owner, now=self.now
        )

    def branch(self, queue: str) -> Collection[str]:
        """Return the visible queues at and under `queue`; none if `queue` itself is not visible."""
        if queue not in self.queues:
            return ()
        return sorted(slug for slug in self.queues if slug == queue or slug.startswith(f"{queue}/"))
