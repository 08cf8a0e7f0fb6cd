"""Giving new tickets of some queues to who has the fewest, of those who are there."""

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
"""So long after an operator's page was last heard of he still counts as there."""


async def assign_automatically(presence: Presence, desk: Desk, *, landed: Sequence[tuple[Ticket, Cause]], now: datetime) -> list[Done]:
    """Return the assignments of those of `landed`, tickets that have just reached their queue, that their queue gives out.

    Each goes to who owns the fewest tickets that have not ended, of the operators who may work the queue and have a page open; between
    equals the first by name. Nobody there: it stays nobody's. The loads are read while nobody else gives tickets out, so that two tickets
    landing at once do not both find the same person idle.
    """
    wanted = [(ticket, cause) for ticket, cause in landed if _is_given_out(desk, ticket)]
    if not wanted:
        return []
    await presence.alone()
    there = await presence.seen_since(now - THERE_WITHIN)
    load = await presence.in_hand(sorted(there.intersection(desk.operators)))
    done = []
    for ticket, cause in wanted:
        able = [operator for operator in sorted(load) if "rw" in rights_on(desk, operator, ticket.queue)]
        if not able:
            continue
        chosen = min(able, key=lambda operator: (load[operator], operator))
        reason = f"least loaded of {len(able)} present: {load[chosen]} in hand"
        load[chosen] += 1
        change = ticket.assigned(operator=chosen, actor=SYSTEM, reason=reason, desk=desk, run=first_run(desk, ticket), at=now)
        done.append(Done(ticket, change, cause))
    return done


def _is_given_out(desk: Desk, ticket: Ticket) -> bool:
    description = desk.queues.get(ticket.queue) if ticket.queue else None
    return description is not None and description.assign == "least_loaded" and ticket.state == "new" and ticket.owner is None
