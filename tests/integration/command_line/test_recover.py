"""`recover`: databases of an installation that were restored from backups of different times."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator

import pytest

from tests.faults.checker import complaints_about
from tests.faults.facts import Promised
from tests.fixtures.system import MANY_REQUESTS, Town
from tests.installation.installation import Installation
from tests.installation.people import People, tasse_request
from tests.installation.start import embedded
from tests.integration.command_line.conftest import Call

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that nobody else uses."""
    with embedded(settings=MANY_REQUESTS) as installation:
        yield installation


def put_aside(installation: Installation, service: str) -> None:
    """Make a backup of the database of `service`; nothing may run."""
    assert not any(program.is_running for program in installation.programs.values())
    shutil.copy(installation.data / f"{service}.db", installation.folder.path / f"{service}.backup")


def put_back(installation: Installation, service: str) -> None:
    """Restore that backup."""
    for path in installation.data.glob(f"{service}.db-*"):
        path.unlink()
    shutil.copy(installation.folder.path / f"{service}.backup", installation.data / f"{service}.db")


async def test_tickets_restored_alone_is_whole_again_gives_no_number_twice_and_says_what_is_lost(
    own: Installation,
) -> None:
    async with People(own) as people:
        kept = await people.new_ticket("Prima del backup")
    assert await complaints_about(Town(own), Promised()) == []
    own.stop()
    put_aside(own, "tickets")
    own.start()
    async with People(own) as people:
        request = await people.nobody.send_form(
            tasse_request("Dopo il backup", email="dopo@example.org")
        )
        lost = await people.nobody.number_of(request)
        await people.is_queued(lost)
        anna = await people.sign_in("anna.ferri")
        await anna.do(f"/api/tickets/{kept}/take")
        await anna.do(
            f"/api/tickets/{kept}/close",
            {"outcome": "successful", "answer": "La risposta che va persa."},
        )
    assert await complaints_about(Town(own), Promised()) == []

    own.stop()
    put_back(own, "tickets")
    done = own.command("recover", "--skip-numbers", "500")
    own.start()

    async with People(own) as people:
        again = await people.nobody.number_of(request)
        following = await people.new_ticket("Dopo il ripristino")
    assert (done.returncode, again) == (0, lost)
    assert int(following[10:15]) == int(lost[10:15]) + 501
    assert await complaints_about(Town(own), Promised(), expected=is_of_a_lost_mail) == []
    compared = own.command("compare")
    assert (compared.returncode, compared.stdout.splitlines()[-1]) == (0, "all is the same")
    said = dict(each.rsplit(": ", 1) for each in done.stdout.splitlines() if ": " in each)
    assert said["requests without a ticket: these tickets are made again: 1"] == lost
    assert said["LOST changes of tickets: 1"] == f"{kept} (after version 3)"
    assert (
        said["LOST with their change, but perhaps sent: mails: 2"]
        == f"{kept} (final_answer, sent), {kept} (taking_charge, sent)"
    )
    (path,) = own.data.glob("recovered-*.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = [json.loads(each) for each in path.read_text().splitlines()]
    assert "La risposta che va persa." in [
        row["body"] for row in rows if (row["service"], row["what"]) == ("portal", "article")
    ]


def is_of_a_lost_mail(complaint: str) -> bool:
    return complaint.endswith("arrived and is in no ledger")


def test_an_embedded_installation_that_runs_is_not_recovered(own: Installation) -> None:
    done = own.command("recover")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("another Sportello is running on ")


def test_nothing_is_recovered_where_there_is_nothing(call: Call) -> None:
    done = call("recover")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("the database of intake is not up to date")
