"""What concerns two tickets that are no family: links and merging; and who follows a ticket of his own accord."""

from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import LIVE, Trigger, has_row, step
from services.tickets.ports import Done, Tickets
from services.tickets.rights import admit, require_turn
from services.tickets.usecases.asked import Asked, admitted, facts_of, parent_owner_of, record
from shared.actions import roles_of
from shared.desk import Desk
from shared.errors import ImpossibleValue, MissingRight, NotThere, OtherTicketForbids, StateForbids
from shared.events.ticket_state import Link


async def watch(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Be told of what happens to the ticket; who watches already goes on, and nothing changes."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="watch", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="watch")
    identity = str(asked.caller.identity)
    if identity in ticket.watchers:
        return ticket
    change = ticket.watched(watchers=(*ticket.watchers, identity), actor=asked.actor, at=asked.now)
    return await record(tickets, ticket, change, asked=asked)


async def unwatch(tickets: Tickets, desk: Desk, *, number: str, asked: Asked) -> Ticket:
    """Be told no more; who does not watch is no trouble."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="unwatch", asked=asked)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="unwatch")
    left = tuple(each for each in ticket.watchers if each != asked.caller.identity)
    if left == ticket.watchers:
        return ticket
    return await record(tickets, ticket, ticket.watched(watchers=left, actor=asked.actor, at=asked.now), asked=asked)


async def link(tickets: Tickets, desk: Desk, *, number: str, to: Link, asked: Asked) -> Ticket:
    """Let the ticket and another one refer to each other. Raises as `_linkable` does."""
    ticket, other = await _linkable(tickets, desk, number=number, to=to.to, trigger="links", asked=asked)
    back = Link(to=ticket.number, kind=to.kind)
    done = [
        Done(one, one.linked(to=link, actor=asked.actor, at=asked.now), asked.cause)
        for one, link in ((ticket, to), (other, back))
        if link not in one.links
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
    ticket = _found(found, number)
    roles = admit(desk, ticket, asked.caller, trigger, parent_owner=await parent_owner_of(tickets, desk, ticket))
    other = _seen(desk, found, to, asked=asked, field="to")
    _require_rw(desk, other, asked=asked)
    if other.id == ticket.id:
        raise ImpossibleValue("to", "itself", to)
    require_turn(desk, ticket, roles, state=ticket.state, trigger=trigger)
    step(ticket.state, trigger, await facts_of(tickets, desk, ticket))
    if not has_row(other.state, trigger):
        raise OtherTicketForbids(other.state, trigger, other.number)
    return ticket, other


async def merge(tickets: Tickets, desk: Desk, *, number: str, into: str, asked: Asked) -> Ticket:
    """Let `into` (or whatever goes on with it) go on with the ticket too; return the ticket, which is `merged` now.

    Both are locked and change in one transaction, or neither does. Raises ImpossibleValue where the other is itself, absent, unseen, of
    the same family, or a child where this is none.
    """
    ticket, other, roles = await _both(tickets, desk, number=number, into=into, asked=asked)
    _require_rw(desk, other, asked=asked)
    if other.id == ticket.id:
        raise ImpossibleValue("into", "itself" if into == number else "cycle", into)
    if (ticket.parent_id is None) != (other.parent_id is None):
        raise ImpossibleValue("into", "other_family", into)
    if await _is_above(tickets, ticket, other) or await _is_above(tickets, other, ticket):
        raise ImpossibleValue("into", "cycle", into)
    require_turn(desk, ticket, roles, state=ticket.state, trigger="merge")
    if other.state not in LIVE:
        raise StateForbids(other.state, "merge")
    state = step(ticket.state, "merge", await facts_of(tickets, desk, ticket))
    watchers = ticket.watchers
    await tickets.record(
        [
            Done(ticket, ticket.merged(into=other, actor=asked.actor, state=state, at=asked.now), asked.cause),
            Done(other, other.absorbed(other=ticket, watchers=watchers, actor=asked.actor, at=asked.now), asked.cause),
        ]
    )
    return ticket


async def _both(tickets: Tickets, desk: Desk, *, number: str, into: str, asked: Asked) -> tuple[Ticket, Ticket, frozenset[str]]:
    """Return the ticket, the one that would go on with it (whatever `into` was merged into takes its place), both locked together, and
    what the caller is to the first."""
    goal = into
    while True:
        found = await tickets.load_numbers({number, goal})
        ticket = _found(found, number)
        roles = admit(desk, ticket, asked.caller, "merge", parent_owner=await parent_owner_of(tickets, desk, ticket))
        other = _seen(desk, found, goal, asked=asked, field="into")
        if other.merged_into is None or other.id == ticket.id:
            return ticket, other, roles
        goal = other.merged_into


def _found(found: dict[str, Ticket], number: str) -> Ticket:
    if number not in found:
        raise NotThere
    return found[number]


def _seen(desk: Desk, found: dict[str, Ticket], number: str, *, asked: Asked, field: str) -> Ticket:
    """Return the other ticket, if the caller may see it: what he may not see is as if it were not there."""
    ticket = found.get(number)
    if ticket is None or "right:ro" not in roles_of(desk, ticket, asked.caller):
        raise ImpossibleValue(field, "unknown_ticket", number)
    return ticket


def _require_rw(desk: Desk, other: Ticket, *, asked: Asked) -> None:
    if "right:rw" not in roles_of(desk, other, asked.caller):
        raise MissingRight("rw")


async def _is_above(tickets: Tickets, above: Ticket, below: Ticket) -> bool:
    parent_id = below.parent_id
    while parent_id is not None:
        if parent_id == above.id:
            return True
        parent = (await tickets.peek([parent_id])).get(parent_id)
        parent_id = parent.parent_id if parent else None
    return False
