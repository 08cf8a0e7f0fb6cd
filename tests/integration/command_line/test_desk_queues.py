"""`desk apply` and the life of queues: closed once they are empty, never deleted, whatever the
installation consists of.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation.installation import Installation
from tests.installation.people import People, tasse_request
from tests.installation.start import EXAMPLE_DESK, embedded, together
from tests.installation.waiting import eventually
from tests.servers.server import PostgresServer, RabbitServer

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["embedded", "servers"])
def own(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation that runs and whose desk is nobody else's."""
    if request.param == "embedded":
        with embedded() as installation:
            yield installation
        return
    postgres: PostgresServer = request.getfixturevalue("our_postgres")
    rabbit: RabbitServer = request.getfixturevalue("our_rabbit")
    vhost = f"sportello-{secrets.token_hex(4)}"
    rabbit.create_vhosts([vhost])
    with together(postgres, rabbit.vhost_url(vhost)) as installation:
        yield installation
    rabbit.delete_vhosts([vhost])


@pytest.fixture
def closing(tmp_path: Path) -> Path:
    """The example desk with the queue `aule` closed and its requests sent to the libraries."""
    folder = Path(shutil.copytree(EXAMPLE_DESK, tmp_path / "closing"))
    title = "    title: { it: Aule e spazi, en: Rooms and spaces }\n"
    replace(folder / "queues.yaml", title, f"{title}    closed: true\n")
    replace(folder / "rules.yaml", "    queue: aule\n", "    queue: biblioteche\n")
    return folder


@pytest.fixture
def deleting(closing: Path, tmp_path: Path) -> Path:
    """The same with the queue left out."""
    folder = Path(shutil.copytree(closing, tmp_path / "deleting"))
    path = folder / "queues.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("  aule:\n    title: { it: Aule e spazi")], encoding="utf-8")
    return folder


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def aula_request(subject: str) -> dict[str, object]:
    fields = {
        "subject": subject,
        "description": "Il proiettore non parte.",
        "aula": "Aula 3",
        "urgente": False,
        "consent": True,
    }
    return tasse_request(subject) | {"fields": fields}


async def test_a_queue_is_closed_when_its_tickets_have_ended_and_never_deleted(
    own: Installation, closing: Path, deleting: Path
) -> None:
    async with People(own) as people:
        number = await people.new_ticket("Proiettore", form="aula", body=aula_request("Proiettore"))

        deleted = await asyncio.to_thread(own.command, "desk", "apply", str(deleting))
        refused = await asyncio.to_thread(own.command, "desk", "apply", str(closing))

        assert (deleted.returncode, deleted.stdout) == (1, "")
        assert deleted.stderr == (
            'the queue "aule" is in force and missing from the new desk; a queue cannot be '
            "deleted, for tickets and their histories "
            "name it: put it back, with closed: true if nothing may come in\n"
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            'the queue "aule" cannot be closed: 1 ticket has not ended in it; expected them to be '
            "moved or closed before\n"
        )

        oreste = await people.sign_in("oreste.bruni")
        await oreste.do(f"/api/tickets/{number}/take")
        await oreste.do(
            f"/api/tickets/{number}/close", {"outcome": "successful", "answer": "Ora parte."}
        )
        applied = await asyncio.to_thread(own.command, "desk", "apply", str(closing))

        assert (applied.returncode, applied.stdout) == (0, "desk version 2 applied\n"), (
            applied.stderr
        )
        assert (await oreste.read(f"/api/tickets/{number}"))["queue"] == "aule"
        elsewhere = await eventually(
            lambda: queued_elsewhere(people), what="requests come to the other queue"
        )
        assert elsewhere == "biblioteche"


async def test_a_desk_without_an_owner_says_how_many_tickets_they_lose_and_the_queue_gets_them_back(
    own: Installation, tmp_path: Path
) -> None:
    without = Path(shutil.copytree(EXAMPLE_DESK, tmp_path / "without"))
    text = (without / "people.yaml").read_text(encoding="utf-8")
    begin, end = text.index("  oreste.bruni:"), text.index("  gaia.leoni:")
    (without / "people.yaml").write_text(text[:begin] + text[end:], encoding="utf-8")
    async with People(own) as people:
        number = await people.new_ticket("Proiettore", form="aula", body=aula_request("Proiettore"))
        oreste, luisa = await people.sign_in("oreste.bruni"), await people.sign_in("luisa.villa")
        await oreste.do(f"/api/tickets/{number}/take")

        applied = await asyncio.to_thread(own.command, "desk", "apply", str(without))

        assert applied.returncode == 0, applied.stderr
        assert applied.stdout == (
            "desk version 2 applied\ntickets that lose their owner: 1; their responsible: 1; the "
            "system releases them as soon as it runs\n"
        )

        async def released() -> dict[str, object] | None:
            ticket: dict[str, object] = await luisa.read(f"/api/tickets/{number}")
            return ticket if ticket["owner"] is None else None

        ticket = await eventually(released, what="the ticket has no owner")
        assert (ticket["last_owner"], ticket["responsible"], ticket["queue"]) == (
            "oreste.bruni",
            None,
            "aule",
        )
        last = (await luisa.read(f"/api/tickets/{number}/history"))["items"][-1]
        assert last["reason"] == "The owner is no longer an operator of this desk."
        assert last["actor"]["identity"] is None


async def queued_elsewhere(people: People) -> str | None:
    """Return the queue of a new request about rooms, None while routing still follows the old
    desk.
    """
    number = await people.new_ticket("Sedie", form="aula", body=aula_request("Sedie"))
    queue: str = (await people.is_queued(number))["queue"]
    return queue if queue != "aule" else None


def test_another_desk_that_loses_queues_stops_the_start(own: Installation, deleting: Path) -> None:
    (program,) = own.programs.values()
    program.stop()

    started = own.command("up", "--port", program.url.rsplit(":", 1)[1], "--desk", str(deleting))

    assert (started.returncode, started.stdout) == (1, "")
    assert started.stderr.startswith('the queue "aule" is in force and missing from the new desk; ')
    assert "Traceback" not in started.stderr
