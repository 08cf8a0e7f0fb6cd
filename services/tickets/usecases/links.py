"""Links between tickets that are no family."""

from services.tickets.domain.lifecycle import Trigger, has_row
from services.tickets.domain.merging import has_own_link, linked, unlinked
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work
from shared.contracts.commands.merging import SetLink, Unlink
from shared.contracts.events.ticket_state import Link
from shared.core.errors import (
    UNKNOWN_TICKET,
    ImpossibleValue,
    MissingRight,
    NotThere,
    OtherTicketForbids,
)
from shared.policy.permissions import roles_of


async def link(work: Work, command: SetLink) -> Ticket:
    """Let the ticket and another one refer to each other. Raises as `_linkable` does."""
    ticket, other = await _linkable(work, number=command.number, to=command.to, trigger="links")
    there, back = Link(to=command.to, kind=command.kind), Link(to=ticket.number, kind=command.kind)
    done = [
        work.done(one, linked(one, to=link, actor=work.actor, desk=work.desk, at=work.now))
        for one, link in ((ticket, there), (other, back))
        if not has_own_link(one, link)
    ]
    await work.tickets.record(done)
    return ticket


async def unlink(work: Work, command: Unlink) -> Ticket:
    """Stop both tickets referring to each other.

    No-op where neither does. Raises as `_linkable` does.
    """
    ticket, other = await _linkable(work, number=command.number, to=command.to, trigger="unlink")
    done = [
        work.done(one, unlinked(one, to=to.number, actor=work.actor, desk=work.desk, at=work.now))
        for one, to in ((ticket, other), (other, ticket))
        if to.number in {link.to for link in one.links}
    ]
    await work.tickets.record(done)
    return ticket


async def _linkable(work: Work, *, number: str, to: str, trigger: Trigger) -> tuple[Ticket, Ticket]:
    """Return the ticket and the other one, both locked, if the caller may change the links of both.

    Raises ImpossibleValue where the other is itself, absent or unseen, MissingRight where the
    caller may not work both.
    """
    found = await work.tickets.load_numbers({number, to})
    ticket = found_in(found, number)
    roles = work.admit(ticket, trigger)
    other = seen_in(work, found, to, field="to", given=to)
    require_rw(work, other)
    if other.id == ticket.id:
        raise ImpossibleValue("to", "itself", to)
    work.require_turn(ticket, roles, trigger)
    if not has_row(other.state, trigger):
        raise OtherTicketForbids(other.state, trigger, other.number)
    return ticket, other


def found_in(found: dict[str, Ticket], number: str) -> Ticket:
    """Return the ticket `number` of those found. Raises NotThere."""
    if number not in found:
        raise NotThere
    return found[number]


def seen_in(work: Work, found: dict[str, Ticket], number: str, *, field: str, given: str) -> Ticket:
    """Return the other ticket, if the caller may see it: what they may not see is as if it were not
    there.

    `given` is the number that the caller wrote in `field`, which is all that a refusal names.
    Raises ImpossibleValue.
    """
    ticket = found.get(number)
    if ticket is None or "right:ro" not in roles_of(work.desk, ticket, work.caller):
        raise ImpossibleValue(field, UNKNOWN_TICKET, given)
    return ticket


def require_rw(work: Work, other: Ticket) -> None:
    """Refuse a caller who may not work `other`, which they see. Raises MissingRight."""
    if "right:rw" not in roles_of(work.desk, other, work.caller):
        raise MissingRight("rw", other.number)
