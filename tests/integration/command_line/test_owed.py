"""`replay tickets --to notify --owed`: the mails that were never made are named, and made once,
while everything runs.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.cli import replay_owed
from tests.installation.installation import Installation
from tests.installation.people import People
from tests.installation.waiting import eventually
from tests.integration.command_line.conftest import Call

pytestmark = pytest.mark.timeout(300)

OWED = ("replay", "tickets", "--to", "notify", "--owed")


def test_owed_is_only_about_mails(call: Call) -> None:
    done = call("replay", "tickets", "--to", "portal", "--owed")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "--owed is about mails: expected replay tickets --to notify --owed\n"


async def ledger(installation: Installation, ticket_id: str) -> list[Any]:
    """Return the receipt of a ticket and who was notified of it, in the words of the ledgers."""
    mails = await installation.databases.rows(
        "notify",
        (
            f"select id, recipient, subject, body, sequence from deliveries where kind = 'receipt' "
            f"and ticket_id = '{ticket_id}'"
        ),
    )
    notices = await installation.databases.rows(
        "notify",
        (
            f"select id, operator, kind, why from notices where ticket_id = '{ticket_id}' order by "
            f"operator"
        ),
    )
    return [*mails, *notices]


async def test_mails_that_were_never_made_are_named_and_made_once(
    installation: Installation,
) -> None:
    databases = installation.databases
    async with People(installation) as people:
        numbers = [await people.new_ticket(subject) for subject in ("Mai confermata", "Confermata")]
    lost, kept = [
        await databases.value("tickets", f"select id from tickets where number = '{number}'")
        for number in numbers
    ]

    async def are_made() -> bool:
        return all([len(await ledger(installation, each)) > 1 for each in (lost, kept)])

    await eventually(are_made, what="the receipts are made and the operators notified")
    before = [await ledger(installation, each) for each in (lost, kept)]
    await databases.change("notify", f"delete from deliveries where ticket_id = '{lost}'")
    await databases.change("notify", f"delete from notices where ticket_id = '{lost}'")

    dry = await asyncio.to_thread(installation.command, *OWED, "--dry-run")
    after_dry = await ledger(installation, lost)
    compared = await asyncio.to_thread(installation.command, "compare", "--patience", "1")
    made = await asyncio.gather(*(asyncio.to_thread(installation.command, *OWED) for _ in range(2)))

    async def is_filled() -> bool:
        return await ledger(installation, lost) == before[0]

    await eventually(is_filled, what="what was lost is made again, with the same ids and words")
    again = await asyncio.to_thread(installation.command, *OWED)
    notices = len(before[0]) - 1
    owed = dry.stdout.splitlines()
    assert owed[0].endswith(f": 1 receipt, {notices} to operators for 2 changes")
    assert owed[1:] == [
        f"  {numbers[0]} version 1 (1 receipt)",
        f"  {numbers[0]} version 2 ({notices} to operators)",
    ]
    assert (dry.returncode, after_dry) == (0, [])
    assert compared.returncode == 1
    named = f"{numbers[0]} version 1 (1 receipt), {numbers[0]} version 2 ({notices} to operators)"
    assert f"changes whose mails were never made: 2: {named}" in compared.stdout.splitlines()
    assert {each.returncode for each in made} == {0}
    assert (
        "2 changes for notify: their mails are made at once where the services run, otherwise "
        "when they start"
    ) in {line for each in made for line in each.stdout.splitlines()}
    assert (again.returncode, again.stdout.split(" since ")[0], len(again.stdout.splitlines())) == (
        0,
        "no mail is owed",
        1,
    )
    assert [await ledger(installation, each) for each in (lost, kept)] == before


async def test_very_many_mails_are_made_only_on_request(
    running: Installation, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with People(running) as people:
        number = await people.new_ticket("Una di mille")
    lost = await running.databases.value(
        "tickets", f"select id from tickets where number = '{number}'"
    )

    async def is_made() -> bool:
        return len(await ledger(running, lost)) > 1

    await eventually(is_made, what="the receipt is made and the operators notified")
    before = await ledger(running, lost)
    await running.databases.change("notify", f"delete from deliveries where ticket_id = '{lost}'")
    await running.databases.change("notify", f"delete from notices where ticket_id = '{lost}'")
    monkeypatch.setattr(replay_owed, "MOST_MAILS", 2)
    where = {"SPORTELLO_DATA": str(running.data)}

    refused = await asyncio.to_thread(call, *OWED, **where)
    still_lost = await ledger(running, lost)
    made = await asyncio.to_thread(call, *OWED, "--yes", **where)

    async def is_filled() -> bool:
        return await ledger(running, lost) == before

    await eventually(is_filled, what="what was lost is made again")
    assert (refused.exit_code, made.exit_code) == (1, 0)
    assert refused.stderr == (
        f"{len(before)} mails are more than 2; look at them with --dry-run, and say --yes if "
        f"they are to be made\n"
    )
    assert still_lost == []
