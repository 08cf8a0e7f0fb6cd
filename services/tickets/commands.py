"""What tickets answers: each command becomes one use case, under the desk in force."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.tickets.context import TicketsContext
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters
from services.tickets.repository.as_read import TicketsAsRead
from services.tickets.repository.presence import SqlPresence
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases import (
    correspondence,
    ending,
    families,
    guests,
    handover,
    ownership,
    postponing,
    recipes,
    requester,
    sharing,
    together,
    undelivered,
    undoing,
    withdrawing,
)
from services.tickets.usecases import (
    merging as merging_tickets,
)
from services.tickets.usecases.context import Asked
from shared.contracts.commands import mails, merging
from shared.contracts.commands import tickets as commands
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import Link, TicketState
from shared.contracts.people import Reader
from shared.core.cause import Cause
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import Act, Commands

C = TypeVar("C", bound=commands.TicketCommand)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a use case works with, in the transaction that answers one command."""

    tickets: SqlTickets
    desk: Desk
    asked: Asked
    counters: Counters
    presence: SqlPresence


def _answers(use: Callable[[Opened, C], Awaitable[Ticket]]) -> Act:
    """Return the function that answers a command by `use`: with the ticket as it is after it."""

    async def act(service: TicketsContext, uow: UnitOfWork, command: C, *, now: datetime, cause: Cause) -> TicketState:
        desk = (await current_desk(uow.connection)).desk
        expected = command.expected_version
        tickets = SqlTickets(uow) if expected is None else TicketsAsRead(uow, desk, command, expected=expected)
        opened = Opened(tickets, desk, Asked(command.caller, now, cause), service.counters.counters(uow), SqlPresence(uow))
        return (await use(opened, command)).to_state()

    return act


