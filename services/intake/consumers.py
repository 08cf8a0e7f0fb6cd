"""What intake does about what it hears."""

from collections.abc import Sequence

from services.intake.context import IntakeContext
from services.intake.usecases.requests import make_again, note_ticket_numbers
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.replay import TicketReplayed
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketCreated
from shared.database.desk_copy import store_desk
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers


async def on_desk_applied(
    service: IntakeContext, uow: UnitOfWork, received: Sequence[Envelope[DeskApplied]]
) -> None:
    """Swap the copy of the desk, and so the forms."""
    await store_desk(uow, [each.event for each in received])
    service.forms.forget()


async def on_tickets_created(
    service: IntakeContext, uow: UnitOfWork, received: Sequence[Envelope[TicketCreated]]
) -> None:
    """Store the ticket numbers of requests; tickets that come from no request are ignored."""
    numbers = {
        each.event.request_id: each.event.ticket.number
        for each in received
        if each.event.request_id is not None
    }
    await note_ticket_numbers(uow, numbers=numbers)


async def on_tickets_replayed(
    service: IntakeContext, uow: UnitOfWork, received: Sequence[Envelope[TicketReplayed]]
) -> None:
    """Let requests know the number of the ticket that they are now, and make again those that are
    not here.
    """
    told = [each.event for each in received]
    numbers = {
        event.request_id: event.ticket.number for event in told if event.request_id and event.ticket
    }
    await make_again(
        uow, requests=[request for event in told if (request := lost_request(event)) is not None]
    )
    await note_ticket_numbers(uow, numbers=numbers)


def lost_request(event: TicketReplayed) -> RequestSubmitted | None:
    """Return the request that a ticket was made of, None where the ticket came from none or the
    event does not say enough.
    """
    ticket, article = (
        event.ticket,
        next((each for each in event.articles if each.kind == "request"), None),
    )
    if event.request_id is None or ticket is None or ticket.request_type is None or article is None:
        return None
    is_own = article.author.identity == ticket.requester.identity
    return RequestSubmitted(
        request_id=event.request_id,
        form=ticket.request_type,
        subject=ticket.subject,
        body=article.body,
        fields=ticket.fields,
        requester=ticket.requester,
        filed_by=None if is_own else article.author,
        context=ticket.context,
        language=ticket.language,
        priority=ticket.priority,
        submitted_at=article.created_at,
        ticket_number=ticket.number,
    )


HANDLERS: Handlers[IntakeContext] = (
    Handler(DeskApplied, on_desk_applied, inbox=False),
    Handler(TicketCreated, on_tickets_created, inbox=False),
    Handler(TicketReplayed, on_tickets_replayed, inbox=False),
)
