"""How a request or a child is taken back, and with it all that was opened for it."""

from collections.abc import Sequence
from dataclasses import replace

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import admit, admit_requester, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Asked, facts_of, parent_owner_of
from services.tickets.usecases.splitting import split
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import ENDED


async def withdraw(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Take back a child that nobody has taken, or that was sent back; of one's own request likewise.

    Its own children that have not ended are withdrawn with it, whoever works on them, down the family. What was merged into it
    is a ticket of its own again.
    """
    ticket, below = await tickets.get_with_descendants(number)
    roles = admit(desk, ticket, asked.caller, "withdraw", parent_owner=await parent_owner_of(tickets, desk, ticket))
    require_turn(desk, ticket, roles, state=ticket.state, trigger="withdraw")
    return await _withdraw(tickets, desk, ticket, below, asked=asked)


async def withdraw_own(tickets: Tickets, desk: Desk, *, number: str, asked: Asked, is_admitted: bool = False) -> Ticket:
    """Let the requester take the request back as `withdraw` does. `is_admitted` as for `requester_reply`."""
    ticket, below = await tickets.get_with_descendants(number)
    if not is_admitted:
        admit_requester(desk, ticket, asked.caller, "withdraw")
    return await _withdraw(tickets, desk, ticket, below, asked=asked)


async def _withdraw(tickets: Tickets, desk: Desk, ticket: Ticket, below: Sequence[Ticket], *, asked: Asked) -> Ticket:
    # Refused before anything is written; the open children do not stand in the way, because they end first.
    step(ticket.state, "withdraw", replace(await facts_of(tickets, desk, ticket), open_children=False))
    for child in reversed(below):
        if child.state not in ENDED:
            state = step(child.state, "withdraw", await facts_of(tickets, desk, child, ends_with_parent=True))
            await tickets.record([Done(child, child.withdrawn(actor=asked.actor, state=state, at=asked.now), asked.cause)])
    # Other requests that were merged into this one do not end with it: they go on as they were before.
    for merged in (await tickets.merged_into(ticket.id)).values():
        if merged.parent_id == ticket.parent_id:
            await tickets.record(await split(tickets, desk, merged, version=merged.version, asked=asked))
            ticket = await tickets.get(ticket.number)
    state = step(ticket.state, "withdraw", await facts_of(tickets, desk, ticket))
    await tickets.record([Done(ticket, ticket.withdrawn(actor=asked.actor, state=state, at=asked.now), asked.cause)])
    return ticket