async def _take(on: Opened, command: commands.Take) -> Ticket:
    return await ownership.take(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _release(on: Opened, command: commands.Release) -> Ticket:
    return await ownership.release(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _assign(on: Opened, command: commands.Assign) -> Ticket:
    return await ownership.assign(
        on.tickets, on.desk, number=command.number, operator=command.operator, reason=command.reason, asked=on.asked
    )


async def _set_responsible(on: Opened, command: commands.SetResponsible) -> Ticket:
    return await ownership.set_responsible(
        on.tickets, on.desk, number=command.number, operator=command.operator, reason=command.reason, asked=on.asked
    )


async def _move(on: Opened, command: commands.Move) -> Ticket:
    return await handover.move(on.tickets, on.desk, number=command.number, queue=command.queue, reason=command.reason, asked=on.asked)


async def _escalate(on: Opened, command: commands.Escalate) -> Ticket:
    return await handover.escalate(on.tickets, on.desk, number=command.number, reason=command.reason, asked=on.asked)


async def _postpone(on: Opened, command: commands.Postpone) -> Ticket:
    return await postponing.postpone(on.tickets, on.desk, number=command.number, until=command.until, asked=on.asked)


async def _resume(on: Opened, command: commands.Resume) -> Ticket:
    return await postponing.resume(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _set_priority(on: Opened, command: commands.SetPriority) -> Ticket:
    return await handover.set_priority(on.tickets, on.desk, number=command.number, priority=command.priority, asked=on.asked)


async def _reply(on: Opened, command: commands.Reply) -> Ticket:
    return await correspondence.reply(on.tickets, on.desk, number=command.number, body=command.body, asked=on.asked)


async def _ask(on: Opened, command: commands.Ask) -> Ticket:
    return await correspondence.ask(on.tickets, on.desk, number=command.number, body=command.body, asked=on.asked)


async def _note(on: Opened, command: commands.AddNote) -> Ticket:
    return await correspondence.note(on.tickets, on.desk, number=command.number, body=command.body, asked=on.asked)


async def _forward(on: Opened, command: commands.Forward) -> Ticket:
    return await correspondence.forward(on.tickets, on.desk, number=command.number, to=command.to, body=command.body, asked=on.asked)


async def _close(on: Opened, command: commands.Close) -> Ticket:
    return await ending.close(on.tickets, on.desk, number=command.number, outcome=command.outcome, answer=command.answer, asked=on.asked)


async def _reopen(on: Opened, command: commands.Reopen) -> Ticket:
    return await ending.reopen(on.tickets, on.desk, number=command.number, reason=command.reason, asked=on.asked)


async def _open_child(on: Opened, command: commands.OpenChild) -> Ticket:
    return await families.open_child(
        on.tickets,
        on.counters,
        on.presence,
        on.desk,
        number=command.number,
        queue=command.queue,
        request_type=command.request_type,
        subject=command.subject,
        body=command.body,
        fields=command.fields,
        asked=on.asked,
    )


async def _bounce(on: Opened, command: commands.Bounce) -> Ticket:
    return await families.bounce(on.tickets, on.desk, number=command.number, reason=command.reason, asked=on.asked)


async def _resend(on: Opened, command: commands.Resend) -> Ticket:
    return await families.resend(on.tickets, on.desk, number=command.number, fields=command.fields, body=command.body, asked=on.asked)


async def _withdraw(on: Opened, command: commands.Withdraw) -> Ticket:
    return await withdrawing.withdraw(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _decide_step(on: Opened, command: commands.DecideStep) -> Ticket:
    goes_on = command.decision == "continue"
    return await recipes.decide_step(
        on.tickets, on.counters, on.presence, on.desk, number=command.number, name=command.step, goes_on=goes_on, asked=on.asked
    )


async def _resend_mail(on: Opened, command: mails.ResendMail) -> Ticket:
    return await undelivered.resend_mail(
        on.tickets, on.desk, number=command.number, delivery=command.delivery, to=command.to, asked=on.asked
    )


async def _merge(on: Opened, command: merging.Merge) -> Ticket:
    return await merging_tickets.merge(on.tickets, on.desk, number=command.number, into=command.into, asked=on.asked)


async def _set_link(on: Opened, command: merging.SetLink) -> Ticket:
    return await together.link(on.tickets, on.desk, number=command.number, to=Link(to=command.to, kind=command.kind), asked=on.asked)


async def _unlink(on: Opened, command: merging.Unlink) -> Ticket:
    return await together.unlink(on.tickets, on.desk, number=command.number, to=command.to, asked=on.asked)


async def _watch(on: Opened, command: commands.Watch) -> Ticket:
    return await together.watch(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _unwatch(on: Opened, command: commands.Unwatch) -> Ticket:
    return await together.unwatch(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _share(on: Opened, command: commands.Share) -> Ticket:
    return await sharing.share(on.tickets, on.desk, number=command.number, reader=_reader(command), asked=on.asked)


async def _unshare(on: Opened, command: commands.Unshare) -> Ticket:
    return await sharing.unshare(on.tickets, on.desk, number=command.number, email=command.email, asked=on.asked)


def _reader(command: commands.Share) -> Reader:
    return Reader(name=command.name, email=command.email)


async def _undo(on: Opened, command: merging.Undo) -> Ticket:
    return await undoing.undo(on.tickets, on.desk, number=command.number, version=command.version, asked=on.asked)


async def _requester_reply(on: Opened, command: commands.RequesterReply) -> Ticket:
    return await requester.requester_reply(on.tickets, on.counters, on.desk, number=command.number, body=command.body, asked=on.asked)


async def _requester_withdraw(on: Opened, command: commands.RequesterWithdraw) -> Ticket:
    return await withdrawing.withdraw_own(on.tickets, on.desk, number=command.number, asked=on.asked)


async def _guest_confirm(on: Opened, command: commands.GuestConfirm) -> Ticket:
    came = guests.Came(command.number, command.ticket_id, confirms=command.confirms)
    return await guests.confirm(on.tickets, came=came, asked=on.asked)


async def _guest_reply(on: Opened, command: commands.GuestReply) -> Ticket:
    came = guests.Came(command.number, command.ticket_id, confirms=command.confirms)
    return await guests.reply(on.tickets, on.counters, on.desk, came=came, body=command.body, asked=on.asked)


async def _guest_withdraw(on: Opened, command: commands.GuestWithdraw) -> Ticket:
    came = guests.Came(command.number, command.ticket_id, confirms=command.confirms)
    return await guests.withdraw(on.tickets, on.desk, came=came, asked=on.asked)


async def _requester_share(on: Opened, command: commands.RequesterShare) -> Ticket:
    return await sharing.share_own(on.tickets, on.desk, number=command.number, reader=_reader(command), asked=on.asked)


async def _requester_unshare(on: Opened, command: commands.RequesterUnshare) -> Ticket:
    return await sharing.unshare_own(on.tickets, on.desk, number=command.number, email=command.email, asked=on.asked)


COMMANDS: Commands = {
    commands.Take: _answers(_take),
    commands.Release: _answers(_release),
    commands.Assign: _answers(_assign),
    commands.SetResponsible: _answers(_set_responsible),
    commands.Move: _answers(_move),
    commands.Escalate: _answers(_escalate),
    commands.Postpone: _answers(_postpone),
    commands.Resume: _answers(_resume),
    commands.SetPriority: _answers(_set_priority),
    commands.Reply: _answers(_reply),
    commands.Ask: _answers(_ask),
    commands.AddNote: _answers(_note),
    commands.Forward: _answers(_forward),
    mails.ResendMail: _answers(_resend_mail),
    commands.Close: _answers(_close),
    commands.Reopen: _answers(_reopen),
    commands.OpenChild: _answers(_open_child),
    commands.Bounce: _answers(_bounce),
    commands.Resend: _answers(_resend),
    commands.Withdraw: _answers(_withdraw),
    commands.DecideStep: _answers(_decide_step),
    merging.Merge: _answers(_merge),
    merging.SetLink: _answers(_set_link),
    merging.Unlink: _answers(_unlink),
    commands.Watch: _answers(_watch),
    commands.Unwatch: _answers(_unwatch),
    commands.Share: _answers(_share),
    commands.Unshare: _answers(_unshare),
    merging.Undo: _answers(_undo),
    commands.RequesterReply: _answers(_requester_reply),
    commands.RequesterWithdraw: _answers(_requester_withdraw),
    commands.GuestConfirm: _answers(_guest_confirm),
    commands.GuestReply: _answers(_guest_reply),
    commands.GuestWithdraw: _answers(_guest_withdraw),
    commands.RequesterShare: _answers(_requester_share),
    commands.RequesterUnshare: _answers(_requester_unshare),
}
