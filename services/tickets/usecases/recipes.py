"""Recipes at work: their steps are children, opened when their time has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from services.tickets.domain.children import bounced, child_opened, run_decided
from services.tickets.domain.creation import new_ticket
from services.tickets.domain.numbers import desk_day, ticket_number
from services.tickets.domain.recipes import asks_about, due_steps, step_decided, step_opened
from services.tickets.domain.sentences import needs_sentence
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from services.tickets.usecases.auto_assignment import assign_automatically
from services.tickets.usecases.context import Work, actor_of
from shared.contracts.commands.tickets import DecideStep
from shared.contracts.desk import Desk, RecipeStep
from shared.contracts.events.ticket_state import Routing, Run, State
from shared.contracts.people import SYSTEM
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue
from shared.core.ids import derived_id
from shared.policy.permissions import holder_of
from shared.policy.rules import missing_answers

log = structlog.get_logger()

CAN_OPEN_CHILDREN: frozenset[State] = frozenset({"open", "waiting_requester", "waiting_children"})
"""Where a ticket must be for its recipe to go on; one that is put off goes on when it is back."""


async def begin_due_steps(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    *,
    due: Sequence[tuple[UUID, Cause]],
    now: datetime,
) -> None:
    """Open the children that are due on each ticket of `due`.

    Idempotent: their steps are open afterwards.
    """
    found = await tickets.load({ticket_id for ticket_id, _ in due})
    for ticket_id, cause in due:
        ticket = found.get(ticket_id)
        if ticket is not None and ticket.state in CAN_OPEN_CHILDREN:
            await go_on(tickets, counters, presence, desk, ticket=ticket, cause=cause, now=now)


async def go_on(
    tickets: Tickets,
    counters: Counters,
    presence: Presence,
    desk: Desk,
    *,
    ticket: Ticket,
    cause: Cause,
    now: datetime,
) -> None:
    """Open the children of the steps of the ticket's recipe whose time has come, in its owner's
    name.

    The ticket is locked.
    """
    run = ticket.run
    steps = due_steps(run) if run else []
    if run is None or not steps:
        return
    day = desk_day(now, timezone=desk.timezone)
    counters_drawn = await counters.draw(day=day, count=len(steps))
    landed = []
    for described, counter in zip(steps, counters_drawn, strict=True):
        number = ticket_number(day, system_id=desk.system_id, counter=counter)
        child = _child_of(ticket, run, described, number=number, desk=desk, now=now)
        actor = actor_of(desk, holder_of(desk, ticket))
        body = described.text.in_language(ticket.language)
        await tickets.add(
            [Done(child, child.created(body=body, written_at=now, actor=actor), cause)]
        )
        run = step_opened(run, described.name, child=child.number)
        opened = child_opened(
            ticket, child=child, body=body, actor=actor, run=run, desk=desk, at=now
        )
        await tickets.record([Done(ticket, opened, cause)])
        log.info(
            "tickets.recipe.step_opened",
            ticket_id=ticket.id,
            step=described.name,
            child_id=child.id,
        )
        missing = missing_answers(desk, child.queue, child.fields) if child.queue else []
        if missing and child.queue:
            lacks = needs_sentence(desk, child.queue, missing)
            await tickets.record(
                [Done(child, bounced(child, reason=lacks, actor=SYSTEM, desk=desk, at=now), cause)]
            )
        else:
            landed.append((child, cause))
    await tickets.record(await assign_automatically(presence, desk, landed=landed, now=now))


async def decide_step(work: Work, command: DecideStep) -> Ticket:
    """Say how the recipe goes on after its step `name` ended unsuccessfully.

    Raises ImpossibleValue where nothing is asked about it.
    """
    ticket, roles = await work.admitted(command.number, "decide")
    run = ticket.run
    if run is None or command.step not in {each.name for each in run.steps}:
        raise ImpossibleValue("step", "unknown_step", command.step)
    if command.step not in asks_about(run):
        raise ImpossibleValue("step", "not_asking", command.step)
    work.require_turn(ticket, roles, "decide")
    goes_on = command.decision == "continue"
    decided = step_decided(run, command.step, goes_on=goes_on)
    reason = f"{command.step}: {'goes on' if goes_on else 'stops'}"
    await work.record(
        ticket,
        run_decided(
            ticket, run=decided, actor=work.actor, reason=reason, desk=work.desk, at=work.now
        ),
    )
    if ticket.state in CAN_OPEN_CHILDREN:
        await go_on(
            work.tickets,
            work.counters,
            work.presence,
            work.desk,
            ticket=ticket,
            cause=work.cause,
            now=work.now,
        )
    return ticket


def _child_of(
    ticket: Ticket, run: Run, described: RecipeStep, *, number: str, desk: Desk, now: datetime
) -> Ticket:
    """Return the child that does a step: in the queue that the recipe names, or by rule if the desk
    has closed it since.
    """
    known = desk.queues.get(described.queue)
    queue = described.queue if known is not None and not known.closed else None
    return new_ticket(
        ticket_id=derived_id("step", run.id, described.name),
        number=number,
        requester=ticket.requester,
        request_type=None,
        request_id=None,
        subject=described.title.in_language(ticket.language),
        fields={name: ticket.fields[name] for name in described.fields if name in ticket.fields},
        context=ticket.context,
        language=ticket.language,
        priority=ticket.priority,
        queue=queue,
        parent=ticket,
        routing=Routing(rule=None, reason=f"step {described.name} of the recipe")
        if queue
        else None,
        at=now,
    )
