"""A form that is sent twice leads to what its sender may see now."""

from typing import Any

from shared.contracts.events.tickets import TicketMoved, TicketNoted
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)
HELD: dict[str, Any] = {"state": "open", "owner": "anna.ferri", "actions": OPEN_ACTIONS}


async def test_a_form_that_is_sent_again_leads_to_the_dashboard_when_its_ticket_is_out_of_sight(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    note = make_article("note", at=MORNING, body="solo per noi")
    tickets.answers = lambda _: TicketNoted(
        ticket=make_state(1, version=2, **HELD), actor=ANNA, articles=(note,)
    )
    anna, form = reader("anna.ferri"), {"body": "solo per noi", "command_id": "from-the-page"}
    first = await anna.post(f"/manage/tickets/{NUMBER}/note", data=form)
    await project(
        [
            TicketMoved(
                ticket=make_state(1, version=5, **(HELD | {"queue": "ict", "owner": None})),
                actor=ANNA,
            )
        ]
    )

    again = await anna.post(f"/manage/tickets/{NUMBER}/note", data=form)

    assert (first.status_code, first.headers["location"]) == (
        303,
        f"/manage/tickets/{NUMBER}?done=note",
    )
    assert (again.status_code, again.headers["location"]) == (303, f"/manage?done=note:{NUMBER}")
