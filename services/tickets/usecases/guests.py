"""What requesters without an account may do: they come by the link that was mailed to them, and
reach that ticket alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.tickets.domain.mails import link_asked, requester_confirmed
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Work
from services.tickets.usecases.requester import write_as_requester
from services.tickets.usecases.withdrawing import withdraw_family
from shared.contracts.commands.guests import GuestCommand, GuestConfirm, GuestReply, GuestWithdraw
from shared.contracts.events.portal import LinkAsked
from shared.contracts.guest_links import is_link_open
from shared.core.cause import Cause
from shared.core.errors import NotThere


async def confirm(work: Work, command: GuestConfirm) -> Ticket:
    """Note that the requester's address is confirmed, in the ticket and those below it; return the
    ticket.

    Confirming again changes nothing, and so does a link that was sent to another address. Raises
    NotThere where the link is that of another ticket, or its requester has an account.
    """
    ticket, _ = await _opened(work, command)
    return ticket


async def reply(work: Work, command: GuestReply) -> Ticket:
    """Let the requester write, as `requester_reply` does, after `confirm`."""
    ticket, as_requester = await _opened(work, command)
    return await write_as_requester(as_requester, ticket, body=command.body)


async def withdraw(work: Work, command: GuestWithdraw) -> Ticket:
    """Let the requester take the request back, as `withdraw_own` does, after `confirm`."""
    _, as_requester = await _opened(work, command)
    ticket, below = await work.tickets.get_with_descendants(command.number)
    return await withdraw_family(as_requester, ticket, below)


async def ask_for_links(
    tickets: Tickets, *, wishes: Sequence[tuple[LinkAsked, Cause]], days: int, now: datetime
) -> None:
    """Have the link of each ticket mailed to its requester, where the wish names that ticket and
    its requester's address.

    All other wishes are left alone: a child's, one that came too late (`days` as for
    `is_link_open`), one for a ticket whose link was asked for by another of `wishes`.
    """
    found = await tickets.load_numbers({wish.number for wish, _ in wishes})
    done: dict[UUID, Done] = {}
    for wish, cause in wishes:
        ticket = found.get(wish.number)
        if ticket is None or ticket.parent_id is not None or ticket.id in done:
            continue
        if ticket.requester.email_key == wish.email.casefold() and is_link_open(
            await _end_of(tickets, ticket), days=days, now=now
        ):
            done[ticket.id] = Done(ticket, link_asked(ticket, at=now), cause)
    await tickets.record(list(done.values()))


async def _opened(work: Work, came: GuestCommand) -> tuple[Ticket, Work]:
    """Return the ticket, its requester confirmed where the link proves the address, and the work as
    that requester's.
    """
    ticket = await work.tickets.get(came.number)
    if (
        ticket.id != came.ticket_id
        or ticket.requester.identity is not None
        or ticket.parent_id is not None
    ):
        raise NotThere
    if ticket.requester.assurance == "typed" and came.confirms:
        family = [ticket, *await _below(work.tickets, ticket)]
        typed = [each for each in family if each.requester.assurance == "typed"]
        actor = replace(work, caller=ticket.requester).actor
        await work.tickets.record(
            [work.done(each, requester_confirmed(each, actor=actor, at=work.now)) for each in typed]
        )
    return ticket, replace(work, caller=ticket.requester)


async def _below(tickets: Tickets, ticket: Ticket) -> list[Ticket]:
    below: list[Ticket] = []
    numbers = set(ticket.children)
    while numbers:
        children = await tickets.load_numbers(numbers)
        below += [children[number] for number in sorted(children)]
        numbers = {number for child in children.values() for number in child.children}
    return below


async def _end_of(tickets: Tickets, ticket: Ticket) -> datetime | None:
    """Return when the ticket ended: of a merged one, when the ticket that goes on with it did."""
    while ticket.merged_into_id is not None:
        ticket = (await tickets.peek([ticket.merged_into_id]))[ticket.merged_into_id]
    return ticket.closed_at
