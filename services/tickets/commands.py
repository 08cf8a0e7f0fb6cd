"""Answer commands: one table names the use case that handles each, under the desk in force."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.tickets.context import TicketsContext
from services.tickets.domain.ticket import Ticket
from services.tickets.repository.as_read import TicketsAsRead
from services.tickets.repository.presence import SqlPresence
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases import (
    children,
    closing,
    correspondence,
    guests,
    handover,
    links,
    merging,
    ownership,
    postponing,
    recipes,
    requester,
    sharing,
    undelivered,
    undoing,
    watching,
    withdrawing,
)
from services.tickets.usecases.context import Work
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.guests import GuestConfirm, GuestReply, GuestWithdraw
from shared.contracts.commands.mails import ResendMail
from shared.contracts.commands.merging import Merge, SetLink, Undo, Unlink
from shared.contracts.events.ticket_state import TicketState
from shared.core.cause import Cause
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import Act, Commands

UseCase = Callable[[Work, Any], Awaitable[Ticket]]

USE_CASES: Mapping[type[commands.TicketCommand], UseCase] = {
    commands.Take: ownership.take,
    commands.Release: ownership.release,
    commands.Assign: ownership.assign,
    commands.SetResponsible: ownership.set_responsible,
    commands.Move: handover.move,
    commands.Escalate: handover.escalate,
    commands.SetPriority: handover.set_priority,
    commands.Postpone: postponing.postpone,
    commands.Resume: postponing.resume,
    commands.Reply: correspondence.reply,
    commands.Ask: correspondence.ask,
    commands.AddNote: correspondence.note,
    commands.Forward: correspondence.forward,
    ResendMail: undelivered.resend_mail,
    commands.Close: closing.close,
    commands.Reopen: closing.reopen,
    commands.OpenChild: children.open_child,
    commands.Bounce: children.bounce,
    commands.Resend: children.resend,
    commands.Withdraw: withdrawing.withdraw,
    commands.DecideStep: recipes.decide_step,
    Merge: merging.merge,
    Undo: undoing.undo,
    SetLink: links.link,
    Unlink: links.unlink,
    commands.Watch: watching.watch,
    commands.Unwatch: watching.unwatch,
    commands.Share: sharing.share,
    commands.Unshare: sharing.unshare,
    commands.RequesterReply: requester.requester_reply,
    commands.RequesterWithdraw: withdrawing.withdraw_own,
    commands.RequesterShare: sharing.share_own,
    commands.RequesterUnshare: sharing.unshare_own,
    GuestConfirm: guests.confirm,
    GuestReply: guests.reply,
    GuestWithdraw: guests.withdraw,
}
"""Which use case handles which command: `async def take(work: Work, command: Take) -> Ticket`."""


def _answered_by(use_case: UseCase) -> Act:
    """Return the function that answers a command with the ticket as it is after `use_case`."""

    async def act(
        service: TicketsContext,
        uow: UnitOfWork,
        command: commands.TicketCommand,
        *,
        now: datetime,
        cause: Cause,
    ) -> TicketState:
        desk = (await current_desk(uow.connection)).desk
        expected = command.expected_version
        tickets = (
            SqlTickets(uow)
            if expected is None
            else TicketsAsRead(uow, desk, command, expected=expected)
        )
        work = Work(
            tickets=tickets,
            counters=service.counters.counters(uow),
            presence=SqlPresence(uow),
            desk=desk,
            caller=command.caller,
            now=now,
            cause=cause,
        )
        return (await use_case(work, command)).to_state()

    return act


COMMANDS: Commands = {command: _answered_by(use_case) for command, use_case in USE_CASES.items()}
