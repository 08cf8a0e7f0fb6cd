"""Children over the API: opening one, and what the owner of the parent does to it."""

from typing import Any

import pytest

from shared.contracts.commands.tickets import OpenChild
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import ChildrenOpen, ImpossibleValue
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import OPEN_ACTIONS, make_created
from tests.factories.portal_families import CHILD, PARENT, make_child, make_family, make_returned
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

ASKED: dict[str, Any] = {"subject": "Rata doppia", "body": "Controllate?"}


@pytest.mark.parametrize(
    "place",
    [
        {"queue": "studenti/tasse"},
        {"request_type": "tasse"},
        {"queue": "studenti/tasse", "request_type": None, "fields": {"importo": 12.5}},
    ],
)
async def test_a_child_is_answered_with_its_number_its_address_and_its_parent(
    place: dict[str, Any], browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, owner="anna.ferri", actions=OPEN_ACTIONS)])
    tickets.answers = lambda _: make_child(2, parent=1, queue="studenti/tasse")

    answer = await browser("anna.ferri").post(f"/api/tickets/{PARENT}/children", json=place | ASKED)

    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/tickets/{CHILD}")
    assert answer.json() == {"number": CHILD, "parent": PARENT}
    assert tickets.commands == [
        OpenChild(caller=make_person("anna.ferri"), number=PARENT, **place, **ASKED)
    ]


async def test_a_child_without_the_data_its_queue_needs_is_refused_naming_them(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: ImpossibleValue("fields", "needs_data", "matricola")

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{PARENT}/children", json={"queue": "studenti/tasse"} | ASKED
    )

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (
        422,
        ["fields"],
    )
    assert "matricola" in answer.json()["detail"]


async def test_the_owner_of_the_parent_is_answered_with_what_he_gets_of_the_child(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([*make_family(), make_returned()])
    sent: TicketEvent = make_returned(
        version=3, state="new", actions={"withdraw": "requester|parent_owner"}
    ).model_copy(update={"articles": ()})
    tickets.answers = lambda _: sent

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{CHILD}/resend", json={"fields": {"anno": "2026"}, "body": "Ecco"}
    )

    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["actions"], shown["version"], shown["is_shown"]) == (
        "new",
        ["withdraw"],
        3,
        True,
    )
    assert [article["kind"] for article in shown["articles"]] == ["request", "question"]
    assert "owner" not in shown


async def test_a_parent_with_an_open_child_is_told_why_it_cannot_be_closed(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project(make_family())
    tickets.answers = lambda _: ChildrenOpen("waiting_children", "close")

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{PARENT}/close", json={"outcome": "successful", "answer": "Fatto"}
    )

    assert answer.status_code == 409
    assert "waiting_children" in answer.json()["detail"]
    assert answer.json()["detail"].endswith("Uno dei suoi ticket figli è ancora aperto.")
