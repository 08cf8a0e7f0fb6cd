"""A start is refused where a copy is ahead of its owner: the owner's database is an older backup
than the others.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator

import pytest

from tests.installation.installation import Installation
from tests.installation.people import People
from tests.installation.start import embedded

pytestmark = pytest.mark.timeout(300)

ADVICE = (
    "run `sportello recover` before the start; it makes one installation of databases of "
    "different times"
)


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that nobody else uses."""
    with embedded() as installation:
        yield installation


async def test_a_start_with_an_older_copy_of_one_database_says_what_to_run(
    own: Installation,
) -> None:
    async with People(own) as people:
        await people.new_ticket("Nella copia")
    own.stop()
    shutil.copy(own.data / "tickets.db", own.data / "tickets.before")
    own.start()
    async with People(own) as people:
        await people.new_ticket("Dopo la copia")
    own.stop()
    shutil.copy(own.data / "tickets.before", own.data / "tickets.db")
    for suffix in ("-wal", "-shm"):
        (own.data / f"tickets.db{suffix}").unlink(missing_ok=True)
    connection = sqlite3.connect(own.data / "notify.db", timeout=10)
    with connection:
        connection.execute("update desk_copy set version = 7")
    connection.close()

    refused = [
        own.command(command, *arguments) for command, *arguments in (("up",), ("run", "all"))
    ]

    wrong = (
        "the portal knows of changes of tickets that tickets does not have; notify has desk "
        "version 7 and routing only 1"
    )
    assert {(each.returncode, each.stdout, each.stderr) for each in refused} == {
        (1, "", f"{wrong}: {ADVICE}\n")
    }
