"""How a ticket begins."""

from datetime import datetime
from uuid import UUID

from services.tickets.domain.families import Family, Parent
from services.tickets.domain.parts import Hop
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Language
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import Link, Routing
from shared.contracts.people import Context, Requester
from shared.core.ids import new_id


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
    """Return a ticket at version 1: new, nobody's; without a `queue` it waits for routing to give it one. A child has a `parent`.

    `routing` says why it is in that `queue`.
    """
    return Ticket(
        id=ticket_id,
        number=number,
        version=1,
        state="new",
        queue=queue,
        hop=Hop(new_id(), queue=queue, started=at if queue else None, reason="opened" if queue else None),
        priority=priority,
        owner=None,
        responsible=None,
        last_owner=None,
        closed_by=None,
        requester=requester,
        request_type=request_type,
        request_id=request_id,
        subject=subject,
        fields=fields,
        context=context,
        language=language,
        parent_id=parent.id if parent else None,
        parent=parent.number if parent else None,
        children=(),
        links=links,
        watchers=(),
        shared_with=(),
        merged_into_id=None,
        merged_into=None,
        run=None,
        undoable=None,
        bounced_by=None,
        routing=routing,
        routing_asked_at=None if queue else at,
        routing_asked_by=None,
        escalated_from=None,
        postponed_until=None,
        question_asked_at=None,
        reminded_at=None,
        expires_at=None,
        is_taking_told=False,
        created_at=at,
        updated_at=at,
        closed_at=None,
        family=Family(parent=Parent(parent.state, parent.queue, parent.owner) if parent else None),
    )
