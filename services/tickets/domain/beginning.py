"""How a ticket begins."""

from datetime import datetime
from uuid import UUID

from services.tickets.domain.parts import Hop
from services.tickets.domain.ticket import Ticket
from shared.desk import Language
from shared.events.intake import Answer
from shared.events.people import Context, Requester
from shared.events.ticket_state import Link
from shared.ids import new_id


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
    at: datetime,
) -> Ticket:
    """Return a ticket at version 1: new, nobody's, waiting for routing to give it a queue."""
    return Ticket(
        id=ticket_id,
        number=number,
        version=1,
        state="new",
        queue=None,
        hop=Hop(new_id()),
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
        parent_id=None,
        parent=None,
        children=(),
        links=links,
        routing=None,
        routing_asked_at=at,
        escalated_from=None,
        postponed_until=None,
        is_taking_told=False,
        created_at=at,
        updated_at=at,
        closed_at=None,
    )
