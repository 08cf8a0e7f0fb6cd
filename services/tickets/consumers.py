"""How tickets handles events. Almost every handler is idempotent; the others have an inbox."""

from collections.abc import Sequence
from datetime import datetime

from services.tickets.context import TicketsContext
from services.tickets.repository.presence import SqlPresence
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases import arrival, children, guests, recipes, replaying, undelivered
from shared.contracts.desk import Desk
from shared.contracts.events.families import ChildTold, RunDue
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.notify import DeliveryEvent, DeliveryFailed
from shared.contracts.events.portal import LinkAsked, OperatorsPresent
from shared.contracts.events.routing import DeskApplied, TicketRouted
from shared.core.errors import DeskMissing, NotYet
from shared.database.desk_copy import current_desk, store_desk
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers


async def on_desk_applied(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[DeskApplied]]
) -> None:
    """Swap the copy of the desk, from which all rights are decided."""
    await store_desk(uow, [one.event for one in received])


async def on_requests_submitted(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[RequestSubmitted]]
) -> None:
    """Make a ticket of each request.

    Intake publishes a request again until it knows the number, and gets it.
    """
    desk = await _desk(uow)
    requests = [(one.event, one.effects_cause) for one in received]
    known = await arrival.create_tickets(
        SqlTickets(uow), service.counters.counters(uow), desk, requests=requests, now=uow.now
    )
    await replaying.replay_states(uow, ids=known, target="intake")


async def on_tickets_routed(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[TicketRouted]]
) -> None:
    """Give tickets the queues that routing decided."""
    desk = await _desk(uow)
    decisions = [(one.event, one.effects_cause) for one in received]
    await arrival.apply_routing(
        SqlTickets(uow), SqlPresence(uow), desk, decisions=decisions, now=uow.now
    )


async def on_deliveries(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[DeliveryEvent]]
) -> None:
    """Add notices to the requester as articles, and note which mails failed."""
    desk = await _desk(uow)
    deliveries = [(one.event, one.effects_cause) for one in received]
    await arrival.append_notices(SqlTickets(uow), desk, deliveries=deliveries, now=uow.now)
    failures = [(event, cause) for event, cause in deliveries if isinstance(event, DeliveryFailed)]
    await undelivered.hear_of_failures(SqlTickets(uow), failures=failures, now=uow.now)


async def on_children_told(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[ChildTold]]
) -> None:
    """Add to parents what happened to their children."""
    desk, news = await _desk(uow), [(one.event, one.effects_cause) for one in received]
    counters = service.counters.counters(uow)
    await children.hear_of_children(
        SqlTickets(uow), counters, SqlPresence(uow), desk, news=news, now=uow.now
    )


async def on_runs_due(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[RunDue]]
) -> None:
    """Open the children of recipes whose time has come."""
    desk, due = await _desk(uow), [(one.event.ticket_id, one.effects_cause) for one in received]
    await recipes.begin_due_steps(
        SqlTickets(uow),
        service.counters.counters(uow),
        SqlPresence(uow),
        desk,
        due=due,
        now=uow.now,
    )


async def on_operators_present(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[OperatorsPresent]]
) -> None:
    """Remember which operators are present."""
    seen: dict[str, datetime] = {}
    for one in received:
        for operator in one.event.operators:
            seen[operator] = max(one.event.at, seen.get(operator, one.event.at))
    SqlPresence(uow).note(seen)


async def on_links_asked(
    service: TicketsContext, uow: UnitOfWork, received: Sequence[Envelope[LinkAsked]]
) -> None:
    """Have links mailed to the requesters who asked for them."""
    wishes = [(one.event, one.effects_cause) for one in received]
    await guests.ask_for_links(
        SqlTickets(uow), wishes=wishes, days=service.guest_link_days, now=uow.now
    )


async def _desk(uow: UnitOfWork) -> Desk:
    try:
        return (await current_desk(uow.connection)).desk
    except DeskMissing as error:
        raise NotYet("a desk, by which everything about tickets is decided") from error


HANDLERS: Handlers[TicketsContext] = (
    Handler(DeskApplied, on_desk_applied, inbox=False),
    Handler(RequestSubmitted, on_requests_submitted, inbox=False),
    Handler(TicketRouted, on_tickets_routed, inbox=False),
    Handler(ChildTold, on_children_told, inbox=False),
    Handler(RunDue, on_runs_due, inbox=False),
    # Each wish counts once: a repeat would mail the link again.
    Handler(LinkAsked, on_links_asked, inbox=True),
    Handler(OperatorsPresent, on_operators_present, inbox=False),
    Handler(DeliveryEvent, on_deliveries, inbox=False),
)
