"""The queue of a ticket: routing, moves and their undoing, escalation."""

from datetime import datetime
from functools import partial

from services.tickets.domain.changes import Change
from services.tickets.domain.hops import hop_to
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Desk
from shared.contracts.events import tickets as told
from shared.contracts.events.ticket_state import Routing
from shared.contracts.people import SYSTEM, Actor


def routed(ticket: Ticket, *, queue: str, routing: Routing, desk: Desk, at: datetime) -> Change:
    """Reach the queue that routing decided for the open hop; the responsible stays only if they
    may see it there.
    """
    ticket.drop_responsible_who_may_not_see(queue, desk)
    tell = partial(
        told.TicketQueued, escalated_from=ticket.escalated_from, caused_by=ticket.routing_asked_by
    )
    ticket.queue, ticket.routing, ticket.routing_asked_at, ticket.escalated_from = (
        queue,
        routing,
        None,
        None,
    )
    ticket.hop = ticket.open_hop.in_queue(queue, reason=routing.reason, at=at)
    return ticket.changed(tell, at=at, actor=SYSTEM, reason=routing.reason, hops=(ticket.hop,))


def routing_asked_again(ticket: Ticket, *, at: datetime) -> Change:
    """Ask routing once more for the open hop's queue."""
    ticket.routing_asked_at = at
    return ticket.changed(
        partial(told.TicketRoutingRequested, escalated_from=ticket.escalated_from),
        at=at,
        actor=SYSTEM,
    )


def moved(
    ticket: Ticket, *, queue: str, reason: str | None, actor: Actor, desk: Desk, at: datetime
) -> Change:
    """Go to another queue, without an owner; the responsible stays only if they may see it
    there.
    """
    ticket.state = ticket.state_after("move", desk)
    ticket.drop_responsible_who_may_not_see(queue, desk)
    from_queue, left = ticket.queue, ticket.leave_queue(at=at)
    ticket.queue, ticket.routing = queue, None
    ticket.hop = hop_to(queue, reason=reason or "moved", at=at)
    hops = (*left, ticket.hop)
    return ticket.changed(
        told.TicketMoved,
        at=at,
        actor=actor,
        reason=reason,
        hops=hops,
        can_be_undone=("move", from_queue),
    )


def move_undone(
    ticket: Ticket,
    *,
    undone: int,
    queue: str | None,
    owner: str | None,
    responsible: str | None,
    actor: Actor,
    desk: Desk,
    at: datetime,
) -> Change:
    """Be back where it was before the move of version `undone`, with the `owner` and the
    `responsible` of then.
    """
    ticket.state = ticket.state_after("undo", desk)
    left = ticket.leave_queue(at=at)
    ticket.queue, ticket.routing, ticket.owner, ticket.responsible = queue, None, owner, responsible
    hops = (*left, *ticket.stay_again(reason="undone", at=at))
    return ticket.changed(
        partial(told.TicketMoveUndone, undone=undone), at=at, actor=actor, hops=hops
    )


def escalated(ticket: Ticket, *, reason: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Leave its queue for the next level; which queue that is, routing decides."""
    ticket.state = ticket.state_after("escalate", desk)
    before, left = ticket.queue, ticket.leave_queue(at=at)
    ticket.queue, ticket.routing = None, None
    ticket.hop, ticket.routing_asked_at, ticket.escalated_from = (
        hop_to(None, reason=None, at=at),
        at,
        before,
    )
    tell = partial(told.TicketEscalated, escalated_from=before)
    return ticket.changed(tell, at=at, actor=actor, reason=reason, hops=left)
