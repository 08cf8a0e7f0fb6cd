"""What intake does about what it hears."""

from collections.abc import Sequence

from services.intake.context import IntakeContext
from services.intake.usecases import note_ticket_numbers
from shared.database.desk_copy import store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.events.replay import TicketReplayed
from shared.events.routing import DeskApplied
from shared.events.tickets import TicketCreated
from shared.messaging.handlers import Handler, Handlers
from shared.messaging.message import Received


async def on_desk_applied(service: IntakeContext, uow: UnitOfWork, received: Sequence[Received[DeskApplied]]) -> None:
    """Swap the copy of the desk, and so the forms."""
    await store_desk(uow, [each.event for each in received])
    service.forms.forget()


async def on_tickets_created(service: IntakeContext, uow: UnitOfWork, received: Sequence[Received[TicketCreated]]) -> None:
    """Let requests know their ticket's number; tickets that come from no request are none of intake's business."""
    numbers = {each.event.request_id: each.event.ticket.number for each in received if each.event.request_id is not None}
    await note_ticket_numbers(uow, numbers=numbers)


async def on_tickets_replayed(service: IntakeContext, uow: UnitOfWork, received: Sequence[Received[TicketReplayed]]) -> None:
    """Let requests know the number of the ticket that they are now."""
    told = [each.event for each in received]
    numbers = {event.request_id: event.ticket.number for event in told if event.request_id and event.ticket}
    await note_ticket_numbers(uow, numbers=numbers)


HANDLERS: Handlers[IntakeContext] = {
    DeskApplied: Handler(on_desk_applied, inbox=False),
    TicketCreated: Handler(on_tickets_created, inbox=False),
    TicketReplayed: Handler(on_tickets_replayed, inbox=False),
}
