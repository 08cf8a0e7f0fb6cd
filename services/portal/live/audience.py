"""What changed, and who may hear of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.portal.domain.family import KnownTicket
from services.portal.domain.viewer import Viewer
from services.portal.live.listeners import Topic
from services.portal.projection.changes import ticket_key


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed, so that asking for one listener costs the same however many tickets did.

    `tickets` are those that changed, `around` beside them their ancestors, and their children that
    somebody looks at: a ticket's page shows its family. `queues` had or have one of them.
    `asked_by` and `asked_from` have it among their requests.
    """

    tickets: Mapping[str, KnownTicket]
    around: Mapping[str, KnownTicket]
    queues: frozenset[str | None]
    asked_by: frozenset[str | None]
    asked_from: frozenset[str]
    bells: frozenset[str]
    everything: bool

    @classmethod
    def of(
        cls,
        tickets: Mapping[str, KnownTicket],
        around: Mapping[str, KnownTicket],
        left: frozenset[str],
        bells: frozenset[str],
        *,
        everything: bool,
    ) -> "Changed":
        """Sort out what changed; `left` are queues that tickets have left, `bells` operators who
        were told something.

        `everything`: the desk was swapped.
        """
        own = [ticket for ticket in tickets.values() if ticket.parent_id is None]
        return cls(
            tickets=tickets,
            around={**around, **tickets},
            queues=frozenset(ticket.queue for ticket in tickets.values()) | left,
            asked_by=frozenset(
                ticket.requester.identity for ticket in own if ticket.requester.assurance != "typed"
            )
            - {None},
            asked_from=frozenset(key for ticket in own for key in _read_from(ticket)),
            bells=bells,
            everything=everything,
        )

    def names_for(self, viewer: Viewer, topic: Topic) -> list[str]:
        """Return what `viewer`, who looks at `topic`, is told."""
        if topic.kind == "request":
            return self._request_for(viewer, topic.number)
        bell = ["bell"] if viewer.identity in self.bells else []
        return bell + (
            self._lists_for(viewer)
            if topic.kind == "lists"
            else self._ticket_for(viewer, topic.number)
        )

    def is_shown(self, viewer: Viewer, topic: Topic) -> bool | None:
        """Return whether `viewer` sees what `topic` is about now, None where it did not change."""
        ticket = self.around.get(topic.number)
        if ticket is None:
            return None
        return viewer.may_read(ticket) or (topic.kind == "ticket" and self._may_get(ticket, viewer))

    def _request_for(self, viewer: Viewer, number: str) -> list[str]:
        ticket = self.tickets.get(number)
        return [ticket_key(number)] if ticket is not None and viewer.may_read(ticket) else []

    def _ticket_for(self, viewer: Viewer, number: str) -> list[str]:
        ticket = self.around.get(number)
        if ticket is None:
            return []
        if number in self.tickets:
            hears = self._may_get(ticket, viewer) or viewer.may_read(ticket)
        else:
            hears = viewer.sees(ticket) and any(
                self._may_get(relative, viewer) for relative in self._relatives(ticket)
            )
        return [ticket_key(number)] if hears else []

    def _may_get(self, ticket: KnownTicket, viewer: Viewer) -> bool:
        return viewer.sees(ticket) or viewer.stands_above(
            ticket, self.around.get(ticket.parent or "")
        )

    def _relatives(self, ticket: KnownTicket) -> list[KnownTicket]:
        """Return the tickets of its family that changed: its parent, and whatever is below it."""
        return [
            other
            for other in self.tickets.values()
            if other.number == ticket.parent or self._is_below(other, ticket)
        ]

    def _is_below(self, ticket: KnownTicket, above: KnownTicket) -> bool:
        parent = self.around.get(ticket.parent or "")
        return parent is not None and (
            parent.number == above.number or self._is_below(parent, above)
        )

    def _lists_for(self, viewer: Viewer) -> list[str]:
        names = []
        if viewer.is_operator and (
            self.everything or any(viewer.sees_queue(queue) for queue in self.queues)
        ):
            names.append("queues")
        if (
            self.everything
            or viewer.identity in self.asked_by
            or viewer.email_key in self.asked_from
        ):
            names.append("my")
        return names


def _read_from(ticket: KnownTicket) -> set[str]:
    """Return the addresses by which somebody has the ticket among their requests."""
    asked = {ticket.requester.email_key} if ticket.requester.assurance == "confirmed" else set()
    return asked | {reader.email_key for reader in ticket.shared_with}
