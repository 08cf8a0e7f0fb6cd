"""What a ticket has to do with tickets outside its family: links, watchers, merging."""

from datetime import datetime
from functools import partial

from services.tickets.domain.changes import Change
from services.tickets.domain.links import Follows, own_of, with_own, without, without_own
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Desk
from shared.contracts.events import merging as told
from shared.contracts.events.ticket_state import Link, Run, State
from shared.contracts.events.tickets import TicketLinked, TicketUnlinked, TicketWatchersChanged
from shared.contracts.people import Actor


def linked(ticket: Ticket, *, to: Link, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Refer to another ticket, in one way only."""
    ticket.state = ticket.state_after("links", desk)
    ticket.links = (*without(ticket.links, {to.to}), to)
    if ticket.own is not None:
        ticket.own = with_own(ticket.own, links=(to,))
    return ticket.changed(TicketLinked, at=at, actor=actor)


def unlinked(ticket: Ticket, *, to: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Stop referring to the ticket with the number `to`."""
    ticket.state = ticket.state_after("unlink", desk)
    ticket.links = without(ticket.links, {to})
    if ticket.own is not None:
        ticket.own = without_own(ticket.own, links={to})
    return ticket.changed(TicketUnlinked, at=at, actor=actor)


def has_own_link(ticket: Ticket, link: Link) -> bool:
    """Return whether the ticket has `link`, and not only because another ticket brought it."""
    return link in ticket.links and (
        ticket.own is None or link.to in {own.to for own in ticket.own.links}
    )


def is_watched(ticket: Ticket, operator: str) -> bool:
    """Return whether `operator` watches the ticket, and not only because another ticket brought
    them.
    """
    return operator in ticket.watchers and (ticket.own is None or operator in ticket.own.watchers)


def watched(ticket: Ticket, *, by: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Have the operator `by` as a watcher of its own."""
    ticket.state = ticket.state_after("watch", desk)
    ticket.watchers = tuple(dict.fromkeys((*ticket.watchers, by)))
    if ticket.own is not None:
        ticket.own = with_own(ticket.own, watchers=(by,))
    return ticket.changed(TicketWatchersChanged, at=at, actor=actor)


def unwatched(ticket: Ticket, *, by: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """No longer have the operator `by` as a watcher."""
    ticket.state = ticket.state_after("unwatch", desk)
    ticket.watchers = tuple(each for each in ticket.watchers if each != by)
    if ticket.own is not None:
        ticket.own = without_own(ticket.own, watchers={by})
    return ticket.changed(TicketWatchersChanged, at=at, actor=actor)


def relinked(ticket: Ticket, *, links: tuple[Link, ...], actor: Actor, at: datetime) -> Change:
    """Refer to other tickets, because one of them was merged or is a ticket of its own again."""
    _follow(ticket, Follows(ticket.watchers, links), own=own_of(ticket))
    return ticket.changed(TicketLinked, at=at, actor=actor)


def merged(ticket: Ticket, *, into: Ticket, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Go on as `into`, where its articles are read and its watchers and links are from now on."""
    ticket.state = ticket.state_after("merge", desk)
    ticket.merged_into_id, ticket.merged_into = into.id, into.number
    # Kept also where it is nothing: then the ticket has brought nothing of its own.
    ticket.own, ticket.watchers, ticket.links = own_of(ticket), (), ()
    tell = partial(told.TicketMerged, into_id=into.id, into=into.number)
    escalated_from = ticket.escalated_from
    hops = ticket.end(at=at)
    # Where the merge is undone before routing has decided, it must know which level is the next.
    ticket.escalated_from = escalated_from
    return ticket.changed(tell, at=at, actor=actor, hops=hops, can_be_undone=("merge", into.number))


def absorbed(
    ticket: Ticket, *, other: Ticket, follows: Follows, actor: Actor, at: datetime
) -> Change:
    """Go on for `other` too, with what `follows` both."""
    _follow(ticket, follows, own=own_of(ticket))
    tell = partial(told.TicketAbsorbed, absorbed_id=other.id, absorbed=other.number)
    history = {"absorbed": (None, other.number)}
    return ticket.changed(
        tell, at=at, actor=actor, of_others=history, can_be_undone=("merge", other.number)
    )


def split_off(
    ticket: Ticket,
    *,
    from_: Ticket,
    before: State,
    follows: Follows,
    own: Follows,
    run: Run | None,
    postponed_until: datetime | None,
    actor: Actor,
    desk: Desk,
    at: datetime,
) -> Change:
    """Be a ticket of its own again, in the state `before` the merge; owner and responsible stay
    only with their rights.

    Its recipe is back at `run`. A child's parent, for which it had ended, is told that it goes on.
    """
    ticket.state = ticket.state_after("undo", desk, before=before)
    ticket.merged_into_id, ticket.merged_into, ticket.undoable = None, None, None
    _follow(ticket, follows, own=own)
    ticket.run, ticket.postponed_until = run, postponed_until
    ticket.question_asked_at = at if ticket.state == "waiting_requester" else None
    hops = ticket.come_back(desk, needs_open_queue=False, at=at)
    tell = partial(told.TicketMergeUndone, other_id=from_.id, other=from_.number)
    return ticket.changed(tell, at=at, actor=actor, hops=hops)


def let_go(
    ticket: Ticket, *, other: Ticket, follows: Follows, actor: Actor, at: datetime
) -> Change:
    """No longer go on for `other`; what `follows` is left."""
    _follow(ticket, follows, own=own_of(ticket))
    if ticket.undoable is not None and ticket.undoable.other == other.number:
        ticket.undoable = None
    tell = partial(told.TicketMergeUndone, other_id=other.id, other=other.number)
    return ticket.changed(tell, at=at, actor=actor, of_others={"absorbed": (other.number, None)})


def _follow(ticket: Ticket, follows: Follows, *, own: Follows) -> None:
    """Have what `follows`, of which `own` was set at this ticket itself; that is kept only where it
    differs.
    """
    ticket.watchers, ticket.links = follows.watchers, follows.links
    is_same = set(own.watchers) == set(follows.watchers) and set(own.links) == set(follows.links)
    ticket.own = None if is_same else own
