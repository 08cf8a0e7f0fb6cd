"""What is offered is what is accepted: the portal's `actions` against the commands of tickets, for
everybody in every situation.

Each offered action is accepted, or refused for a value only; each that is not offered is refused,
or changes nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.portal.domain.family import KnownTicket
from services.portal.domain.for_operators import child_view, named_by, ticket_view
from services.portal.domain.for_requesters import request_view
from services.portal.domain.viewer import Viewer
from services.tickets.commands import COMMANDS
from services.tickets.models import TicketRow
from services.tickets.repository.rows import ticket_of
from shared.contracts.commands import merging
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.desk import Desk
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import Refusal
from shared.database.desk_copy import store_desk
from tests.factories.tickets_desk import GIULIA
from tests.unit.tickets.test_permission_matrix import (
    ABOVE,
    CALLERS,
    DESK,
    ELSEWHERE,
    NOW,
    QUEUE,
    NothingStays,
    Office,
    a_held_child,
    a_held_ticket,
    a_new_ticket,
    a_returned_child,
    office,
)

__all__ = ["office"]

HOLDER, BOSS = CALLERS["holder"], CALLERS["above"]
PEOPLE = tuple(name for name in CALLERS if name not in ("requester", "shared"))
DESKS: dict[str, Desk] = {
    policy: DESK.model_copy(
        update={"policies": DESK.policies.model_copy(update={"reopen": policy})}
    )
    for policy in ("reopen", "reject", "new_ticket")
} | {
    "closed": DESK.model_copy(
        update={
            "queues": DESK.queues
            | {ELSEWHERE: DESK.queues[ELSEWHERE].model_copy(update={"closed": True})}
        },
    ),
    "owner lost rw": DESK.model_copy(
        update={
            "operators": DESK.operators
            | {
                "holder.right": DESK.operators["holder.right"].model_copy(
                    update={"rights": {"urp": ("ro",)}}
                )
            }
        },
    ),
}


def closing(number: str, caller: Requester = HOLDER) -> commands.Close:
    return commands.Close(caller=caller, number=number, outcome="successful", answer="Fatto")


async def held(office: Office, *then: Callable[[str], TicketCommand]) -> str:
    number, _ = await a_held_ticket(office)
    for each in then:
        await office.do(each(number))
    return number


async def waiting(office: Office) -> str:
    return await held(
        office, lambda number: commands.Ask(caller=HOLDER, number=number, body="Quale anno?")
    )


async def postponed(office: Office) -> str:
    return await held(
        office,
        lambda number: commands.Postpone(
            caller=HOLDER, number=number, until=NOW + timedelta(days=2)
        ),
    )


async def with_open_child(office: Office) -> str:
    number = await held(office)
    await office.do(
        commands.OpenChild(
            caller=HOLDER, number=number, queue=ELSEWHERE, subject="Verifica", body="Verificate."
        )
    )
    return number


async def closed(office: Office) -> str:
    return await held(office, closing)


async def withdrawn(office: Office) -> str:
    number, _ = await a_new_ticket(office)
    await office.do(commands.RequesterWithdraw(caller=GIULIA, number=number))
    return number


async def merged(office: Office) -> str:
    number, other = await a_held_ticket(office)
    await office.do(merging.Merge(caller=HOLDER, number=number, into=other))
    return number


async def absorbing(office: Office) -> str:
    number, other = await a_held_ticket(office)
    await office.do(merging.Merge(caller=HOLDER, number=other, into=number))
    return number


async def moved(office: Office) -> str:
    number = await office.begin(ELSEWHERE)
    await office.do(commands.Move(caller=CALLERS["mover"], number=number, queue=QUEUE))
    return number


async def moved_and_taken(office: Office) -> str:
    number = await moved(office)
    await office.do(commands.Take(caller=HOLDER, number=number))
    return number


async def linked(office: Office) -> str:
    number, other = await a_held_ticket(office)
    await office.do(merging.SetLink(caller=HOLDER, number=number, to=other, kind="related"))
    return number


async def watched(office: Office) -> str:
    number = await held(office)
    for name in ("ro", "note", "rw", "holder"):
        await office.do(commands.Watch(caller=CALLERS[name], number=number))
    return number


async def closed_child(office: Office) -> str:
    number, _ = await a_held_child(office)
    await office.do(closing(number))
    return number


async def child_of_a_closed_parent(office: Office) -> str:
    parent = await office.begin(ABOVE)
    await office.do(commands.Take(caller=BOSS, number=parent))
    opening = commands.OpenChild(
        caller=BOSS, number=parent, queue=QUEUE, subject="Verifica", body="Verificate."
    )
    child = (await office.do(opening)).number
    await office.do(commands.Take(caller=HOLDER, number=child))
    await office.do(closing(child))
    await office.do(closing(parent, BOSS))
    return child


SITUATIONS: dict[str, Callable[[Office], Awaitable[str | tuple[str, str]]]] = {
    "new": a_new_ticket,
    "held": a_held_ticket,
    "waiting for the requester": waiting,
    "postponed": postponed,
    "with an open child": with_open_child,
    "closed": closed,
    "withdrawn": withdrawn,
    "merged": merged,
    "absorbing": absorbing,
    "moved": moved,
    "moved and taken": moved_and_taken,
    "linked": linked,
    "watched": watched,
    "a child": a_held_child,
    "a returned child": a_returned_child,
    "a closed child": closed_child,
    "a closed child of a closed parent": child_of_a_closed_parent,
}


def asks(who: Requester, ticket: TicketState, other: str) -> dict[str, TicketCommand]:
    """Every action on `ticket` by the name under which it is offered, as `who` asks it with values
    that can be.
    """
    facts: dict[str, Any] = {"caller": who, "number": ticket.number}
    linked_to = ticket.links[0].to if ticket.links else other
    return {
        "take": commands.Take(**facts),
        "release": commands.Release(**facts),
        "assign": commands.Assign(**facts, operator="rw.right", reason="ferie"),
        "responsible": commands.SetResponsible(**facts, operator="ro.right"),
        "move": commands.Move(**facts, queue=ELSEWHERE),
        "postpone": commands.Postpone(**facts, until=NOW + timedelta(days=1)),
        "escalate": commands.Escalate(**facts, reason="serve un esperto"),
        "resume": commands.Resume(**facts),
        "priority": commands.SetPriority(**facts, priority=5),
        "reply": commands.Reply(**facts, body="Ecco."),
        "ask": commands.Ask(**facts, body="Quale anno?"),
        "note": commands.AddNote(**facts, body="Attenzione"),
        "close": closing(ticket.number, who),
        "reopen": commands.Reopen(**facts, reason="non era finita"),
        "open_child": commands.OpenChild(
            **facts, queue=ELSEWHERE, subject="Verifica", body="Verificate."
        ),
        "bounce": commands.Bounce(**facts, reason="manca l'anno"),
        "resend": commands.Resend(**facts, fields={"anno": "2026/2027"}, body="Ecco l'anno."),
        "withdraw": commands.Withdraw(**facts),
        "merge": merging.Merge(**facts, into=other),
        "undo": merging.Undo(**facts, version=ticket.undoable.version if ticket.undoable else 1),
        "links": merging.SetLink(**facts, to=other, kind="duplicate"),
        "unlink": merging.Unlink(**facts, to=linked_to),
        "watch": commands.Watch(**facts),
        "unwatch": commands.Unwatch(**facts),
        "share": commands.Share(**facts, name="Ida Boni", email="ida.boni@example.edu"),
        "unshare": commands.Unshare(
            **facts,
            email=ticket.shared_with[0].email if ticket.shared_with else "nobody@example.edu",
        ),
        "forward": commands.Forward(**facts, to="ufficio@example.org", body="Per conoscenza"),
    }


async def outcome(office: Office, command: TicketCommand) -> str:
    """Return what would become of the command: done, nothing, refused, or that a value of it cannot
    be; nothing stays of it.
    """
    found = "refused"
    try:
        async with office.database.transaction() as uow:
            try:
                await COMMANDS[type(command)](
                    office.context, uow, command, now=NOW, cause=Cause.fresh()
                )
                found = "done" if uow.emitted else "nothing"
            except Refusal as refusal:
                found = "impossible value" if refusal.status == 422 else "refused"
            raise NothingStays
    except NothingStays:
        return found


async def all_tickets(office: Office) -> dict[str, TicketState]:
    async with office.database.reading() as connection:
        rows = await connection.execute(select(TicketRow.__table__))
        return {row.number: ticket_of(row).to_state() for row in rows}


def offered(
    desk: Desk, who: Requester, ticket: TicketState, known: dict[str, TicketState]
) -> list[str]:
    """Return the `actions` that the portal shows `who` on `ticket`; [] where they get it in no
    way.
    """
    around = {number: as_known(known[number]) for number in named_by(ticket) if number in known}
    viewer = Viewer(desk, who, now=NOW)
    if viewer.sees(ticket):
        return ticket_view(ticket, viewer, around).actions
    parent = around.get(ticket.parent or "")
    return (
        child_view(ticket, [], viewer, "it", parent=parent).actions
        if parent and viewer.stands_above(ticket, parent)
        else []
    )


def as_known(ticket: TicketState) -> KnownTicket:
    return KnownTicket(
        **{
            name: getattr(ticket, name)
            for name in (
                "id",
                "number",
                "state",
                "queue",
                "owner",
                "subject",
                "requester",
                "parent_id",
            )
        },
        parent=ticket.parent,
        children=ticket.children,
        shared_with=ticket.shared_with,
    )


@pytest.mark.parametrize("policy", DESKS)
@pytest.mark.parametrize("situation", SITUATIONS)
async def test_what_is_offered_is_accepted_and_what_is_not_offered_is_not(
    office: Office, situation: str, policy: str
) -> None:
    made = await SITUATIONS[situation](office)

    assert (
        await wrongly_offered(office, made if isinstance(made, str) else made[0], DESKS[policy])
        == []
    )


async def wrongly_offered(office: Office, number: str, desk: Desk) -> list[str]:
    """Return where, under `desk`, what anybody is offered on the ticket and what is done when they
    ask for it differ.
    """
    other = await office.begin()
    async with office.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=2, desk=desk, applied_at=NOW)])
    known = await all_tickets(office)
    wrong = []
    for name in PEOPLE:
        ticket = known[number]
        actions = offered(desk, CALLERS[name], ticket, known)
        for action, command in asks(CALLERS[name], ticket, other).items():
            if action == "undo" and not Viewer(desk, CALLERS[name]).sees(ticket):
                # The dashboard offers it where it leads them after a move.
                continue
            if action == "reply" and ticket.state == "merged":
                # What is written there all the same goes to the ticket that goes on, where it is
                # offered.
                continue
            found = await outcome(office, command)
            if (action in actions) != (found == "done") and found != (
                "impossible value" if action in actions else "nothing"
            ):
                wrong.append(
                    f"{action} by {name}: {'' if action in actions else 'not '}offered, and {found}"
                )
    return wrong


@pytest.mark.parametrize("policy", DESKS)
@pytest.mark.parametrize("situation", [name for name in SITUATIONS if name != "merged"])
async def test_what_the_requester_is_offered_is_accepted_and_what_is_not_offered_is_not(
    office: Office, situation: str, policy: str
) -> None:
    made = await SITUATIONS[situation](office)
    async with office.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=2, desk=DESKS[policy], applied_at=NOW)])
    ticket = (await all_tickets(office))[made if isinstance(made, str) else made[0]]
    facts: dict[str, Any] = {"caller": GIULIA, "number": ticket.number}
    view = request_view(ticket, Viewer(DESKS[policy], GIULIA), "it")

    done = {
        "reply": await outcome(office, commands.RequesterReply(**facts, body="Grazie")) == "done",
        "withdraw": await outcome(office, commands.RequesterWithdraw(**facts)) == "done",
        "share": await outcome(
            office, commands.RequesterShare(**facts, name="Ida Boni", email="ida.boni@example.edu")
        )
        == "done",
    }

    assert {"reply": view.may_reply, "withdraw": view.may_withdraw, "share": view.may_share} == done
