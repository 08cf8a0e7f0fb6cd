"""Making two tickets of a merged one and the one that goes on with it, as they were before."""

from datetime import datetime

from pydantic import JsonValue

from services.tickets.domain.linking import Links, links_after_undoing
from services.tickets.domain.recipe_run import run_taken_up
from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import STATES, step
from services.tickets.ports import Done, PastChange, Tickets
from services.tickets.rights import keeps_responsible
from services.tickets.usecases.asked import Asked, facts_of
from shared.actions import holder_of, roles_of
from shared.desk import Desk
from shared.errors import CannotUndo, OtherTicketForbids
from shared.events.merging import TicketAbsorbed, TicketMerged
from shared.events.ticket_state import ENDED, Link, Run


async def split(tickets: Tickets, desk: Desk, merged: Ticket, *, version: int, asked: Asked) -> list[Done]:
    """Return the changes by which `merged`, a locked ticket, is one of its own again, and the other one goes on without it.

    `version` is the change that is being undone, which a refusal names. Raises CannotUndo where the ticket is not merged, or its
    parent has ended, OtherTicketForbids where the other ticket has ended.
    """
    before = await tickets.last_change(merged.id, event=TicketMerged.NAME) if merged.merged_into else None
    target = await tickets.get(merged.merged_into) if merged.merged_into else None
    absorbed = await tickets.change_at(target.id, event=TicketAbsorbed.NAME, at=before.at) if target and before else None
    if before is None or target is None or absorbed is None:
        raise CannotUndo(version, "overtaken")
    if target.state in ENDED:
        # Where the caller may not see the other ticket, its number is not for them.
        is_seen = "right:ro" in roles_of(desk, target, asked.caller)
        raise OtherTicketForbids(target.state, "undo", target.number) if is_seen else CannotUndo(version, "overtaken")
    if merged.parent_id is not None and (await tickets.load({merged.parent_id}))[merged.parent_id].state in ENDED:
        # Nothing goes on below a parent that has ended.
        raise CannotUndo(version, "parent_ended")
    had = _links(before, 0)
    others, goes_on_as = await _linked(tickets, had)
    known = {link.to for link in _links(absorbed, 0)}
    came = [link for link in _links(absorbed, 1) if link.to not in known]
    links = links_after_undoing(merged, target, others, before=had, came=came, goes_on_as=goes_on_as)
    watchers = tuple(each for each in _watchers(absorbed, 1) if each not in _watchers(absorbed, 0))
    state = next(state for state in STATES if state == before.changes["state"][0])
    until = before.changes.get("postponed_until", (None, None))[0]
    alone = merged.split_off(
        from_=target,
        state=step(merged.state, "undo", await facts_of(tickets, desk, merged, before=state)),
        watchers=tuple(dict.fromkeys((*_watchers(before, 0), *merged.watchers))),
        links=links.merged,
        run=_run_before(merged, before),
        postponed_until=datetime.fromisoformat(until) if isinstance(until, str) else None,
        is_owner_able=holder_of(desk, merged) is not None,
        is_responsible_able=keeps_responsible(desk, merged.responsible, merged.queue),
        actor=asked.actor,
        at=asked.now,
    )
    let_go = target.let_go(other=merged, watchers=watchers, links=links.target, actor=asked.actor, at=asked.now)
    relinked = [
        Done(others[number], others[number].relinked(links=its, actor=asked.actor, at=asked.now), asked.cause)
        for number, its in links.others.items()
    ]
    return [Done(merged, alone, asked.cause), Done(target, let_go, asked.cause), *relinked]


async def _linked(tickets: Tickets, links: Links) -> tuple[dict[str, Ticket], dict[str, str]]:
    """Return the tickets that `links` lead to now, locked, by number, and where those go on that were merged since."""
    others: dict[str, Ticket] = {}
    goes_on_as: dict[str, str] = {}
    wanted = {link.to: link.to for link in links}
    while wanted:
        found = await tickets.load_numbers(set(wanted.values()))
        others |= found
        wanted = {first: str(found[at].merged_into) for first, at in wanted.items() if at in found and found[at].merged_into is not None}
        goes_on_as |= wanted
    return others, goes_on_as


def _run_before(ticket: Ticket, merged: PastChange) -> Run | None:
    """Return the recipe's run as the merge found it; as it is, where the merge did not stop it."""
    before = merged.changes.get("run", (None, None))[0]
    return run_taken_up(ticket.run, before) if ticket.run is not None and isinstance(before, dict) else ticket.run


def _links(past: PastChange, side: int) -> Links:
    """Return the links before (`side` 0) or after (1) a change; none where it did not change them."""
    links: JsonValue = past.changes.get("links", ([], []))[side]
    return tuple(Link.model_validate(link) for link in links) if isinstance(links, list) else ()


def _watchers(past: PastChange, side: int) -> tuple[str, ...]:
    watchers = past.changes.get("watchers", ([], []))[side]
    return tuple(str(each) for each in watchers) if isinstance(watchers, list) else ()
