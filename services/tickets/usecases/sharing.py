"""Letting others read a ticket as its requester does, by name, and ending that."""

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import admit_requester
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, record
from shared.contracts.desk import Desk
from shared.contracts.people import Reader
from shared.core.errors import ImpossibleValue

MOST_READERS = 20
"""So many may read a ticket beside its requester: their names and addresses go with each of its events."""


async def share(tickets: Tickets, desk: Desk, *, number: str, reader: Reader, asked: Asked) -> Ticket:
    """Let `reader` read the ticket; who does already goes on under the name that is known, and nothing changes.

    Raises ImpossibleValue where it is the requester himself, or one reader too many.
    """
    ticket, _ = await admitted(tickets, desk, number=number, trigger="share", asked=asked)
    return await _share(tickets, desk, ticket, reader, asked=asked)


async def unshare(tickets: Tickets, desk: Desk, *, number: str, email: str, asked: Asked) -> Ticket:
    """Let whoever has the address `email` read the ticket no more; that nobody of it did is no trouble."""
    ticket, _ = await admitted(tickets, desk, number=number, trigger="unshare", asked=asked)
    return await _unshare(tickets, desk, ticket, email, asked=asked)


async def share_own(tickets: Tickets, desk: Desk, *, number: str, reader: Reader, asked: Asked) -> Ticket:
    """Let the requester do as `share` does."""
    ticket = await tickets.get(number)
    admit_requester(desk, ticket, asked.caller, "share")
    return await _share(tickets, desk, ticket, reader, asked=asked)


async def unshare_own(tickets: Tickets, desk: Desk, *, number: str, email: str, asked: Asked) -> Ticket:
    """Let the requester do as `unshare` does."""
    ticket = await tickets.get(number)
    admit_requester(desk, ticket, asked.caller, "unshare")
    return await _unshare(tickets, desk, ticket, email, asked=asked)


async def _share(tickets: Tickets, desk: Desk, ticket: Ticket, reader: Reader, *, asked: Asked) -> Ticket:
    known = {each.email_key for each in ticket.shared_with}
    if reader.email_key == ticket.requester.email_key:
        problem = "not_confirmed_yet" if ticket.requester.assurance == "typed" else "its_requester"
        raise ImpossibleValue("email", problem, reader.email)
    if reader.email_key not in known and len(known) >= MOST_READERS:
        raise ImpossibleValue("email", "too_many_people", str(MOST_READERS))
    step(ticket.state, "share", await facts_of(tickets, desk, ticket))
    if reader.email_key in known:
        return ticket
    return await record(tickets, ticket, ticket.shared(reader=reader, actor=asked.actor, at=asked.now), asked=asked, field="email")


async def _unshare(tickets: Tickets, desk: Desk, ticket: Ticket, email: str, *, asked: Asked) -> Ticket:
    step(ticket.state, "unshare", await facts_of(tickets, desk, ticket))
    reader = next((each for each in ticket.shared_with if each.email_key == email.casefold()), None)
    if reader is None:
        return ticket
    return await record(tickets, ticket, ticket.unshared(reader=reader, actor=asked.actor, at=asked.now), asked=asked, field="email")
