"""Taking back a child, or one's own request, and what was opened for it."""

from uuid import uuid4

import pytest

from services.tickets.domain import correspondence
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.children import bounce, resend
from services.tickets.usecases.closing import close, reopen
from services.tickets.usecases.questions import end_unanswered
from services.tickets.usecases.withdrawing import withdraw
from shared.contracts.events.ticket_state import ENDED
from shared.core.cause import Cause
from shared.core.errors import ChildrenOpen, StateForbids
from tests.factories.tickets import ANNA, CARLA, make_child, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeTickets

DESK = make_desk()
LUISA = "luisa.villa"


def by(identity: str, *, at: float) -> Asked:
    return Asked(make_operator(identity), minutes(at), Cause(uuid4(), uuid4(), None))


async def make_three_generations() -> tuple[FakeTickets, Ticket, Ticket, Ticket]:
    """A child that was sent back after its own child had ended, and that child, which was reopened
    since.
    """
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    grandchild = make_child(child, queue="ict", number="2026092810000102")
    grandchild.taken(actor=ANNA.model_copy(update={"identity": LUISA}), desk=DESK, at=minutes(5))
    tickets = FakeTickets(parent, child, grandchild)
    await do(
        close,
        tickets,
        DESK,
        number=grandchild.number,
        outcome="successful",
        answer="Ecco",
        asked=by(LUISA, at=6),
    )
    tickets.kept[child.id].state = "open"
    await do(
        bounce,
        tickets,
        DESK,
        number=child.number,
        reason="manca l'anno",
        asked=by("carla.monti", at=7),
    )
    await do(
        reopen,
        tickets,
        DESK,
        number=grandchild.number,
        reason="Non era tutto",
        asked=by(LUISA, at=8),
    )
    return tickets, parent, child, grandchild


@pytest.mark.parametrize("is_resent", [False, True])
async def test_a_withdrawn_child_takes_its_own_open_children_with_it(is_resent: bool) -> None:
    tickets, _, child, grandchild = await make_three_generations()
    if is_resent:
        await do(
            resend,
            tickets,
            DESK,
            number=child.number,
            fields={},
            body="Ecco l'anno",
            asked=by("anna.ferri", at=9),
        )

    after = await do(withdraw, tickets, DESK, number=child.number, asked=by("anna.ferri", at=10))

    ends = [(event.ticket.number, event.ticket.state) for event in tickets.events[-2:]]
    assert after.state == "withdrawn"
    assert ends == [(grandchild.number, "withdrawn"), (child.number, "withdrawn")]
    assert tickets.kept[grandchild.id].hop is None


async def test_a_child_that_cannot_be_withdrawn_keeps_its_own_children() -> None:
    parent = make_queued_ticket(owner=ANNA)
    child = make_child(parent, owner=CARLA)
    grandchild = make_child(child, queue="ict", number="2026092810000102")
    tickets = FakeTickets(parent, child, grandchild)

    with pytest.raises(StateForbids) as refused:
        await do(withdraw, tickets, DESK, number=child.number, asked=by("anna.ferri", at=10))

    assert refused.value == StateForbids("waiting_children", "withdraw")
    assert tickets.done == []


async def test_a_question_does_not_expire_while_a_child_is_open() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    child = make_child(ticket)
    # As if the child had ended before the question, and was reopened after it.
    ticket.state = "open"
    correspondence.question_asked(ticket, body="Quale anno?", actor=ANNA, desk=DESK, at=minutes(5))
    ticket.reminded(expires_at=minutes(6), at=minutes(5))
    tickets = FakeTickets(ticket, child)

    await end_unanswered(tickets, DESK, now=minutes(60), limit=10)

    assert (tickets.kept[ticket.id].state, tickets.done) == ("waiting_requester", [])


async def test_no_open_ticket_is_closed_over_a_child_that_was_reopened() -> None:
    tickets, _, child, _ = await make_three_generations()
    tickets.kept[child.id].state = "open"
    tickets.kept[child.id].owner = "carla.monti"
    known = len(tickets.done)

    with pytest.raises(ChildrenOpen) as refused:
        await do(
            close,
            tickets,
            DESK,
            number=child.number,
            outcome="successful",
            answer="Fatto",
            asked=by("carla.monti", at=9),
        )

    assert refused.value == ChildrenOpen("open", "close")
    assert (tickets.kept[child.id].state in ENDED, len(tickets.done)) == (False, known)
