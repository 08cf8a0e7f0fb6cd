"""Taking back a merge or a move, by an event that compensates it; nothing is ever taken out of a history."""

from datetime import datetime, timedelta

from services.tickets.domain.recipe_run import run_taken_up
from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import LIVE, STATES, Trigger, step
from services.tickets.ports import Done, PastChange, Tickets
from services.tickets.rights import admit, keeps_responsible, require_turn
from services.tickets.usecases.asked import Asked, facts_of, parent_owner_of
from shared.actions import holder_of, rights_on
from shared.desk import Desk
from shared.errors import CannotUndo, ImpossibleValue, StateForbids
from shared.events.merging import TicketAbsorbed, TicketMerged
from shared.events.ticket_state import ENDED, Run
from shared.events.tickets import TicketMoved

_UNDO: Trigger = "undo"
UNDOABLE = frozenset({TicketMoved.NAME, TicketMerged.NAME, TicketAbsorbed.NAME})


async def undo(tickets: Tickets, desk: Desk, *, number: str, version: int, asked: Asked) -> Ticket:
    """Take back the merge or the move that made the ticket's `version`; return the ticket.

    A merge can be taken back at either of its tickets. Raises ImpossibleValue where the version is neither, CannotUndo where the desk's
    hours have passed or later facts stand in the way.
    """
    ticket = await tickets.get(number)
    past = await tickets.past_change(ticket.id, version)
    if past is not None and past.event not in UNDOABLE:
        past = None
    # Who did anything else is nobody in particular: where he does not see the ticket it is not there.
    is_doer = past is not None and past.actor is not None and past.actor == asked.caller.identity
    parent_owner = await parent_owner_of(tickets, desk, ticket)
    roles = admit(desk, ticket, asked.caller, _UNDO, parent_owner=parent_owner, is_doer=is_doer)
    if past is None:
        raise ImpossibleValue("version", "not_undoable", str(version))
    require_turn(desk, ticket, roles, state=ticket.state, trigger=_UNDO)
    if asked.now - past.at > timedelta(hours=desk.policies.undo_hours):
        raise CannotUndo(version, "too_late")
    if past.event == TicketMoved.NAME:
        await _undo_move(tickets, desk, ticket, past, version=version, asked=asked)
    elif past.event == TicketMerged.NAME:
        await _undo_merge(tickets, desk, ticket, past, version=version, asked=asked)
    else:
        await _undo_absorption(tickets, desk, ticket, past, version=version, asked=asked)
    return (await tickets.peek([ticket.id]))[ticket.id]


async def _undo_move(tickets: Tickets, desk: Desk, ticket: Ticket, past: PastChange, *, version: int, asked: Asked) -> None:
    queue = _text(past, "queue")
    known = desk.queues.get(queue) if queue else None
    if past.changed_since & {"queue", "owner", "state"} or known is None or known.closed:
        raise CannotUndo(version, "overtaken")
    owner = _text(past, "owner")
    is_able = owner is not None and "rw" in rights_on(desk, owner, queue)
    # The move took the responsible away where they may not see the target: they come back, unless somebody chose another one since.
    is_as_moved = "responsible" in past.changes and "responsible" not in past.changed_since
    responsible = _text(past, "responsible") if is_as_moved else ticket.responsible
    change = ticket.move_undone(
        undone=version,
        queue=queue,
        owner=owner if is_able else None,
        responsible=responsible if keeps_responsible(desk, responsible, queue) else None,
        actor=asked.actor,
        state=step(ticket.state, _UNDO, await facts_of(tickets, desk, ticket)),
        reason=None,
        at=asked.now,
    )
    await tickets.record([Done(ticket, change, asked.cause)])


async def _undo_absorption(tickets: Tickets, desk: Desk, target: Ticket, past: PastChange, *, version: int, asked: Asked) -> None:
    for merged in (await tickets.merged_into(target.id)).values():
        theirs = await tickets.change_at(merged.id, event=TicketMerged.NAME, at=past.at)
        if theirs is not None:
            await _split(tickets, desk, merged, target, theirs, past, version=version, asked=asked)
            return
    raise CannotUndo(version, "overtaken")


async def _undo_merge(tickets: Tickets, desk: Desk, ticket: Ticket, past: PastChange, *, version: int, asked: Asked) -> None:
    target = await tickets.get(ticket.merged_into) if ticket.merged_into else None
    theirs = await tickets.change_at(target.id, event=TicketAbsorbed.NAME, at=past.at) if target else None
    if target is None or theirs is None:
        raise CannotUndo(version, "overtaken")
    await _split(tickets, desk, ticket, target, past, theirs, version=version, asked=asked)


async def _split(
    tickets: Tickets,
    desk: Desk,
    ticket: Ticket,
    target: Ticket,
    merged: PastChange,
    absorbed: PastChange,
    *,
    version: int,
    asked: Asked,
) -> None:
    """Make two of them again. `merged` and `absorbed` are what the merge was to each."""
    if ticket.state != "merged":
        raise CannotUndo(version, "overtaken")
    if target.state not in LIVE:
        raise StateForbids(target.state, _UNDO)
    if ticket.parent_id is not None and (await tickets.load({ticket.parent_id}))[ticket.parent_id].state in ENDED:
        # Nothing goes on below a parent that has ended.
        raise CannotUndo(version, "overtaken")
    before = next(state for state in STATES if state == merged.changes["state"][0])
    until = merged.changes.get("postponed_until", (None, None))[0]
    came = tuple(each for each in _watchers(absorbed, 1) if each not in _watchers(absorbed, 0))
    split = ticket.split_off(
        from_=target,
        state=step(ticket.state, _UNDO, await facts_of(tickets, desk, ticket, before=before)),
        watchers=tuple(dict.fromkeys((*_watchers(merged, 0), *ticket.watchers))),
        run=_run_before(ticket, merged),
        postponed_until=datetime.fromisoformat(until) if isinstance(until, str) else None,
        is_owner_able=holder_of(desk, ticket) is not None,
        is_responsible_able=keeps_responsible(desk, ticket.responsible, ticket.queue),
        actor=asked.actor,
        at=asked.now,
    )
    let_go = target.let_go(other=ticket, watchers=came, actor=asked.actor, at=asked.now)
    await tickets.record([Done(ticket, split, asked.cause), Done(target, let_go, asked.cause)])


def _run_before(ticket: Ticket, merged: PastChange) -> Run | None:
    """Return the recipe's run as the merge found it; as it is, where the merge did not stop it."""
    before = merged.changes.get("run", (None, None))[0]
    return run_taken_up(ticket.run, before) if ticket.run is not None and isinstance(before, dict) else ticket.run


def _text(past: PastChange, fact: str) -> str | None:
    before = past.changes.get(fact, (None, None))[0]
    return before if isinstance(before, str) else None


def _watchers(past: PastChange, side: int) -> tuple[str, ...]:
    watchers = past.changes.get("watchers", ([], []))[side]
    return tuple(str(each) for each in watchers) if isinstance(watchers, list) else ()
