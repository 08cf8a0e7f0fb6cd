"""A portal that has lost its tables while everything runs: `compare` sees it, `replay` fills them
again, and nobody hears twice.
"""

from __future__ import annotations

import asyncio
from functools import partial
from subprocess import CompletedProcess

import pytest
from sqlalchemy import text

from shared.database.database import Database
from tests.e2e.test_families import open_child
from tests.installation.databases import Row
from tests.installation.installation import Installation
from tests.installation.people import People, tasse_request
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

COPIES = ("tickets", "shares", "articles", "history", "deliveries", "notices", "preferences")
MEANWHILE = 20
LEDGER = (
    "select id, version, attempts, state from deliveries where ended_at is not null order by id"
)


async def command(installation: Installation, *arguments: str) -> CompletedProcess[str]:
    return await asyncio.to_thread(installation.command, *arguments)


async def is_equal(installation: Installation) -> bool:
    return (await command(installation, "compare")).returncode == 0


async def all_is_equal(installation: Installation) -> None:
    await eventually(
        lambda: is_equal(installation), what="compare finds nothing that differs", every=0.5
    )


async def no_mail_is_under_way(installation: Installation) -> None:
    async def look() -> bool:
        left = (
            "select id from deliveries where next_attempt_at is not null or lease_until is not null"
        )
        return await installation.databases.rows("notify", left) == []

    await eventually(look, what="every mail has left")


MAILS = (
    "select id, version, state, recipient, article_id, kind from deliveries where ticket_id = "
    "'{}' and kind != 'notice' order by id"
)
NOTICES = (
    "select id, ticket_version, number, operator, kind from notices where ticket_id = '{}' "
    "order by id"
)


async def told_and_shown(installation: Installation, number: str) -> list[Row] | None:
    """What notify has told of the ticket's mails and notices, once the portal shows just that."""
    (ticket,) = await installation.databases.rows(
        "tickets", f"select id from tickets where number = '{number}'"
    )
    databases, queries = (
        installation.databases,
        [query.format(ticket["id"]) for query in (MAILS, NOTICES)],
    )
    told = [await databases.rows("notify", query) for query in queries]
    shown = [await databases.rows("portal", query) for query in queries]
    return [*told[0], *told[1]] if told == shown and all(told) else None


def message_ids(installation: Installation, number: str) -> list[str]:
    """The Message-IDs of all mails about a ticket that have left."""
    return [
        str(mail["Message-ID"]) for mail in installation.mails() if number in str(mail["Subject"])
    ]


async def empty_the_portal(installation: Installation) -> None:
    database = Database(installation.databases.urls["portal"], service="portal")
    async with database.transaction() as uow:
        for table in COPIES:
            await uow.connection.execute(text(f"delete from {table}"))
    await database.close()


async def work_through(people: People, number: str) -> None:
    """Take the ticket, note, ask, answer, and open a child, so that something of every kind must
    come back.
    """
    anna = await people.sign_in("anna.ferri")
    await anna.do(f"/api/tickets/{number}/take")
    await anna.do(f"/api/tickets/{number}/note", {"body": "Da ritrovare"})
    await anna.do(f"/api/tickets/{number}/reply", {"body": "Stiamo guardando."})
    child = await open_child(anna, number)
    await people.is_queued(child)
    told = await (await people.sign_in("dario.riva")).do(f"/api/tickets/{child}/take")
    assert told["parent"] == number


async def send_some(people: People) -> list[str]:
    """Send forms, one after the other; return the numbers of their tickets."""
    sent = [await people.nobody.send_form(tasse_request(f"Intanto {n}")) for n in range(MEANWHILE)]
    return [await people.nobody.number_of(request_id) for request_id in sent]


async def test_an_emptied_portal_is_filled_again_while_requests_go_on(
    installation: Installation, people: People
) -> None:
    number = await people.new_ticket("Da ritrovare")
    await work_through(people, number)
    gaia = await people.sign_in("gaia.leoni")
    preferences = await gaia.portal.post_bytes(
        "/api/notices/preferences", b'{"rhythm": "digest", "muted": ["note"]}', method="PUT"
    )
    assert preferences.status == 200, preferences.body
    await all_is_equal(installation)
    await no_mail_is_under_way(installation)
    before = await eventually(
        partial(told_and_shown, installation, number), what="its mails and notices are shown"
    )
    ledger = await installation.databases.rows("notify", LEDGER)

    await empty_the_portal(installation)
    emptied = await command(installation, "compare")
    meanwhile = asyncio.create_task(send_some(people))
    told = [
        await command(installation, "replay", owner, "--to", "portal")
        for owner in ("tickets", "notify")
    ]
    numbers = await meanwhile

    assert (emptied.returncode, [each.returncode for each in told]) == (1, [0, 0]), (
        emptied.stderr,
        [each.stderr for each in told],
    )
    assert "differs" in emptied.stdout
    await all_is_equal(installation)
    anna = await people.sign_in("anna.ferri")
    for each in (number, *numbers):
        assert (await people.is_queued(each))["number"] == each
    ticket = await anna.read(f"/api/tickets/{number}")
    assert (ticket["state"], ticket["owner"], len(ticket["children"])) == (
        "waiting_children",
        "anna.ferri",
        1,
    )
    assert "Da ritrovare" in {article["body"] for article in ticket["articles"]}

    async def chosen_as_before() -> bool:
        return [await gaia.read("/api/notices/preferences") for _ in range(2)] == [
            preferences.json()
        ] * 2

    await eventually(chosen_as_before, what="what was chosen is known again")
    again = await eventually(
        partial(told_and_shown, installation, number), what="its mails and notices are shown again"
    )
    assert {row["id"] for row in before} <= {row["id"] for row in again}
    now = {row["id"]: row for row in await installation.databases.rows("notify", LEDGER)}
    assert [now[row["id"]] for row in ledger] == ledger
    ids = message_ids(installation, number)
    assert len(ids) > 0
    assert len(set(ids)) == len(ids)
