"""Pages tell refusals in names that people know; the API goes on naming states and identities as
programs do.
"""

import pytest

from shared.core.errors import HeldByNobody, ImpossibleValue, MissingRight, Refusal, StateForbids
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

NUMBER = make_number(1)


@pytest.mark.parametrize(
    ("refusal", "on_page", "in_api"),
    [
        (
            StateForbids("closed_successful", "move"),
            "chiuso con successo: ora",
            "chiuso con successo (closed_successful): ora",
        ),
        (
            HeldByNobody("move", "open"),
            "Il ticket è aperto e non",
            "Il ticket è aperto (open) e non",
        ),
        (MissingRight("rw"), "il permesso «lavorare i ticket»", "il permesso «rw»"),
        (ImpossibleValue("queue", "needs_data", "rata"), "non ha: Rata", "non ha: rata"),
        (
            ImpossibleValue("queue", "same_queue", "studenti/tasse"),
            "nella coda «Ufficio tasse e borse»",
            "nella coda «studenti/tasse»",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Refusal) else "",
)
async def test_a_refused_move_is_told_in_words(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    refusal: Refusal,
    on_page: str,
    in_api: str,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: refusal
    anna, move = reader("anna.ferri"), {"queue": "studenti/tasse"}

    page = await anna.post(f"/manage/tickets/{NUMBER}/move", data={"command_id": "a", **move})
    answer = await anna.post(
        f"/api/tickets/{NUMBER}/move", json=move, headers={"Accept": "application/json"}
    )

    assert on_page in see(page.text).one("main").text
    assert in_api in answer.json()["detail"]


async def test_a_requester_reads_no_name_of_a_state(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: StateForbids("withdrawn", "requester_replies")

    page = await reader("giulia.neri").post(
        f"/my/{NUMBER}/reply", data={"command_id": "a", "body": "Ci siete?"}
    )

    text = see(page.text).one("main").text
    assert "è ritirato: ora non è possibile rispondere" in text
    assert "(withdrawn)" not in text
