"""What routing does about what it hears."""

from collections.abc import Sequence

from services.routing.context import RoutingContext
from services.routing.usecases import TicketWithoutQueue, route_tickets
from shared.contracts.events.families import TicketResent
from shared.contracts.events.tickets import (
    TicketCreated,
    TicketEscalated,
    TicketEvent,
    TicketRoutingRequested,
)
from shared.core.errors import DeskMissing, Invalid, NotYet
from shared.database.desk_copy import current_desk
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers
from shared.policy.rules import RoutingRequest


async def on_tickets_without_queue(
    service: RoutingContext, uow: UnitOfWork, received: Sequence[Envelope[TicketEvent]]
) -> None:
    """Give each of these tickets a queue; a child that was opened on a queue has one already."""
    waiting = [_without_queue(each) for each in received if each.event.ticket.queue is None]
    if not waiting:
        return
    try:
        desk = await current_desk(uow.connection)
    except DeskMissing as error:
        raise NotYet("a desk, whose rules say where tickets go") from error
    await route_tickets(uow, tickets=waiting, desk=desk, now=uow.now)


def _without_queue(received: Envelope[TicketEvent]) -> TicketWithoutQueue:
    event, ticket = received.event, received.event.ticket
    if ticket.hop_id is None:
        raise Invalid(
            f"ticket {ticket.id} asks for a queue but has no open stay that could have one"
        )
    request = RoutingRequest(
        request_type=ticket.request_type,
        origin=ticket.context.origin,
        affiliation=ticket.requester.affiliation,
        language=ticket.language,
        fields=ticket.fields,
        is_child=ticket.parent_id is not None,
        escalated_from=event.escalated_from
        if isinstance(event, TicketEscalated | TicketRoutingRequested)
        else None,
    )
    return TicketWithoutQueue(
        ticket_id=ticket.id,
        hop_id=ticket.hop_id,
        ticket_version=ticket.version,
        request=request,
        cause=received.effects_cause,
        asked_again=isinstance(event, TicketRoutingRequested),
    )


# What is told once needs no inbox, for a hop is decided once. Who asks again wants the answer
# again, but one for each time.
HANDLERS: Handlers[RoutingContext] = (
    Handler(TicketCreated, on_tickets_without_queue, inbox=False),
    Handler(TicketEscalated, on_tickets_without_queue, inbox=False),
    Handler(TicketResent, on_tickets_without_queue, inbox=False),
    Handler(TicketRoutingRequested, on_tickets_without_queue),
)
