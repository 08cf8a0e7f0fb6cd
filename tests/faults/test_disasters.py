"""After a disaster: the broker is empty, and the databases are restored from backups of different
times.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.faults.backups import Backups
from tests.faults.checker import complaints_about
from tests.faults.facts import Facts, read_facts
from tests.faults.load import Load
from tests.faults.story import Story
from tests.fixtures.system import Town, run_distributed
from tests.installation.installation import Installation
from tests.installation.people import People
from tests.servers.choose import choose_rabbit
from tests.servers.server import PostgresServer, RabbitServer

pytestmark = pytest.mark.timeout(300)

HURRIED = {
    "SPORTELLO_INTAKE_TICKET_PATIENCE_SECONDS": "5",
    "SPORTELLO_TICKETS_ROUTING_PATIENCE": "5",
    "SPORTELLO_NOTIFY_SMTP_TIMEOUT": "2",
}
ORDERS = {
    "intake first": ("intake", "routing", "tickets", "notify", "portal"),
    "portal first": ("portal", "notify", "tickets", "routing", "intake"),
}
"""In which order the databases are dumped: of each two services either is the older one once."""


@pytest.fixture(scope="module")
def own_rabbit() -> Iterator[RabbitServer]:
    """A broker that nobody else uses."""
    with choose_rabbit(ours=True) as rabbit:
        yield rabbit


@pytest.fixture
def town(our_postgres: PostgresServer, own_rabbit: RabbitServer) -> Iterator[Town]:
    with run_distributed(our_postgres, own_rabbit, settings=HURRIED, processes=1) as town:
        yield town


async def test_a_broker_rebuilt_empty_under_load_is_declared_again_and_its_messages_are_made_good(
    town: Town,
) -> None:
    installation = town.installation

    async with Load(installation) as load:
        await load.more(20)
        await asyncio.to_thread(rebuild, town)
        await load.more(20)

    assert load.wrong == []
    for program in installation.programs.values():
        await asyncio.to_thread(program.wait_ready)
    recovered = await asyncio.to_thread(installation.command, "recover", "--skip-numbers=0")
    assert recovered.returncode == 0, recovered.stderr
    assert "LOST" not in recovered.stdout
    assert await complaints_about(town, load.promised) == []
    await is_all_the_same(installation)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_five_databases_dumped_at_different_times_become_one_installation_by_two_commands(
    town: Town, order: tuple[str, ...], tmp_path: Path
) -> None:
    installation, backups = town.installation, Backups(town, tmp_path)
    mailed: dict[str, frozenset[str]] = {}
    async with People(installation) as people:
        await Story(people).tell()
        parents = [await people.new_ticket(f"Con figli {number}") for number in range(len(order))]
        async with Load(installation) as load, Families(people, parents):
            for service in order:
                await load.more(6)
                mailed[service] = message_ids(town)
                await backups.dump(service)
            await load.more(6)
    before = Before(numbers_in_mails(town), mailed, order)

    installation.kill()
    for service in order:
        await backups.restore(service)
    await asyncio.to_thread(rebuild, town)
    recovered = await asyncio.to_thread(
        installation.command, "recover", f"--keep={tmp_path / 'kept.jsonl'}"
    )
    await asyncio.to_thread(installation.start)
    async with Load(installation) as later:
        await later.more(10)

    assert recovered.returncode == 0, recovered.stderr
    assert await complaints_about(town, later.promised, expected=before.expects) == []
    await is_all_the_same(installation)
    assert list(before.given_twice(await read_facts(installation.databases))) == []


async def is_all_the_same(installation: Installation) -> None:
    compared = await asyncio.to_thread(installation.command, "compare")
    assert (compared.returncode, compared.stdout.splitlines()[-1]) == (0, "all is the same"), (
        compared.stdout + compared.stderr
    )


class Families:
    """Opens and ends children of `parents`, one after the other, from entering until leaving.

    Whatever is refused is left alone: others work the same tickets.
    """

    def __init__(self, people: People, parents: Sequence[str]) -> None:
        self._people = people
        self._parents = parents
        self._is_over = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._anna, self._dario = (
            await self._people.sign_in("anna.ferri"),
            await self._people.sign_in("dario.riva"),
        )
        for number in self._parents:
            await self._anna.post(f"/api/tickets/{number}/take")
        self._work = asyncio.create_task(self._open_and_end())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        await self._work

    async def _open_and_end(self) -> None:
        child = {
            "queue": "studenti/tasse",
            "subject": "Rata",
            "body": "figlio",
            "fields": {"matricola": "1234567", "anno": "2026/2027"},
        }
        end = {"outcome": "successful", "answer": "registrata"}
        for number in itertools.cycle(self._parents):
            opened = await self._anna.post(f"/api/tickets/{number}/children", child)
            if opened.status == 200:
                await self._dario.post(f"/api/tickets/{opened.json()['number']}/take")
                await self._dario.post(f"/api/tickets/{opened.json()['number']}/close", end)
            if self._is_over.is_set():
                return
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Before:
    """What had left the town before the disaster, of which nobody in it may know: the numbers that
    mails told, with the recipients, and the Message-IDs that had arrived when each database was
    dumped, in `order`.
    """

    numbers: Mapping[str, str]
    mailed: Mapping[str, frozenset[str]]
    order: Sequence[str]

    def expects(self, complaint: str) -> bool:
        """Return whether a complaint of the checker tells of what nobody can know: a mail that is
        sent again because the ledger is older than it, a mail that told of what is lost, and a
        decision that routing's database no longer has.
        """
        mail = re.match(r"mail (<\S+>) .*(arrived and is in no ledger|arrived 2 times)", complaint)
        if mail is not None:
            dumped = (
                "notify"
                if mail[2] == "arrived 2 times"
                else min("tickets", "notify", key=self.order.index)
            )
            return mail[1] not in self.mailed[dumped]
        is_decided = (
            re.match(r"ticket \d+ was routed \d+ times, its history says", complaint) is not None
        )
        return is_decided and self.order.index("routing") < self.order.index("tickets")

    def given_twice(self, facts: Facts) -> Iterator[str]:
        """Yield the numbers that a mail told to somebody else than whose ticket has it now."""
        for ticket in facts.tickets.values():
            recipient = self.numbers.get(ticket["number"])
            if recipient is not None and ticket["requester"]["email"] not in recipient:
                yield ticket["number"]


def message_ids(town: Town) -> frozenset[str]:
    """Return the Message-IDs of the mails that have arrived so far."""
    return frozenset(str(mail["Message-ID"]) for mail in town.installation.mails())


def numbers_in_mails(town: Town) -> dict[str, str]:
    """Return the ticket numbers that mails to requesters told, each with the recipient."""
    found: dict[str, str] = {}
    for mail in town.installation.mails():
        if "studenti.example.edu" in str(mail["To"]):
            found |= dict.fromkeys(
                re.findall(r"Ticket#(\d+)", str(mail["Subject"])), str(mail["To"])
            )
    return found


def rebuild(town: Town) -> None:
    """Have the broker lose all that it had, and be at the same address with the same user."""
    assert town.rabbit is not None
    vhost = town.installation.environment["SPORTELLO_BROKER_URL"].rsplit("/", 1)[-1]
    town.rabbit.discard()
    town.rabbit.start()
    town.rabbit.create_vhosts([vhost])
