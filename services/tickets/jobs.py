"""What tickets does by the clock."""

from datetime import timedelta

from services.tickets.context import TicketsContext
from services.tickets.repository import SqlTickets, database_now
from services.tickets.usecases import arrival, postponing
from shared.runtime.composition import Job

WOKEN_A_ROUND = 200


async def ask_routing_again(service: TicketsContext) -> bool:
    """Ask routing once more for tickets that have waited too long for a queue; a limited number a round, so that a stop is worked off."""
    async with service.database.transaction() as uow:
        now = await database_now(uow)
        asked = await arrival.ask_routing_again(SqlTickets(uow), now=now, patience=service.routing_patience, limit=service.routing_limit)
    return asked == service.routing_limit


async def wake_postponed(service: TicketsContext) -> bool:
    """Open the postponed tickets whose time has come; a limited number a round, so that a night of standing still is worked off."""
    async with service.database.transaction() as uow:
        woken = await postponing.wake_postponed(SqlTickets(uow), now=await database_now(uow), limit=WOKEN_A_ROUND)
    return woken == WOKEN_A_ROUND


JOBS = (
    Job("ask_routing_again", every=timedelta(seconds=10), run=ask_routing_again),
    Job("wake_postponed", every=timedelta(seconds=5), run=wake_postponed),
)
