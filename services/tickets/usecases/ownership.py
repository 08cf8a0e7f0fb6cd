"""The owner and the responsible of a ticket: take, release, assign, responsible."""

from services.tickets.domain.lifecycle import has_row
from services.tickets.domain.recipes import begin_run
from services.tickets.domain.rights import require_witness, require_worker
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work, given
from shared.contracts.commands.tickets import Assign, Release, SetResponsible, Take
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import Run
from shared.core.errors import HeldByNobody, ImpossibleValue
from shared.core.ids import derived_id
from shared.policy.permissions import holder_of


async def take(work: Work, command: Take) -> Ticket:
    """Make the caller the owner.

    No-op for the owner; for anybody else HeldBySomebodyElse names the owner.
    """
    ticket, roles = await work.admitted(command.number, "take")
    if "owner" in roles and has_row(ticket.state, "take"):
        return ticket
    work.require_turn(ticket, roles, "take")
    change = ticket.taken(
        actor=work.actor, desk=work.desk, run=first_run(work.desk, ticket), at=work.now
    )
    return await work.record(ticket, change)


async def release(work: Work, command: Release) -> Ticket:
    """Give the ticket back to its queue. Raises HeldByNobody where it has no owner."""
    ticket, roles = await work.admitted(command.number, "release")
    work.require_turn(ticket, roles, "release")
    if ticket.owner is None:
        raise HeldByNobody("release", ticket.state)
    return await work.record(ticket, ticket.released(actor=work.actor, desk=work.desk, at=work.now))


async def assign(work: Work, command: Assign) -> Ticket:
    """Make `operator` the owner, as if they had taken it. No-op if they own it already.

    Raises ImpossibleValue for somebody who may not work the queue, and where another operator's
    ticket is given away or taken over without a reason.
    """
    ticket, roles = await work.admitted(command.number, "assign")
    require_worker(work.desk, ticket, command.operator)
    if (
        holder_of(work.desk, ticket) not in (None, work.caller.identity, command.operator)
        and given(command.reason) is None
    ):
        raise ImpossibleValue("reason", "taken_over", str(ticket.owner))
    work.require_turn(ticket, roles, "assign")
    if holder_of(work.desk, ticket) == command.operator:
        return ticket
    change = ticket.assigned(
        operator=command.operator,
        actor=work.actor,
        reason=given(command.reason),
        desk=work.desk,
        run=first_run(work.desk, ticket),
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")


async def set_responsible(work: Work, command: SetResponsible) -> Ticket:
    """Make `operator` accountable. No-op if they are already."""
    ticket, roles = await work.admitted(command.number, "responsible")
    require_witness(work.desk, ticket, command.operator)
    work.require_turn(ticket, roles, "responsible")
    if ticket.responsible == command.operator:
        return ticket
    change = ticket.responsible_changed(
        operator=command.operator,
        actor=work.actor,
        reason=given(command.reason),
        desk=work.desk,
        at=work.now,
    )
    return await work.record(ticket, change, field="reason")


def first_run(desk: Desk, ticket: Ticket) -> Run | None:
    """Return the run of the recipe that begins when the ticket is first taken, None where there is
    none or it began before.
    """
    form = desk.forms.get(ticket.request_type) if ticket.request_type else None
    if (
        form is None
        or form.recipe is None
        or ticket.run is not None
        or ticket.parent_id is not None
        or ticket.is_taking_told
    ):
        return None
    return begin_run(form.recipe, run_id=derived_id("run", ticket.id), fields=ticket.fields)
