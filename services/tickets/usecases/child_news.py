"""What a parent does when it hears of its children, and how its recipe goes on."""

from collections.abc import Sequence
from datetime import datetime

from services.tickets.domain.children import child_answered, child_reported
from services.tickets.domain.families import article_id_of
from services.tickets.domain.recipe_run import due_steps, run_as
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.recipes import CAN_OPEN_CHILDREN, go_on
from shared.contracts.desk import Desk
from shared.contracts.events.families import ChildTold
from shared.core.cause import Cause
from shared.core.errors import NotYet


async def hear_of_children(
    tickets: Tickets, counters: Counters, presence: Presence, desk: Desk, *, news: Sequence[tuple[ChildTold, Cause]], now: datetime
) -> None:
    """Let each parent know, once, what happened to a child; when the last has ended it is open again, or its recipe opens the next.

    The parents are locked, and what follows is decided from the states that all their children have now: so of two that end at once
    the second surely sees both. Raises NotYet for a parent that is not there.
    """
    parents = await tickets.load({told.parent_id for told, _ in news})
    known = await tickets.known_articles({article_id_of(told) for told, _ in news})
    for told, cause in news:
        parent = parents.get(told.parent_id)
        if parent is None:
            raise NotYet(f"ticket {told.parent_id}")
        if article_id_of(told) in known:
            continue
        known.add(article_id_of(told))
        await _hear(tickets, counters, presence, desk, parent, told, cause, now)


async def _hear(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    parent: Ticket,
    told: ChildTold,
    cause: Cause,
    now: datetime,
) -> None:
    if _goes_to_requester(desk, parent, told):
        await tickets.record([Done(parent, child_answered(parent, news=told, at=now), cause)])
        return
    run = run_as(parent.run, parent.states_of_children) if parent.run else None
    will_open = run is not None and parent.state in CAN_OPEN_CHILDREN and bool(due_steps(run))
    reported = child_reported(parent, news=told, run=run, opens_another=will_open, desk=desk, at=now)
    await tickets.record([Done(parent, reported, cause)])
    if will_open:
        await go_on(tickets, counters, presence, desk, ticket=parent, cause=cause, now=now)


def _goes_to_requester(desk: Desk, parent: Ticket, told: ChildTold) -> bool:
    description = desk.queues.get(told.queue) if told.queue else None
    return told.news == "answer" and description is not None and description.answers_requester and parent.parent_id is None
