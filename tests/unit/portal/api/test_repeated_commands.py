"""A repeated command says that it was done, and shows only what its caller may see now."""

from typing import Any

import httpx
import pytest

from shared.contracts.events.base import Event
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import TicketMoved, TicketNoted
from shared.core.errors import HeldBySomebodyElse, StateForbids
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.factories.portal_families import make_child
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

NUMBER = make_number(1)
ONCE = {"Idempotency-Key": "once"}
HELD: dict[str, Any] = {
    "state": "open",
    "owner": "anna.ferri",
    "responsible": "anna.ferri",
    "actions": OPEN_ACTIONS,
}


def noted() -> TicketNoted:
    note = make_article("note", at=MORNING, body="solo per noi")
    return TicketNoted(ticket=make_state(1, version=2, **HELD), actor=ANNA, articles=(note,))


def moved_out(**changes: Any) -> TicketMoved:
    return TicketMoved(
        ticket=make_state(1, version=5, **(HELD | {"queue": "ict", "owner": None} | changes)),
        actor=ANNA,
    )


def desk_without(operator: str) -> DeskApplied:
    desk = make_example_desk()
    left = {name: each for name, each in desk.operators.items() if name != operator}
    return DeskApplied(
        version=2, desk=desk.model_copy(update={"operators": left}), applied_at=MORNING
    )


async def note(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(
        f"/api/tickets/{NUMBER}/note", json={"body": "solo per noi"}, headers=ONCE
    )


@pytest.mark.parametrize(
    "since",
    [
        moved_out(),
        moved_out(state="merged", merged_into=make_number(7), closed_at=MORNING),
        desk_without("anna.ferri"),
    ],
    ids=["moved", "moved and merged", "no operator any more"],
)
async def test_what_has_gone_out_of_sight_is_not_shown_to_a_repeat(
    since: Event, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: noted()
    anna = browser("anna.ferri")
    first = await note(anna)
    await project([since])

    again = await note(anna)

    assert "solo per noi" in first.text
    assert (again.status_code, again.json()) == (
        200,
        {"number": NUMBER, "queue": "studenti", "state": "open"},
    )


async def test_what_came_into_sight_again_is_shown_to_a_repeat_as_to_the_first_call(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: noted()
    anna = browser("anna.ferri")
    first = await note(anna)
    await project([moved_out(), TicketMoved(ticket=make_state(1, version=6, **HELD), actor=ANNA)])

    assert (await note(anna)).json() == first.json()


async def test_an_operator_who_is_left_with_the_requesters_view_gets_that_from_a_repeat(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    asked = make_state(
        1,
        version=2,
        requester=make_created(1).ticket.requester.model_copy(update={"identity": "anna.ferri"}),
    )
    await project([make_created(1, requester=asked.requester)])
    tickets.answers = lambda _: TicketNoted(ticket=asked, actor=ANNA)
    anna = browser("anna.ferri")
    await anna.post(
        f"/api/tickets/{NUMBER}/share",
        json={"name": "Piero", "email": "piero@example.org"},
        headers=ONCE,
    )
    await project([moved_out(requester=asked.requester)])

    again = await anna.post(
        f"/api/tickets/{NUMBER}/share",
        json={"name": "Piero", "email": "piero@example.org"},
        headers=ONCE,
    )

    assert again.status_code == 200
    assert ("office" in again.json(), "owner" in again.json(), "queue" in again.json()) == (
        True,
        False,
        False,
    )


async def test_the_owner_of_a_parent_who_owns_it_no_more_gets_nothing_of_the_child_from_a_repeat(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    parent, child = make_state(1, **HELD), make_child(2, parent=1, queue="ict")
    await project([make_created(1, **HELD), child])
    tickets.answers = lambda _: child
    anna, body = browser("anna.ferri"), {"body": "ecco i dati"}
    first = await anna.post(f"/api/tickets/{make_number(2)}/reply", json=body, headers=ONCE)
    given_away: TicketState = parent.model_copy(update={"version": 3, "owner": "bruno.galli"})
    await project([TicketMoved(ticket=given_away, actor=ANNA)])

    again = await anna.post(f"/api/tickets/{make_number(2)}/reply", json=body, headers=ONCE)

    assert "articles" in first.json()
    assert again.json().keys() == {"number", "queue", "state"}


async def test_a_requester_whose_request_it_no_longer_is_gets_number_and_state_from_a_repeat(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: TicketNoted(ticket=make_state(1, version=2), actor=ANNA)
    giulia = browser("giulia.neri")
    first = await giulia.post(
        f"/api/my/requests/{NUMBER}/reply", json={"body": "Ecco"}, headers=ONCE
    )
    other = make_state(1).requester.model_copy(
        update={"identity": "hugo.marchi", "email": "hugo.marchi@example.edu"}
    )
    await project([moved_out(requester=other)])

    again = await giulia.post(
        f"/api/my/requests/{NUMBER}/reply", json={"body": "Ecco"}, headers=ONCE
    )

    assert first.json()["subject"] == "Tassa sbagliata"
    assert again.json() == {"number": NUMBER, "queue": None, "state": "new"}


async def test_a_refusal_that_names_the_owner_names_nobody_once_the_ticket_is_out_of_sight(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: HeldBySomebodyElse("bruno.galli")
    anna = browser("anna.ferri")
    first = await anna.post(f"/api/tickets/{NUMBER}/take", headers=ONCE)
    in_sight = await anna.post(f"/api/tickets/{NUMBER}/take", headers=ONCE)
    await project([moved_out()])

    again = await anna.post(f"/api/tickets/{NUMBER}/take", headers=ONCE)
    bulk = await anna.post(
        "/api/tickets/bulk",
        json={"numbers": [NUMBER], "action": "take"},
        headers={"Idempotency-Key": "other"},
    )

    assert (first.status_code, in_sight.json()) == (409, first.json())
    assert (again.status_code, "bruno" in again.text) == (404, False)
    assert (bulk.json()["results"][0]["status"], "bruno" in bulk.text) == (404, False)


async def test_a_refusal_that_names_nobody_is_repeated_as_it_was(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: StateForbids("open", "reopen")
    anna = browser("anna.ferri")
    first = await anna.post(f"/api/tickets/{NUMBER}/reopen", json={"reason": "manca"}, headers=ONCE)
    await project([moved_out()])

    again = await anna.post(f"/api/tickets/{NUMBER}/reopen", json={"reason": "manca"}, headers=ONCE)

    assert (again.status_code, again.json()) == (409, first.json())
