"""`replay tickets --to notify --owed`: what it refuses, says and makes beside an installation that stands still."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation.installation import Installation
from tests.installation.people import People
from tests.installation.start import embedded
from tests.installation.waiting import eventually
from tests.integration.command_line.conftest import Call

pytestmark = pytest.mark.timeout(300)

OWED = ("replay", "tickets", "--to", "notify", "--owed")


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that nobody else uses."""
    with embedded() as installation:
        yield installation


def ask(data: Path, service: str, query: str) -> list[Any]:
    connection = sqlite3.connect(data / f"{service}.db", timeout=10)
    with connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_owed_is_only_about_mails(call: Call) -> None:
    done = call("replay", "tickets", "--to", "portal", "--owed")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "--owed is about mails: expected replay tickets --to notify --owed\n"


async def test_mails_that_were_never_made_are_named_and_made_once(own: Installation) -> None:
    async with People(own) as people:
        numbers = [await people.new_ticket(subject) for subject in ("Prima", "Seconda")]

        async def all_sent() -> bool:
            return ask(own.data, "notify", "select count(*) from deliveries where kind = 'receipt' and state = 'sent'") == [(2,)]

        await eventually(all_sent, what="both receipts have been sent")
    own.stop()
    before = ask(own.data, "notify", "select id, recipient, body from deliveries where kind = 'receipt' order by id")
    ask(own.data, "notify", "delete from deliveries")
    ask(own.data, "notify", f"delete from notices where number = '{numbers[0]}'")

    dry = own.command(*OWED, "--dry-run")
    made = own.command(*OWED)
    own.start()

    async def filled() -> bool:
        return ask(own.data, "notify", "select id, recipient, body from deliveries where kind = 'receipt' order by id") == before

    await eventually(filled, what="both receipts are made again")
    again = await asyncio.to_thread(own.command, *OWED)
    lines = dry.stdout.splitlines()
    first = lines[0].removeprefix("owed since ").split(": ")[1]
    assert first.startswith("2 receipt, ")
    assert first.endswith(" to operators for 3 changes")
    assert {f"  {number} version 1 (1 receipt)" for number in numbers} < set(lines)
    assert len(lines) == 4
    assert made.stdout.splitlines()[-1] == (
        "3 changes for notify: their mails are made at once where the services run, otherwise when they start"
    )
    assert (again.returncode, again.stdout.split(" since ")[0]) == (0, "no mail is owed")
    operators = ask(own.data, "notify", f"select operator from notices where number = '{numbers[0]}' order by operator")
    assert operators == ask(own.data, "notify", f"select operator from notices where number = '{numbers[1]}' order by operator")
