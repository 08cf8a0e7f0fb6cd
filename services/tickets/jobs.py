"""What tickets does by the clock."""

from datetime import timedelta

from services.tickets.context import TicketsContext
from services.tickets.repository.sweeps import begin_sweep, end_sweep, is_swept
from services.tickets.repository.tickets import SqlTickets, database_now
from services.tickets.usecases import arrival, lost_rights, postponing, questions, reconciliation
from shared.core.errors import DeskMissing
from shared.database.desk_copy import current_desk
from shared.runtime.composition import Job

A_ROUND = 200
LOST_AT_MOST = timedelta(days=7)
"""Older changes of children are not looked at: no backup that is restored is older."""
COMMANDS_END = timedelta(minutes=1)
"""After this time no command works under the desk before any more."""


async def ask_routing_again(service: TicketsContext) -> bool:
    """Ask routing once more for tickets that have waited too long for a queue, a limited number a
    round.
    """
    async with service.database.transaction() as uow:
        now = await database_now(uow)
        asked = await arrival.ask_routing_again(
            SqlTickets(uow), now=now, patience=service.routing_patience, limit=service.routing_limit
        )
    return asked == service.routing_limit


async def wake_postponed(service: TicketsContext) -> bool:
    """Open the postponed tickets whose time has come, a limited number a round."""
    async with service.database.transaction() as uow:
        woken = await postponing.wake_postponed(
            SqlTickets(uow), now=await database_now(uow), limit=A_ROUND
        )
    return woken == A_ROUND


async def remind_of_questions(service: TicketsContext) -> bool:
    """Have requesters reminded of questions that they have left unanswered for the desk's days."""
    async with service.database.transaction() as uow:
        try:
            desk = (await current_desk(uow.connection)).desk
        except DeskMissing:
            return False
        reminded = await questions.remind_of_questions(
            SqlTickets(uow), desk, now=await database_now(uow), limit=A_ROUND
        )
    return reminded == A_ROUND


async def end_unanswered(service: TicketsContext) -> bool:
    """Close what nobody answered, also after the reminder."""
    async with service.database.transaction() as uow:
        try:
            desk = (await current_desk(uow.connection)).desk
        except DeskMissing:
            return False
        ended = await questions.end_unanswered(
            SqlTickets(uow), desk, now=await database_now(uow), limit=A_ROUND
        )
    return ended == A_ROUND


async def release_lapsed(service: TicketsContext) -> bool:
    """Release the tickets of people from whom the desk in force has taken the rights; a limited
    number a round.

    Until its deadline a command that began under the desk before may give such people another
    ticket, so the search goes on until then.
    """
    async with service.database.reading() as connection:
        try:
            if await is_swept(connection, (await current_desk(connection)).version):
                return False
        except DeskMissing:
            return False
    async with service.database.transaction() as uow:
        in_force, now = await current_desk(uow.connection), await database_now(uow)
        begun = await begin_sweep(uow.connection, in_force.version, now=now)
        tickets = SqlTickets(uow)
        lapsed = await lost_rights.find_lapsed(tickets, in_force.desk)
        if not lapsed and now - begun > COMMANDS_END:
            await end_sweep(uow.connection, in_force.version, now=now)
        released = await lost_rights.release_lapsed(
            tickets, in_force.desk, lapsed, now=now, limit=A_ROUND
        )
    return released > 0


async def tell_families_again(service: TicketsContext) -> bool:
    """Publish again the news of children and the due recipes that were lost with the broker."""
    async with service.database.transaction() as uow:
        now = await database_now(uow)
        before = now - service.routing_patience
        await reconciliation.tell_parents_again(
            uow, seen=service.heard_children, since=now - LOST_AT_MOST, before=before, limit=A_ROUND
        )  # fmt: skip
        await reconciliation.begin_runs_again(uow, before=before, limit=A_ROUND)
    return False


JOBS = (
    Job("ask_routing_again", every=timedelta(seconds=10), run=ask_routing_again),
    Job("wake_postponed", every=timedelta(seconds=5), run=wake_postponed),
    Job("remind_of_questions", every=timedelta(seconds=30), run=remind_of_questions),
    Job("end_unanswered", every=timedelta(seconds=30), run=end_unanswered),
    Job("tell_families_again", every=timedelta(seconds=30), run=tell_families_again),
    Job("release_lapsed", every=timedelta(seconds=2), run=release_lapsed),
)
