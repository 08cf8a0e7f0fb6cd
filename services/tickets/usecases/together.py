"""Links between tickets that are no family, and who follows a ticket of their own accord."""

from services.tickets.domain.lifecycle import Trigger, has_row, step
from services.tickets.domain.rights import admit, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, parent_owner_of, record
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import Link
from shared.core.errors import UNKNOWN_TICKET, ImpossibleValue, MissingRight, NotThere, OtherTicketForbids
from shared.policy.permissions import roles_of


async def watch(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Be notified of what happens to the ticket. No-op if the operator watches the ticket itself already."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="watch", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="watch")
    identity = str(asked.caller.identity)
    if ticket.is_watched(identity):
        return ticket
    return await record(tickets, ticket, ticket.watched(by=identity, actor=asked.actor, at=asked.now), asked=asked)


async def unwatch(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Stop watching. No-op if the operator does not watch the ticket."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="unwatch", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="unwatch")
    identity = str(asked.caller.identity)
    if identity not in ticket.watchers:
        return ticket
    return await record(tickets, ticket, ticket.unwatched(by=identity, actor=asked.actor, at=asked.now), asked=asked)


async def link(tickets: Tickets, desk: Desk, *, number: str, to: Link, asked: Asked) -> Ticket:
    """Let the ticket and another one refer to each other. Raises as `_linkable` does."""
    ticket, other = await _linkable(tickets, desk, number=number, to=to.to, trigger="links", asked=asked)
    back = Link(to=ticket.number, kind=to.kind)
    done = [
        Done(one, one.linked(to=link, actor=asked.actor, at=asked.now), asked.cause)
        for one, link in ((ticket, to), (other, back))
        if not one.has_own_link(link)
    ]
    await tickets.record(done)
    return ticket


async def unlink(tickets: Tickets, desk: Desk, *, number: str, to: str, asked: Asked) -> Ticket:
    """Stop both tickets referring to each other. No-op where neither does. Raises as `_linkable` does."""
    ticket, other = await _linkable(tickets, desk, number=number, to=to, trigger="unlink", asked=asked)
    done = [
        Done(one, one.unlinked(to=linked.number, actor=asked.actor, at=asked.now), asked.cause)
        for one, linked in ((ticket, other), (other, ticket))
        if linked.number in {link.to for link in one.links}
    ]
    await tickets.record(done)
    return ticket


async def _linkable(tickets: Tickets, desk: Desk, *, number: str, to: str, trigger: Trigger, asked: Asked) -> tuple[Ticket, Ticket]:
    """Return the ticket and the other one, both locked, if the caller may change the links of both.

    Raises ImpossibleValue where the other is itself, absent or unseen, MissingRight where the caller may not work both.
    """
    found = await tickets.load_numbers({number, to})
    ticket = found_in(found, number)
    roles = admit(desk, ticket, asked.caller, trigger, parent_owner=await parent_owner_of(tickets, desk, ticket))
    other = seen_in(desk, found, to, asked=asked, field="to", given=to)
    require_rw(desk, other, asked=asked)
    if other.id == ticket.id:
        raise ImpossibleValue("to", "itself", to)
    require_turn(desk, ticket, roles, state=ticket.state, trigger=trigger)
    step(ticket.state, trigger, await facts_of(tickets, desk, ticket))
    if not has_row(other.state, trigger):
        raise OtherTicketForbids(other.state, trigger, other.number)
    return ticket, other


def found_in(found: dict[str, Ticket], number: str) -> Ticket:
    """Return the ticket `number` of those found. Raises NotThere."""
    if number not in found:
        raise NotThere
    return found[number]


def seen_in(desk: Desk, found: dict[str, Ticket], number: str, *, asked: Asked, field: str, given: str) -> Ticket:
    """Return the other ticket, if the caller may see it: what they may not see is as if it were not there.

    `given` is the number that the caller wrote in `field`, which is all that a refusal names. Raises ImpossibleValue.
    """
    ticket = found.get(number)
    if ticket is None or "right:ro" not in roles_of(desk, ticket, asked.caller):
        raise ImpossibleValue(field, UNKNOWN_TICKET, given)
    return ticket


def require_rw(desk: Desk, other: Ticket, *, asked: Asked) -> None:
    """Refuse a caller who may not work `other`, which they see. Raises MissingRight."""
    if "right:rw" not in roles_of(desk, other, asked.caller):
        raise MissingRight("rw", other.number)
