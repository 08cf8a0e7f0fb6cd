"""Merging two tickets: one of them goes on for both."""

from services.tickets.domain.lifecycle import LIVE
from services.tickets.domain.links import after_merge
from services.tickets.domain.merging import absorbed, merged, relinked
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Work
from services.tickets.usecases.links import found_in, require_rw, seen_in
from shared.contracts.commands.merging import Merge
from shared.core.errors import AlreadyMerged, ImpossibleValue, OtherTicketForbids
from shared.policy.permissions import are_same_person


async def merge(work: Work, command: Merge) -> Ticket:
    """Let `into` (or whatever goes on with it) go on with the ticket too; return the ticket, which
    is `merged` now.

    All that change are locked and change in one transaction, or none does: these two, and the
    tickets that the first is linked to. Raises ImpossibleValue where the other is itself, absent,
    unseen or of another requester, AlreadyMerged where the ticket goes on there already.
    """
    found = await _locked_together(work.tickets, command.number, command.into)
    ticket = found_in(found, command.number)
    roles = work.admit(ticket, "merge")
    # Refused by the number that was given: the caller may not know where that ticket goes on.
    seen_in(work, found, command.into, field="into", given=command.into)
    other = seen_in(work, found, _goal(found, command.into), field="into", given=command.into)
    require_rw(work, other)
    _require_one_case(ticket, other, into=command.into)
    if ticket.merged_into_id == other.id:
        raise AlreadyMerged(ticket.state, "merge", other.number)
    work.require_turn(ticket, roles, "merge")
    if other.state not in LIVE:
        raise OtherTicketForbids(other.state, "merge", other.number)
    linked = {link.to: found[link.to] for link in ticket.links if link.to in found}
    after = after_merge(ticket, other, linked)
    of_ticket = merged(ticket, into=other, actor=work.actor, desk=work.desk, at=work.now)
    of_other = absorbed(other, other=ticket, follows=after.target, actor=work.actor, at=work.now)
    done = [work.done(ticket, of_ticket), work.done(other, of_other)]
    for changed, its_links in after.others.items():
        one = linked[changed]
        done.append(work.done(one, relinked(one, links=its_links, actor=work.actor, at=work.now)))
    await work.tickets.record(done)
    return ticket


async def _locked_together(tickets: Tickets, number: str, into: str) -> dict[str, Ticket]:
    """Return the two tickets, those that the second was merged into, and those that the first is
    linked to, all locked.
    """
    wanted = {number, into}
    while True:
        found = await tickets.load_numbers(wanted)
        more = wanted | {_goal(found, into)}
        if number in found:
            more |= {link.to for link in found[number].links}
        if more == wanted:
            return found
        wanted = more


def _goal(found: dict[str, Ticket], into: str) -> str:
    """Return the number of the ticket that goes on with `into`, as far as it is `found`."""
    goal, passed = into, {into}
    while (
        (at := found.get(goal)) is not None
        and at.merged_into is not None
        and at.merged_into not in passed
    ):
        goal = at.merged_into
        passed.add(goal)
    return goal


def _require_one_case(ticket: Ticket, other: Ticket, *, into: str) -> None:
    """Refuse the ticket itself, and one of another requester. Raises ImpossibleValue.

    The office that asks stands in the requester's place at a child: two children have one requester
    if they have one parent, and a child never has that of a request.
    """
    if other.id == ticket.id:
        raise ImpossibleValue("into", "itself" if into == ticket.number else "merged_here", into)
    is_request = ticket.parent_id is None
    if ticket.parent_id != other.parent_id or (
        is_request and not are_same_person(ticket.requester, other.requester)
    ):
        raise ImpossibleValue("into", "other_requester", into)
