"""Another desk while everything runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.system import Town
from tests.installation.people import People, Person
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def changed_desk(crowded_desk: Path, town: Town, tmp_path: Path) -> Iterator[Path]:
    """The desk with Dario's right to read `urp` taken away; the right one is in force again
    afterwards.
    """
    folder = tmp_path / "desk"
    shutil.copytree(crowded_desk, folder)
    people = folder / "people.yaml"
    text = people.read_text(encoding="utf-8")
    changed = text.replace("      tasse: [rw]\n      urp: [ro]\n", "      tasse: [rw]\n")
    assert changed != text
    people.write_text(changed, encoding="utf-8")
    yield folder
    assert town.installation.command("desk", "apply", str(crowded_desk)).returncode == 0


async def test_a_right_taken_away_is_gone_for_open_tickets_without_a_restart(
    town: Town, people: People, changed_desk: Path
) -> None:
    number = await people.new_ticket("Prima visibile, poi no")
    dario, anna = await people.sign_in("dario.riva"), await people.sign_in("anna.ferri")
    ticket = f"/api/tickets/{number}"
    assert (await dario.read(ticket))["number"] == number
    assert (await dario.post(f"{ticket}/note", {"body": "Vedo e basta"})).status == 403

    applied = await asyncio.to_thread(town.installation.command, "desk", "apply", str(changed_desk))
    await eventually(
        lambda: is_blind(dario, ticket), what="the right is gone everywhere", seconds=20
    )

    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.startswith("desk version ")
    assert applied.stdout.endswith(" applied\n")
    assert (await dario.post(f"{ticket}/note", {"body": "Non vedo più"})).status == 404
    assert (await dario.read(f"/api/tickets?q={number}"))["items"] == []
    assert "studenti" not in (await dario.read("/api/me"))["permissions"]
    assert (await anna.do(f"{ticket}/take"))["owner"] == "anna.ferri"


async def is_blind(person: Person, ticket: str) -> bool:
    """Whether each portal hides the ticket, and tickets refuses what it would refuse about an
    absent one.
    """
    seen = [(await person.portal.get(ticket)).status for _ in range(2)]
    refused = await person.post(f"{ticket}/note", {"body": "Chi è?"})
    return (*seen, refused.status) == (404, 404, 404)
