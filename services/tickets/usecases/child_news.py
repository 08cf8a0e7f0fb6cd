"""What a parent does when it hears of its children, and how its recipe goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.tickets.domain.families import article_id_of
from services.tickets.domain.lifecycle import Facts, Trigger, has_row, step
from services.tickets.domain.recipe_run import due_steps, run_as
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.recipes import CAN_OPEN_CHILDREN, go_on
from shared.contracts.desk import Desk
from shared.contracts.events.families import ChildTold
from shared.contracts.events.ticket_state import ENDED, State
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
        await tickets.record([Done(parent, parent.child_answered(news=told, at=now), cause)])
        return
    facts = parent.facts(desk)
    run = run_as(parent.run, parent.states_of_children) if parent.run else None
    will_open = run is not None and parent.state in CAN_OPEN_CHILDREN and bool(due_steps(run))
    if will_open:
        # The children that the recipe opens below are waited for too.
        facts = replace(facts, open_children=True)
    await tickets.record([Done(parent, parent.child_reported(news=told, state=_state_after(parent, told, facts), run=run, at=now), cause)])
    if will_open:
        await go_on(tickets, counters, presence, desk, ticket=parent, cause=cause, now=now)


def _goes_to_requester(desk: Desk, parent: Ticket, told: ChildTold) -> bool:
    description = desk.queues.get(told.queue) if told.queue else None
    return told.news == "answer" and description is not None and description.answers_requester and parent.parent_id is None


def _state_after(parent: Ticket, told: ChildTold, facts: Facts) -> State:
    trigger: Trigger | None = None
    if told.state in ENDED:
        trigger = "child_ended"
    elif told.news == "reopened" and facts.open_children:
        trigger = "child_reopened"
    # A parent that waits for something else, or has ended, only takes note.
    return step(parent.state, trigger, facts) if trigger is not None and has_row(parent.state, trigger) else parent.state
