"""Automatic assignment: new tickets of some queues go to the least loaded operator who is
present.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Presence
from services.tickets.usecases.ownership import first_run
from shared.contracts.desk import Desk
from shared.contracts.people import SYSTEM
from shared.core.cause import Cause
from shared.policy.permissions import rights_on

THERE_WITHIN = timedelta(minutes=2)
"""An operator counts as present for this time after a sign of their page."""


async def assign_automatically(
    presence: Presence, desk: Desk, *, landed: Sequence[tuple[Ticket, Cause]], now: datetime
) -> list[Done]:
    """Return the assignments of those of `landed`, tickets that have just reached their queue, that
    their queue assigns.

    Each goes to the operator with the fewest open tickets of those who may work the queue and are
    present; between equals to the first by name. Without such an operator the ticket has no owner.
    No other process assigns tickets meanwhile, so that two tickets that land at once do not both go
    to the same idle person.
    """
    wanted = [(ticket, cause) for ticket, cause in landed if _is_assigned(desk, ticket)]
    if not wanted:
        return []
    await presence.alone()
    there = await presence.seen_since(now - THERE_WITHIN)
    load = await presence.in_hand(sorted(there.intersection(desk.operators)))
    done = []
    for ticket, cause in wanted:
        able = [
            operator for operator in sorted(load) if "rw" in rights_on(desk, operator, ticket.queue)
        ]
        if not able:
            continue
        chosen = min(able, key=lambda operator: (load[operator], operator))
        reason = f"least loaded of {len(able)} present: {load[chosen]} in hand"
        load[chosen] += 1
        change = ticket.assigned(
            operator=chosen,
            actor=SYSTEM,
            reason=reason,
            desk=desk,
            run=first_run(desk, ticket),
            at=now,
        )
        done.append(Done(ticket, change, cause))
    return done


def _is_assigned(desk: Desk, ticket: Ticket) -> bool:
    description = desk.queues.get(ticket.queue) if ticket.queue else None
    return (
        description is not None
        and description.assign == "least_loaded"
        and ticket.state == "new"
        and ticket.owner is None
    )
