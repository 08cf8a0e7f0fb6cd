"""`dead-letters` beside a running installation."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.people import Context, Requester
from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database import failed_messages
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.messaging.retry_policy import kept
from tests.installation.installation import Installation
from tests.installation.people import Json, People, Person
from tests.installation.waiting import eventually
from tests.integration.command_line.conftest import Call

pytestmark = pytest.mark.timeout(300)

ERROR = "Invalid: planted by a test"


@dataclass(frozen=True)
class Planted:
    """Two dead letters of tickets: one that works when it is tried again, with the subject of its
    request, and one that never will.
    """

    good: UUID
    subject: str
    bad: UUID


@pytest.fixture
async def planted(installation: Installation) -> Planted:
    subject = f"Rimasta indietro {uuid4().hex}"
    good = message_of(make_request(subject).model_dump_json())
    bad = message_of(json.dumps({"nothing": "of this"}))
    database = Database(installation.databases.urls["tickets"], service="tickets")
    now = datetime.now(UTC)
    async with database.transaction() as uow:
        letters = [
            kept(message, now=now, state="dead", attempts=8, error=ERROR) for message in (good, bad)
        ]
        await failed_messages.keep(uow.connection, letters)
    await database.close()
    return Planted(good.id, subject, bad.id)


def make_request(subject: str) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=uuid4(),
        form="tasse",
        subject=subject,
        body="Testo",
        fields={"matricola": "1234567", "anno": "2026/2027"},
        requester=Requester(
            name="Giulia Neri", email="giulia.neri@studenti.example.edu", affiliation="guest"
        ),
        context=Context(origin="faq"),
        language="it",
        priority=3,
        submitted_at=datetime.now(UTC),
    )


def message_of(body: str) -> Envelope[bytes]:
    return Envelope(
        new_id(), RequestSubmitted.NAME, body.encode(), Cause.fresh(), datetime.now(UTC)
    )


async def test_dead_letters_are_listed_shown_tried_again_and_thrown_away(
    installation: Installation, planted: Planted
) -> None:
    security_file = installation.data / "security.log"
    written: list[str] = []

    def command(*arguments: str) -> tuple[int, str, str]:
        """Return exit code and output; with real servers the security log is on standard error."""
        done = installation.command("dead-letters", *arguments)
        lines = done.stderr.splitlines(keepends=True)
        written.extend(line for line in lines if line.startswith("{"))
        return (
            done.returncode,
            done.stdout,
            "".join(line for line in lines if not line.startswith("{")),
        )

    good, bad, nowhere = str(planted.good), str(planted.bad), str(uuid4())
    listed = await asyncio.to_thread(command, "list")
    shown = await asyncio.to_thread(command, "show", good)
    retried = await asyncio.to_thread(command, "retry", good, nowhere)
    async with People(installation) as people:
        anna = await people.sign_in("anna.ferri")
        found = await eventually(
            lambda: find(anna, planted.subject), what="the letter became a ticket"
        )
    discarded = await asyncio.to_thread(command, "discard", bad, "--why", "non è una richiesta")
    left = await asyncio.to_thread(command, "list")

    assert listed[0] == 0
    for letter in (good, bad):
        (row,) = [line for line in listed[1].splitlines() if letter in line]
        assert row.split()[:4] == [letter, "tickets", RequestSubmitted.NAME, "8"]
        assert row.endswith(ERROR)
    assert (shown[0], shown[1].splitlines()[0]) == (0, f"{RequestSubmitted.NAME} {good}")
    assert "could not be handled by tickets, 8 tries, since " in shown[1]
    assert ERROR in shown[1]
    assert planted.subject in shown[1]
    assert retried == (1, "1 will be tried again\n", f"there is no dead letter {nowhere}\n")
    assert found["queue"] == "studenti"
    assert discarded == (0, f"{bad} discarded\n", "")
    assert left == (0, "no dead letters\n", "")
    kept_fact = await installation.databases.rows(
        "tickets", "select error, why from discarded_messages"
    )
    assert kept_fact[-1] == {"error": ERROR, "why": "non è una richiesta"}
    lines = written or security_file.read_text().splitlines()
    if not written:
        assert list(
            {
                line["identity"]
                for line in map(json.loads, lines)
                if line["event"] == "security.signed_in"
            }
        ) == ["anna.ferri"]
    acts = [line for line in map(json.loads, lines) if "dead_letter" in line["event"]]
    assert [(act["event"], act.get("letter") or act["letters"]) for act in acts] == [
        ("security.dead_letter.shown", good),
        ("security.dead_letters.retried", [good]),
        ("security.dead_letter.discarded", bad),
    ]
    assert {act["by"] for act in acts} == {pwd.getpwuid(os.getuid()).pw_name}
    assert "richiesta" not in "".join(lines)


def test_nothing_is_thrown_away_without_a_reason(call: Call) -> None:
    done = call("dead-letters", "discard", str(uuid4()), "--why", " ")

    assert (done.exit_code, done.stdout, done.stderr) == (
        1,
        "",
        "--why is empty; expected the reason\n",
    )


async def find(operator: Person, subject: str) -> Json | None:
    items = (await operator.read(f"/api/tickets?q={subject.rsplit(' ', 1)[-1]}"))["items"]
    return items[0] if items and items[0]["queue"] else None
