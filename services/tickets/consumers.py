"""What tickets does about what it hears. All of it is harmless when repeated, so no inbox is kept."""

from collections.abc import Sequence

from services.tickets.context import TicketsContext
from services.tickets.repository import SqlTickets
from services.tickets.usecases import arrival
from shared.database.desk_copy import current_desk, store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.errors import DeskMissing, NotYet
from shared.events.intake import RequestSubmitted
from shared.events.notify import DeliveryDelayed, DeliveryEvent, DeliveryFailed, DeliverySent
from shared.events.routing import DeskApplied, TicketRouted
from shared.messaging.handlers import Handler, Handlers
from shared.messaging.message import Received


async def on_desk_applied(service: TicketsContext, uow: UnitOfWork, received: Sequence[Received[DeskApplied]]) -> None:
    """Swap the copy of the desk, from which all rights are decided."""
    await store_desk(uow, [one.event for one in received])


async def on_requests_submitted(service: TicketsContext, uow: UnitOfWork, received: Sequence[Received[RequestSubmitted]]) -> None:
    """Make a ticket of each request."""
    try:
        desk = (await current_desk(uow.connection)).desk
    except DeskMissing as error:
        raise NotYet("a desk, which has the time zone and the system id of ticket numbers") from error
    requests = [(one.event, one.cause) for one in received]
    await arrival.create_tickets(SqlTickets(uow), service.counters.counters(uow), desk, requests=requests, now=uow.now)


async def on_tickets_routed(service: TicketsContext, uow: UnitOfWork, received: Sequence[Received[TicketRouted]]) -> None:
    """Give tickets the queues that routing decided."""
    await arrival.apply_routing(SqlTickets(uow), decisions=[(one.event, one.cause) for one in received], now=uow.now)


async def on_deliveries(service: TicketsContext, uow: UnitOfWork, received: Sequence[Received[DeliveryEvent]]) -> None:
    """Add notices to the requester as articles."""
    await arrival.append_notices(SqlTickets(uow), deliveries=[(one.event, one.cause) for one in received], now=uow.now)


_deliveries: Handler[TicketsContext] = Handler(on_deliveries, inbox=False)

HANDLERS: Handlers[TicketsContext] = {
    DeskApplied: Handler(on_desk_applied, inbox=False),
    RequestSubmitted: Handler(on_requests_submitted, inbox=False),
    TicketRouted: Handler(on_tickets_routed, inbox=False),
    DeliverySent: _deliveries,
    DeliveryDelayed: _deliveries,
    DeliveryFailed: _deliveries,
}
