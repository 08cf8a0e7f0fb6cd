"""What tickets answers: each command becomes one use case, under the desk in force."""

from datetime import datetime

from services.tickets.context import TicketsContext
from services.tickets.repository import SqlTickets
from services.tickets.usecases import correspondence, ending, handover, ownership, postponing, requester
from services.tickets.usecases.asked import Asked
from shared.cause import Cause
from shared.commands import tickets as commands
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.desk import Desk
from shared.events.ticket_state import TicketState
from shared.messaging.commands import Commands


async def take(service: TicketsContext, uow: UnitOfWork, command: commands.Take, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await ownership.take(tickets, desk, number=command.number, asked=asked)).to_state()


async def release(service: TicketsContext, uow: UnitOfWork, command: commands.Release, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await ownership.release(tickets, desk, number=command.number, asked=asked)).to_state()


async def assign(service: TicketsContext, uow: UnitOfWork, command: commands.Assign, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    ticket = await ownership.assign(tickets, desk, number=command.number, operator=command.operator, reason=command.reason, asked=asked)
    return ticket.to_state()


async def set_responsible(
    service: TicketsContext, uow: UnitOfWork, command: commands.SetResponsible, *, now: datetime, cause: Cause
) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    ticket = await ownership.set_responsible(
        tickets, desk, number=command.number, operator=command.operator, reason=command.reason, asked=asked
    )
    return ticket.to_state()


async def move(service: TicketsContext, uow: UnitOfWork, command: commands.Move, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    ticket = await handover.move(tickets, desk, number=command.number, queue=command.queue, reason=command.reason, asked=asked)
    return ticket.to_state()


async def escalate(service: TicketsContext, uow: UnitOfWork, command: commands.Escalate, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await handover.escalate(tickets, desk, number=command.number, reason=command.reason, asked=asked)).to_state()


async def postpone(service: TicketsContext, uow: UnitOfWork, command: commands.Postpone, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await postponing.postpone(tickets, desk, number=command.number, until=command.until, asked=asked)).to_state()


async def set_priority(
    service: TicketsContext, uow: UnitOfWork, command: commands.SetPriority, *, now: datetime, cause: Cause
) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await handover.set_priority(tickets, desk, number=command.number, priority=command.priority, asked=asked)).to_state()


async def reply(service: TicketsContext, uow: UnitOfWork, command: commands.Reply, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await correspondence.reply(tickets, desk, number=command.number, body=command.body, asked=asked)).to_state()


async def ask(service: TicketsContext, uow: UnitOfWork, command: commands.Ask, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await correspondence.ask(tickets, desk, number=command.number, body=command.body, asked=asked)).to_state()


async def add_note(service: TicketsContext, uow: UnitOfWork, command: commands.AddNote, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await correspondence.note(tickets, desk, number=command.number, body=command.body, asked=asked)).to_state()


async def close(service: TicketsContext, uow: UnitOfWork, command: commands.Close, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    ticket = await ending.close(tickets, desk, number=command.number, outcome=command.outcome, answer=command.answer, asked=asked)
    return ticket.to_state()


async def reopen(service: TicketsContext, uow: UnitOfWork, command: commands.Reopen, *, now: datetime, cause: Cause) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await ending.reopen(tickets, desk, number=command.number, reason=command.reason, asked=asked)).to_state()


async def requester_reply(
    service: TicketsContext, uow: UnitOfWork, command: commands.RequesterReply, *, now: datetime, cause: Cause
) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    counters = service.counters.counters(uow)
    ticket = await requester.requester_reply(tickets, counters, desk, number=command.number, body=command.body, asked=asked)
    return ticket.to_state()


async def requester_withdraw(
    service: TicketsContext, uow: UnitOfWork, command: commands.RequesterWithdraw, *, now: datetime, cause: Cause
) -> TicketState:
    tickets, desk, asked = await _opened(uow, command, now, cause)
    return (await requester.withdraw(tickets, desk, number=command.number, asked=asked)).to_state()


async def _opened(uow: UnitOfWork, command: commands.TicketCommand, now: datetime, cause: Cause) -> tuple[SqlTickets, Desk, Asked]:
    desk = (await current_desk(uow.connection)).desk
    return SqlTickets(uow), desk, Asked(command.caller, now, cause)


COMMANDS: Commands = {
    commands.Take: take,
    commands.Release: release,
    commands.Assign: assign,
    commands.SetResponsible: set_responsible,
    commands.Move: move,
    commands.Escalate: escalate,
    commands.Postpone: postpone,
    commands.SetPriority: set_priority,
    commands.Reply: reply,
    commands.Ask: ask,
    commands.AddNote: add_note,
    commands.Close: close,
    commands.Reopen: reopen,
    commands.RequesterReply: requester_reply,
    commands.RequesterWithdraw: requester_withdraw,
}
