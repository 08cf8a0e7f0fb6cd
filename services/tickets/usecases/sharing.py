"""Letting others read a ticket as its requester does, by name, and ending that."""

from services.tickets.domain.rights import admit_requester
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work
from shared.contracts.commands.tickets import RequesterShare, RequesterUnshare, Share, Unshare
from shared.contracts.people import Reader
from shared.core.errors import ImpossibleValue

MOST_READERS = 20
"""The number of people who may read a ticket beside its requester: each of its events carries their
names and addresses.
"""


async def share(work: Work, command: Share) -> Ticket:
    """Let another person read the ticket.

    No-op if somebody with that address does already, under whatever name.

    Raises ImpossibleValue where it is the requester, where nothing proves who the requester is, or
    for one reader too many.
    """
    ticket, _ = await work.admitted(command.number, "share")
    return await _share(work, ticket, Reader(name=command.name, email=command.email))


async def unshare(work: Work, command: Unshare) -> Ticket:
    """End the reading of the person with the address `email`.

    No-op if nobody with it reads the ticket.
    """
    ticket, _ = await work.admitted(command.number, "unshare")
    return await _unshare(work, ticket, command.email)


async def share_own(work: Work, command: RequesterShare) -> Ticket:
    """Let the requester do as `share` does."""
    ticket = await work.tickets.get(command.number)
    admit_requester(work.desk, ticket, work.caller, "share")
    return await _share(work, ticket, Reader(name=command.name, email=command.email))


async def unshare_own(work: Work, command: RequesterUnshare) -> Ticket:
    """Let the requester do as `unshare` does."""
    ticket = await work.tickets.get(command.number)
    admit_requester(work.desk, ticket, work.caller, "unshare")
    return await _unshare(work, ticket, command.email)


async def _share(work: Work, ticket: Ticket, reader: Reader) -> Ticket:
    known = {each.email_key for each in ticket.shared_with}
    if reader.email_key == ticket.requester.email_key:
        problem = "not_confirmed_yet" if ticket.requester.assurance == "typed" else "its_requester"
        raise ImpossibleValue("email", problem, reader.email)
    if ticket.requester.assurance == "typed":
        # It would stand among the reader's requests under the name of somebody who may never have
        # sent it.
        raise ImpossibleValue("email", "requester_not_confirmed", reader.email)
    if reader.email_key not in known and len(known) >= MOST_READERS:
        raise ImpossibleValue("email", "too_many_people", str(MOST_READERS))
    if reader.email_key in known:
        ticket.state_after("share", work.desk)
        return ticket
    change = ticket.shared(reader=reader, actor=work.actor, desk=work.desk, at=work.now)
    return await work.record(ticket, change, field="email")


async def _unshare(work: Work, ticket: Ticket, email: str) -> Ticket:
    reader = next((each for each in ticket.shared_with if each.email_key == email.casefold()), None)
    if reader is None:
        ticket.state_after("unshare", work.desk)
        return ticket
    change = ticket.unshared(reader=reader, actor=work.actor, desk=work.desk, at=work.now)
    return await work.record(ticket, change, field="email")
