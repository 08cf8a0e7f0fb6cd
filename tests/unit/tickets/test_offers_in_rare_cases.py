"""What is offered is what is accepted, in the situations that are rare: see test_offers.py for the
others.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.portal.domain.for_requesters import request_view
from services.portal.domain.viewer import Viewer
from services.tickets.repository.presence import SqlPresence
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases.children import hear_of_children
from services.tickets.usecases.undelivered import hear_of_failures
from shared.contracts.commands import mails, merging
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.guests import GuestConfirm, GuestReply, GuestWithdraw
from shared.contracts.desk import Desk
from shared.contracts.events.families import ChildTold
from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.events.routing import DeskApplied
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.ids import derived_id, new_id
from shared.database.desk_copy import store_desk
from shared.database.outbox import read_after
from tests.unit.tickets.test_offers import (
    BOSS,
    HOLDER,
    PEOPLE,
    SITUATIONS,
    all_tickets,
    closing,
    held,
    offered,
    outcome,
    wrongly_offered,
)
from tests.unit.tickets.test_permission_matrix import (
    CALLERS,
    DESK,
    ELSEWHERE,
    NOW,
    QUEUE,
    SHARED,
    Office,
    a_held_child,
    a_held_ticket,
    office,
)

__all__ = ["office"]

GUEST = Requester(
    identity=None, name="Ida Boni", email="ida@example.org", affiliation="guest", assurance="typed"
)
_DELIVERY = derived_id("a delivery that failed")


async def of_a_guest(office: Office) -> str:
    return await office.begin(requester=GUEST)


async def of_a_guest_and_held(office: Office) -> str:
    number = await of_a_guest(office)
    await office.do(commands.Take(caller=HOLDER, number=number))
    return number


async def with_a_child_that_ended(office: Office) -> tuple[str, str]:
    """A parent that its only child has left, which is heard of at once, and that child."""
    number = await held(office)
    opening = commands.OpenChild(
        caller=HOLDER, number=number, queue=ELSEWHERE, subject="Verifica", body="Verificate."
    )
    child = (await office.do(opening)).number
    await office.do(commands.Take(caller=CALLERS["mover"], number=child))
    await office.do(closing(child, CALLERS["mover"]))
    await let_parents_hear(office)
    return number, child


async def let_parents_hear(office: Office) -> None:
    """Let parents hear what was told of their children."""
    async with office.database.reading() as connection:
        rows = await read_after(connection, 0, limit=1000)
    news = [
        (ChildTold.model_validate_json(row.event), Cause.fresh())
        for row in rows
        if row.type == ChildTold.NAME
    ]
    async with office.database.transaction() as uow:
        counters = office.context.counters.counters(uow)
        await hear_of_children(
            SqlTickets(uow), counters, SqlPresence(uow), DESK, news=news, now=NOW
        )


async def postponed_with_a_reopened_child(office: Office) -> str:
    number, child = await with_a_child_that_ended(office)
    await office.do(commands.Postpone(caller=HOLDER, number=number, until=NOW + timedelta(days=2)))
    await office.do(commands.Reopen(caller=CALLERS["mover"], number=child, reason="non era finita"))
    return number


async def asking_with_a_reopened_child(office: Office) -> str:
    number, child = await with_a_child_that_ended(office)
    await office.do(commands.Ask(caller=HOLDER, number=number, body="Quale anno?"))
    await office.do(commands.Reopen(caller=CALLERS["mover"], number=child, reason="non era finita"))
    return number


async def a_merged_child(office: Office) -> str:
    number, other = await a_held_child(office)
    await office.do(merging.Merge(caller=HOLDER, number=number, into=other))
    return number


async def a_child_that_another_went_into(office: Office) -> str:
    number, other = await a_held_child(office)
    await office.do(merging.Merge(caller=HOLDER, number=other, into=number))
    return number


async def merged_into_a_merged_one(office: Office) -> str:
    number, other = await a_held_ticket(office)
    last = await office.begin()
    await office.do(merging.Merge(caller=HOLDER, number=number, into=other))
    await office.do(merging.Merge(caller=HOLDER, number=other, into=last))
    return number


async def waiting_for_routing(office: Office) -> str:
    return await held(
        office,
        lambda number: commands.Escalate(caller=HOLDER, number=number, reason="serve un esperto"),
    )


async def closed_and_not_delivered(office: Office) -> str:
    number = await held(office, closing)
    await fail_a_mail_of(office, number)
    return number


RARE: dict[str, Callable[[Office], Awaitable[str]]] = {
    "of a guest": of_a_guest,
    "of a guest, held": of_a_guest_and_held,
    "postponed with a reopened child": postponed_with_a_reopened_child,
    "asking with a reopened child": asking_with_a_reopened_child,
    "a merged child": a_merged_child,
    "a child that another went into": a_child_that_another_went_into,
    "merged into a merged one": merged_into_a_merged_one,
    "waiting for routing": waiting_for_routing,
    "closed and not delivered": closed_and_not_delivered,
}


def with_queue(**changes: Any) -> Desk:
    return DESK.model_copy(
        update={"queues": DESK.queues | {QUEUE: DESK.queues[QUEUE].model_copy(update=changes)}}
    )


def without(*operators: str, queues: tuple[str, ...] = ()) -> Desk:
    return DESK.model_copy(
        update={
            "operators": {
                name: each for name, each in DESK.operators.items() if name not in operators
            },
            "queues": {name: each for name, each in DESK.queues.items() if name not in queues},
            "rules": () if queues else DESK.rules,
        }
    )


DESKS: dict[str, Desk] = {
    "as it was": DESK,
    "its queue takes no more": with_queue(closed=True),
    "its queue is gone": without(queues=(QUEUE,)),
    "its owner is gone": without("holder.right"),
    "its queue needs data": with_queue(needs=("anno",)),
}


async def fail_a_mail_of(office: Office, number: str) -> None:
    """Let the last mail of the ticket fail for good."""
    ticket = (await all_tickets(office))[number]
    failed = DeliveryFailed(
        delivery_id=_DELIVERY,
        ticket_id=ticket.id,
        version=2,
        article_id=new_id(),
        kind="final_answer",
        recipient="giulia.neri@studenti.example.edu",
        subject="Seconda rata",
        body="Fatto",
        state="failed",
        at=NOW,
        owed_at=NOW,
        reason="550 no such user",
    )
    async with office.database.transaction() as uow:
        await hear_of_failures(SqlTickets(uow), failures=[(failed, Cause.fresh())], now=NOW)


@pytest.mark.parametrize("desk", DESKS)
@pytest.mark.parametrize("situation", RARE)
async def test_what_is_offered_in_rare_cases_is_accepted_and_what_is_not_offered_is_not(
    office: Office, situation: str, desk: str
) -> None:
    number = await RARE[situation](office)

    assert await wrongly_offered(office, number, DESKS[desk]) == []


@pytest.mark.parametrize("desk", [name for name in DESKS if name != "as it was"])
@pytest.mark.parametrize(
    "situation",
    [
        "new",
        "held",
        "postponed",
        "closed",
        "moved",
        "a child",
        "a returned child",
        "a closed child",
    ],
)
async def test_what_is_offered_after_the_desk_has_changed_is_accepted(
    office: Office, situation: str, desk: str
) -> None:
    made = await SITUATIONS[situation](office)

    assert (
        await wrongly_offered(office, made if isinstance(made, str) else made[0], DESKS[desk]) == []
    )


@pytest.mark.parametrize(
    ("desk", "status"), [("as it was", 200), ("its queue is gone", 200), ("its owner is gone", 404)]
)
async def test_who_is_no_longer_an_operator_undoes_nothing(
    office: Office, desk: str, status: int
) -> None:
    number = await a_child_that_another_went_into(office)
    undoable = (await all_tickets(office))[number].undoable
    async with office.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=2, desk=DESKS[desk], applied_at=NOW)])

    assert undoable is not None
    assert (
        await office.status_of(merging.Undo(caller=HOLDER, number=number, version=undoable.version))
        == status
    )


async def test_a_mail_is_offered_to_be_sent_again_to_those_who_may_have_that_done(
    office: Office,
) -> None:
    number = await closed_and_not_delivered(office)
    known = await all_tickets(office)

    # The page shows it beside the mail that failed, to those who may forward.
    shown = {
        name: "forward" in offered(DESK, CALLERS[name], known[number], known) for name in PEOPLE
    }
    done = {
        name: await outcome(office, resending(CALLERS[name], number)) == "done" for name in PEOPLE
    }

    assert shown == done
    assert shown["rw"] is True
    assert shown["ro"] is False


def resending(who: Requester, number: str, delivery: UUID = _DELIVERY) -> mails.ResendMail:
    return mails.ResendMail(caller=who, number=number, delivery=delivery)


@pytest.mark.parametrize("situation", [name for name in SITUATIONS if name != "merged"])
async def test_those_whom_a_request_is_shared_with_are_offered_nothing_and_may_do_nothing(
    office: Office, situation: str
) -> None:
    made = await SITUATIONS[situation](office)
    ticket = (await all_tickets(office))[made if isinstance(made, str) else made[0]]
    view = request_view(ticket, Viewer(DESK, SHARED, now=NOW), "it")
    facts: dict[str, Any] = {"caller": SHARED, "number": ticket.number}

    asked: list[commands.TicketCommand] = [
        commands.RequesterReply(**facts, body="Grazie"),
        commands.RequesterWithdraw(**facts),
        commands.RequesterShare(**facts, name="Ida Boni", email="ida.boni@example.edu"),
        commands.RequesterUnshare(**facts, email=SHARED.email),
    ]

    assert (view.may_reply, view.may_withdraw, view.may_share) == (False, False, False)
    assert [await outcome(office, each) for each in asked] == ["refused"] * 4


@pytest.mark.parametrize("policy", ["reopen", "reject", "new_ticket"])
@pytest.mark.parametrize(
    "then", ["nothing", "taken", "asked", "postponed", "closed", "withdrawn", "escalated"]
)
async def test_what_a_guest_is_offered_by_the_link_is_accepted_and_what_is_not_offered_is_not(
    office: Office, then: str, policy: str
) -> None:
    number = await of_a_guest(office)
    ticket_id = (await all_tickets(office))[number].id
    by_link: dict[str, Any] = {"caller": GUEST, "number": number, "ticket_id": ticket_id}
    await office.do(GuestConfirm(**by_link))
    steps: dict[str, list[commands.TicketCommand]] = {
        "nothing": [],
        "taken": [],
        "asked": [commands.Ask(caller=HOLDER, number=number, body="Quale anno?")],
        "postponed": [
            commands.Postpone(caller=HOLDER, number=number, until=NOW + timedelta(days=2))
        ],
        "closed": [closing(number)],
        "withdrawn": [GuestWithdraw(**by_link)],
        "escalated": [commands.Escalate(caller=HOLDER, number=number, reason="serve un esperto")],
    }
    if then not in ("nothing", "withdrawn"):
        await office.do(commands.Take(caller=HOLDER, number=number))
    for each in steps[then]:
        await office.do(each)
    desk = DESK.model_copy(update={"policies": DESK.policies.model_copy(update={"reopen": policy})})
    async with office.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=2, desk=desk, applied_at=NOW)])
    ticket = (await all_tickets(office))[number]
    view = request_view(ticket, Viewer(desk, BOSS, now=NOW).by_link_of(ticket), "it")

    done = {
        "reply": await outcome(office, GuestReply(**by_link, body="Grazie")) == "done",
        "withdraw": await outcome(office, GuestWithdraw(**by_link)) == "done",
    }

    assert {"reply": view.may_reply, "withdraw": view.may_withdraw} == done
