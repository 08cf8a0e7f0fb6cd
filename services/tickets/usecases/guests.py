"""What requesters without an account may do: they come by the link that was mailed to them, and reach that ticket alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Tickets
from services.tickets.usecases import requester, withdrawing
from services.tickets.usecases.context import Asked
from shared.contracts.desk import Desk
from shared.contracts.events.portal import LinkAsked
from shared.contracts.guest_links import is_link_open
from shared.core.cause import Cause
from shared.core.errors import NotThere


@dataclass(frozen=True, slots=True)
class Came:
    """How somebody came to the ticket `number`: by the link of the ticket `ticket_id`.

    `confirms`: the link was mailed to the requester's address, and having opened it proves that address. A link that an
    operator had sent to another address lets its reader act for the requester, and proves nothing.
    """

    number: str
    ticket_id: UUID
    confirms: bool = True


async def confirm(tickets: Tickets, *, came: Came, asked: Asked) -> Ticket:
    """Note that the requester's address is confirmed, in the ticket and those below it; return the ticket.

    Confirming again changes nothing, and so does a link that was sent to another address. Raises NotThere where the link is
    that of another ticket, or its requester has an account.
    """
    ticket, _ = await _opened(tickets, came, asked=asked)
    return ticket


async def reply(tickets: Tickets, counters: Counters, desk: Desk, *, came: Came, body: str, asked: Asked) -> Ticket:
    """Let the requester write, as `requester.requester_reply` does, after `confirm`."""
    _, asked = await _opened(tickets, came, asked=asked)
    return await requester.requester_reply(tickets, counters, desk, number=came.number, body=body, asked=asked, is_admitted=True)


async def withdraw(tickets: Tickets, desk: Desk, *, came: Came, asked: Asked) -> Ticket:
    """Let the requester take the request back, as `withdrawing.withdraw_own` does, after `confirm`."""
    _, asked = await _opened(tickets, came, asked=asked)
    return await withdrawing.withdraw_own(tickets, desk, number=came.number, asked=asked, is_admitted=True)


async def ask_for_links(tickets: Tickets, *, wishes: Sequence[tuple[LinkAsked, Cause]], days: int, now: datetime) -> None:
    """Have the link of each ticket mailed to its requester, where the wish names that ticket and its requester's address.

    All other wishes are left alone: a child's, one that came too late (`days` as for `is_link_open`), one for a ticket whose
    link was asked for by another of `wishes`.
    """
    found = await tickets.load_numbers({wish.number for wish, _ in wishes})
    done: dict[UUID, Done] = {}
    for wish, cause in wishes:
        ticket = found.get(wish.number)
        if ticket is None or ticket.parent_id is not None or ticket.id in done:
            continue
        if ticket.requester.email_key == wish.email.casefold() and is_link_open(await _end_of(tickets, ticket), days=days, now=now):
            done[ticket.id] = Done(ticket, ticket.link_asked(at=now), cause)
    await tickets.record(list(done.values()))


async def _opened(tickets: Tickets, came: Came, *, asked: Asked) -> tuple[Ticket, Asked]:
    """Return the ticket, its requester confirmed where the link proves the address, and the wish as that requester's."""
    ticket = await tickets.get(came.number)
    if ticket.id != came.ticket_id or ticket.requester.identity is not None or ticket.parent_id is not None:
        raise NotThere
    if ticket.requester.assurance == "typed" and came.confirms:
        family = [ticket, *await _below(tickets, ticket)]
        typed = [each for each in family if each.requester.assurance == "typed"]
        actor = replace(asked, caller=ticket.requester).actor
        await tickets.record([Done(each, each.requester_confirmed(actor=actor, at=asked.now), asked.cause) for each in typed])
    return ticket, replace(asked, caller=ticket.requester)


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
