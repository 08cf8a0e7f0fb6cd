"""What tickets does by the clock."""

from datetime import timedelta

from services.tickets.context import TicketsContext
from services.tickets.repository.tickets import SqlTickets, database_now
from services.tickets.usecases import arrival, postponing, questions
from shared.database.desk_copy import current_desk
from shared.errors import DeskMissing
from shared.runtime.composition import Job

A_ROUND = 200


async def ask_routing_again(service: TicketsContext) -> bool:
    """Ask routing once more for tickets that have waited too long for a queue; a limited number a round, so that a stop is worked off."""
    async with service.database.transaction() as uow:
        now = await database_now(uow)
        asked = await arrival.ask_routing_again(SqlTickets(uow), now=now, patience=service.routing_patience, limit=service.routing_limit)
    return asked == service.routing_limit


async def wake_postponed(service: TicketsContext) -> bool:
    """Open the postponed tickets whose time has come; a limited number a round, so that a night of standing still is worked off."""
    async with service.database.transaction() as uow:
        woken = await postponing.wake_postponed(SqlTickets(uow), now=await database_now(uow), limit=A_ROUND)
    return woken == A_ROUND


async def remind_of_questions(service: TicketsContext) -> bool:
    """Have requesters reminded of questions that they have left unanswered for the desk's days."""
    async with service.database.transaction() as uow:
        try:
            desk = (await current_desk(uow.connection)).desk
        except DeskMissing:
            return False
        reminded = await questions.remind_of_questions(SqlTickets(uow), desk, now=await database_now(uow), limit=A_ROUND)
    return reminded == A_ROUND


async def end_unanswered(service: TicketsContext) -> bool:
    """Close what nobody answered, also after the reminder."""
    async with service.database.transaction() as uow:
        ended = await questions.end_unanswered(SqlTickets(uow), now=await database_now(uow), limit=A_ROUND)
    return ended == A_ROUND


JOBS = (
    Job("ask_routing_again", every=timedelta(seconds=10), run=ask_routing_again),
    Job("wake_postponed", every=timedelta(seconds=5), run=wake_postponed),
    Job("remind_of_questions", every=timedelta(seconds=30), run=remind_of_questions),
    Job("end_unanswered", every=timedelta(seconds=30), run=end_unanswered),
)
