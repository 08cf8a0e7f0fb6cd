"""Withdrawing a request or a child, and with it all that was opened for it."""

from collections.abc import Sequence

from services.tickets.domain.rights import admit_requester
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work
from services.tickets.usecases.splitting import split
from shared.contracts.commands.tickets import RequesterWithdraw, Withdraw
from shared.contracts.events.ticket_state import ENDED


async def withdraw(work: Work, command: Withdraw) -> Ticket:
    """Withdraw a child that has never had an owner, or that was sent back; or the caller's own
    request.

    All open tickets below it are withdrawn with it, also those that have an owner. What was merged
    into it is a ticket of its own again.
    """
    ticket, below = await work.tickets.get_with_descendants(command.number)
    roles = work.admit(ticket, "withdraw")
    work.require_turn(ticket, roles, "withdraw")
    return await withdraw_family(work, ticket, below)


async def withdraw_own(work: Work, command: RequesterWithdraw) -> Ticket:
    """Let the requester take the request back as `withdraw` does."""
    ticket, below = await work.tickets.get_with_descendants(command.number)
    admit_requester(work.desk, ticket, work.caller, "withdraw")
    return await withdraw_family(work, ticket, below)


async def withdraw_family(work: Work, ticket: Ticket, below: Sequence[Ticket]) -> Ticket:
    """End `ticket` and all `below` it that has not ended, for a caller who may; return the
    ticket.
    """
    # Its children end first; that one of them is open now is therefore no obstacle.
    ticket.state_after("withdraw", work.desk, open_children=False)
    family = {each.id: each for each in (ticket, *below)}
    for child in reversed(below):
        if child.state not in ENDED and child.parent_id is not None:
            withdrawn = child.withdrawn(
                actor=work.actor, desk=work.desk, ends_with_parent=True, at=work.now
            )
            await work.tickets.record([work.done(child, withdrawn)])
            family[child.parent_id].knows_child(child)
    # Other requests that were merged into this one do not end with it: they go on as they were
    # before.
    for merged in (await work.tickets.merged_into(ticket.id)).values():
        if merged.parent_id == ticket.parent_id:
            await work.tickets.record(await split(work, merged, version=merged.version))
            ticket = await work.tickets.get(ticket.number)
    await work.tickets.record(
        [work.done(ticket, ticket.withdrawn(actor=work.actor, desk=work.desk, at=work.now))]
    )
    return ticket
