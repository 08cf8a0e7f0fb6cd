"""What tickets does by the clock."""

from datetime import timedelta

from services.tickets.context import TicketsContext
from services.tickets.repository import SqlTickets, database_now
from services.tickets.usecases import arrival
from shared.runtime.composition import Job


async def ask_routing_again(service: TicketsContext) -> bool:
    """Ask routing once more for tickets that have waited too long for a queue; a limited number a round, so that a stop is worked off."""
    async with service.database.transaction() as uow:
        now = await database_now(uow)
        asked = await arrival.ask_routing_again(SqlTickets(uow), now=now, patience=service.routing_patience, limit=service.routing_limit)
    return asked == service.routing_limit


JOBS = (Job("ask_routing_again", every=timedelta(seconds=10), run=ask_routing_again),)
