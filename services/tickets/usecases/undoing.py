"""Taking back a merge or a move, by an event that compensates it; nothing is ever taken out of a
history.
"""

from services.tickets.domain import placement
from services.tickets.domain.lifecycle import Trigger
from services.tickets.domain.rights import keeps_responsible
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import PastChange
from services.tickets.usecases.context import Work
from services.tickets.usecases.splitting import split
from shared.contracts.commands.merging import Undo
from shared.contracts.events.merging import TicketAbsorbed, TicketMerged, TicketMergeUndone
from shared.contracts.events.tickets import TicketMoved, TicketMoveUndone
from shared.core.errors import CannotUndo, ImpossibleValue
from shared.policy.permissions import did, is_too_late_to_undo, rights_on

_UNDO: Trigger = "undo"
UNDOABLE = frozenset({TicketMoved.NAME, TicketMerged.NAME, TicketAbsorbed.NAME})
_UNDOINGS = frozenset({TicketMoveUndone.NAME, TicketMergeUndone.NAME})


async def undo(work: Work, command: Undo) -> Ticket:
    """Take back the merge or the move that made the ticket's `version`; return the ticket.

    Only the last merge or move can be undone, once; a merge at either of its tickets. Raises
    ImpossibleValue where the version is neither, CannotUndo where it is not the last, was undone
    before, the desk's hours have passed, or later facts stand in the way.
    """
    ticket = await work.tickets.get(command.number)
    past = await work.tickets.past_change(ticket.id, command.version)
    if past is not None and past.event not in UNDOABLE:
        past = None
    # Only the operator who made an undoable change may act on a ticket that they do not see.
    is_doer = past is not None and did(work.desk, past.actor, work.caller)
    roles = work.admit(ticket, _UNDO, is_doer=is_doer)
    if past is None:
        raise ImpossibleValue("version", "not_undoable", str(command.version))
    work.require_turn(ticket, roles, _UNDO)
    if ticket.undoable is None or ticket.undoable.version != command.version:
        raise CannotUndo(command.version, _why_not(past))
    if is_too_late_to_undo(work.desk, ticket.undoable, now=work.now):
        raise CannotUndo(command.version, "too_late")
    if past.event == TicketMoved.NAME:
        await _undo_move(work, ticket, past, version=command.version)
    else:
        is_target = past.event == TicketAbsorbed.NAME
        merged = await work.tickets.get(str(ticket.undoable.other)) if is_target else ticket
        await work.tickets.record(await split(work, merged, version=command.version))
    return (await work.tickets.peek([ticket.id]))[ticket.id]


def _why_not(past: PastChange) -> str:
    """Return why `past`, a merge or a move, is not what can be undone: as CannotUndo has it."""
    first = next((event for event in past.events_since if event in UNDOABLE | _UNDOINGS), None)
    if first is None:
        return "overtaken"
    return "undone" if first in _UNDOINGS else "not_last"


async def _undo_move(work: Work, ticket: Ticket, past: PastChange, *, version: int) -> None:
    queue = _text(past, "queue")
    known = work.desk.queues.get(queue) if queue else None
    if known is None or known.closed:
        raise CannotUndo(version, "queue_closed")
    owner = _text(past, "owner")
    is_able = owner is not None and "rw" in rights_on(work.desk, owner, queue)
    # The move took the responsible away where they may not see the target: they come back, unless
    # somebody chose another one since.
    is_as_moved = "responsible" in past.changes and "responsible" not in past.changed_since
    responsible = _text(past, "responsible") if is_as_moved else ticket.responsible
    change = placement.move_undone(
        ticket,
        undone=version,
        queue=queue,
        owner=owner if is_able else None,
        responsible=responsible if keeps_responsible(work.desk, responsible, queue) else None,
        actor=work.actor,
        desk=work.desk,
        at=work.now,
    )
    await work.tickets.record([work.done(ticket, change)])


def _text(past: PastChange, fact: str) -> str | None:
    before = past.changes.get(fact, (None, None))[0]
    return before if isinstance(before, str) else None
