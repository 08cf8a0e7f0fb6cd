"""A queue that gives its new tickets to who has the fewest, of those who have a page open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.test_permissions import apply
from tests.installation.installation import Installation
from tests.installation.live import listening
from tests.installation.people import Json, People
from tests.installation.start import EXAMPLE_DESK
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

ROOMS = {
    "requester": {"name": "Hugo Marchi", "email": "hugo.marchi@example.edu"},
    "fields": {
        "subject": "Proiettore",
        "description": "Non si accende.",
        "aula": "B3",
        "urgente": False,
        "consent": True,
    },
    "context": {"origin": "faq"},
}


@pytest.fixture
def giving_desk(installation: Installation, tmp_path: Path) -> Iterator[Path]:
    """The example desk, whose queue `aule` gives out its tickets; the example desk itself is in
    force again afterwards.
    """
    folder = tmp_path / "desk"
    shutil.copytree(EXAMPLE_DESK, folder)
    queues = folder / "queues.yaml"
    text = queues.read_text(encoding="utf-8")
    assert text.count("    group: aule\n") == 1
    queues.write_text(
        text.replace("    group: aule\n", "    group: aule\n    assign: least_loaded\n"),
        encoding="utf-8",
    )
    yield folder
    done = installation.command("desk", "apply", str(EXAMPLE_DESK))
    assert done.returncode == 0, done.stderr


async def test_a_new_ticket_goes_at_once_to_somebody_who_has_a_page_open(
    installation: Installation, people: People, giving_desk: Path
) -> None:
    oreste, luisa = await people.sign_in("oreste.bruni"), await people.sign_in("luisa.villa")
    unwatched = await people.new_ticket("", form="aula", body=ROOMS)
    assert (await luisa.read(f"/api/tickets/{unwatched}"))["owner"] is None
    await apply(installation, giving_desk)

    async with AsyncExitStack() as pages:
        for person, portal in zip(
            (oreste, luisa), (installation.portals[0], installation.portals[-1]), strict=True
        ):
            await pages.enter_async_context(listening(portal, str(person.token)))

        async def given() -> tuple[Json, Json] | None:
            number = await people.new_ticket("", form="aula", body=ROOMS)
            ticket: Json = await luisa.read(f"/api/tickets/{number}")
            history = (await luisa.read(f"/api/tickets/{number}/history"))["items"]
            assigned = [
                entry
                for entry in history
                if "assigned" in entry["event"] and "least loaded of 2 present" in entry["reason"]
            ]
            return (ticket, assigned[0]) if assigned else None

        ticket, assigned = await eventually(
            given, what="a ticket is given to one of two who are there"
        )

    assert ticket["owner"] in {"oreste.bruni", "luisa.villa"}
    assert (ticket["state"], ticket["responsible"]) == ("open", ticket["owner"])
    assert assigned["actor"]["identity"] is None
    assert assigned["changes"]["owner"] == [None, ticket["owner"]]
