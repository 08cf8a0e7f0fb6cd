"""How a ticket begins."""

from datetime import datetime
from uuid import UUID

from services.tickets.domain.families import Family, Parent
from services.tickets.domain.hops import hop_to
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Language
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import Link, Routing
from shared.contracts.people import Context, Requester


def new_ticket(
    *,
    ticket_id: UUID,
    number: str,
    requester: Requester,
    request_type: str | None,
    request_id: UUID | None,
    subject: str,
    fields: dict[str, Answer],
    context: Context,
    language: Language,
    priority: int,
    links: tuple[Link, ...] = (),
    queue: str | None = None,
    parent: Ticket | None = None,
    routing: Routing | None = None,
    at: datetime,
) -> Ticket:
    """Return a new ticket at version 1, without an owner. A child has a `parent`.

    Without a `queue` it waits for routing; `routing` says why it is in that `queue`.
    """
    return Ticket(
        id=ticket_id,
        number=number,
        queue=queue,
        hop=hop_to(queue, reason="opened", at=at),
        priority=priority,
        requester=requester,
        request_type=request_type,
        request_id=request_id,
        subject=subject,
        fields=fields,
        context=context,
        language=language,
        parent_id=parent.id if parent else None,
        parent=parent.number if parent else None,
        links=links,
        routing=routing,
        routing_asked_at=None if queue else at,
        created_at=at,
        updated_at=at,
        family=Family(parent=Parent(parent.state, parent.queue, parent.owner) if parent else None),
    )
