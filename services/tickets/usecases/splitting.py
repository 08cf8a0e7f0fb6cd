"""Making two tickets of a merged one and the one that goes on with it, as they were before."""

from datetime import datetime

from services.tickets.domain.lifecycle import STATES
from services.tickets.domain.links import Follows, Together, after_undoing, own_of, with_own
from services.tickets.domain.merging import let_go, relinked, split_off
from services.tickets.domain.recipes import run_taken_up
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, PastChange, Tickets
from services.tickets.usecases.context import Work
from shared.contracts.events.merging import TicketMerged
from shared.contracts.events.ticket_state import ENDED, Run
from shared.core.errors import CannotUndo, OtherTicketForbids
from shared.policy.permissions import roles_of


async def split(work: Work, merged: Ticket, *, version: int) -> list[Done]:
    """Return the changes by which `merged`, a locked ticket, is one of its own again, and the other
    one goes on without it.

    `version` is the change that is being undone, which a refusal names. Raises CannotUndo where the
    ticket is not merged, or its parent has ended, OtherTicketForbids where the other ticket has
    ended.
    """
    before = (
        await work.tickets.last_change(merged.id, event=TicketMerged.NAME)
        if merged.merged_into
        else None
    )
    target = await work.tickets.get(merged.merged_into) if merged.merged_into else None
    if before is None or target is None:
        raise CannotUndo(version, "overtaken")
    if target.state in ENDED:
        # Where the caller may not see the other ticket, its number is not for them.
        is_seen = "right:ro" in roles_of(work.desk, target, work.caller)
        raise (
            OtherTicketForbids(target.state, "undo", target.number)
            if is_seen
            else CannotUndo(version, "overtaken")
        )
    if (
        merged.parent_id is not None
        and (await work.tickets.load({merged.parent_id}))[merged.parent_id].state in ENDED
    ):
        # Nothing goes on below a parent that has ended.
        raise CannotUndo(version, "parent_ended")
    others, together = await _together(work.tickets, merged, target, before)
    after = after_undoing(merged, target, others, together)
    state = next(state for state in STATES if state == before.changes["state"][0])
    until = before.changes.get("postponed_until", (None, None))[0]
    alone = split_off(
        merged,
        from_=target,
        before=state,
        follows=after.merged,
        own=after.own,
        run=_run_before(merged, before),
        postponed_until=datetime.fromisoformat(until) if isinstance(until, str) else None,
        desk=work.desk,
        actor=work.actor,
        at=work.now,
    )
    without_it = let_go(target, other=merged, follows=after.target, actor=work.actor, at=work.now)
    others_changed = [
        work.done(
            others[number], relinked(others[number], links=links, actor=work.actor, at=work.now)
        )
        for number, links in after.others.items()
    ]
    return [work.done(merged, alone), work.done(target, without_it), *others_changed]


async def _together(
    tickets: Tickets, merged: Ticket, target: Ticket, past: PastChange
) -> tuple[dict[str, Ticket], Together]:
    """Return the tickets that links lead to, locked, by number, and whose own the watchers and
    links of `target` are.
    """
    leaving = {each.number: own_of(each) for each in await _all_in(tickets, merged)}
    if merged.own is None:
        # It was merged before its own was kept, and has had none since.
        before = Follows.from_json(
            {name: past.changes.get(name, ([], []))[0] for name in ("watchers", "links")}
        )
        leaving[merged.number] = with_own(before, watchers=merged.watchers, links=merged.links)
    staying = {
        each.number: own_of(each)
        for each in await _all_in(tickets, target)
        if each.number not in leaving
    }
    links = {
        link.to: link.to for each in (*leaving.values(), *staying.values()) for link in each.links
    }
    others, goes_on_as = await _linked(tickets, links | {link.to: link.to for link in target.links})
    return others, Together(leaving, staying, goes_on_as)


async def _all_in(tickets: Tickets, ticket: Ticket) -> list[Ticket]:
    """Return the ticket and all that were merged into it, directly or through another.

    They are not locked: whoever takes one of them out at this moment holds it and waits for the
    target.
    """
    found = [ticket]
    for each in found:
        found += (await tickets.peek_merged_into(each.id)).values()
    return found


async def _linked(
    tickets: Tickets, wanted: dict[str, str]
) -> tuple[dict[str, Ticket], dict[str, str]]:
    """Return the tickets that go on with `wanted`, locked, by number, and which of them does for
    each that was merged.
    """
    others: dict[str, Ticket] = {}
    goes_on_as: dict[str, str] = {}
    while wanted:
        found = await tickets.load_numbers(set(wanted.values()))
        others |= found
        wanted = {
            first: str(found[at].merged_into)
            for first, at in wanted.items()
            if at in found and found[at].merged_into is not None
        }
        goes_on_as |= wanted
    return others, goes_on_as


def _run_before(ticket: Ticket, merged: PastChange) -> Run | None:
    """Return the recipe's run as the merge found it; as it is, where the merge did not stop it."""
    before = merged.changes.get("run", (None, None))[0]
    return (
        run_taken_up(ticket.run, before)
        if ticket.run is not None and isinstance(before, dict)
        else ticket.run
    )
