"""Installations that the tests break, with a desk on which fifty more operators work the queue
`studenti`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import yaml

from tests.fixtures.system import Town, run_distributed, run_embedded
from tests.installation.http import Connection, sign_in
from tests.installation.people import People
from tests.installation.start import EXAMPLE_DESK
from tests.servers.server import PostgresServer, RabbitServer

CROWD = tuple(f"operatore{number:02}" for number in range(1, 51))


@pytest.fixture(scope="package")
def crowded_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example desk with the crowd in a file of its own."""
    folder = tmp_path_factory.mktemp("desk") / "desk"
    shutil.copytree(EXAMPLE_DESK, folder)
    crowd = {
        name: {"name": name.capitalize(), "email": f"{name}@example.edu", "rights": {"urp": ["rw"]}}
        for name in CROWD
    }
    (folder / "crowd.yaml").write_text(yaml.safe_dump({"operators": crowd}), encoding="utf-8")
    return folder


@pytest.fixture(scope="package")
def embedded_town(crowded_desk: Path) -> Iterator[Town]:
    with run_embedded(desk=crowded_desk) as town:
        hush(town)
        yield town


@pytest.fixture(scope="package")
def distributed_town(
    crowded_desk: Path, our_postgres: PostgresServer, our_rabbit: RabbitServer
) -> Iterator[Town]:
    settings = {
        "SPORTELLO_NOTIFY_SMTP_TIMEOUT": "2",
        "SPORTELLO_INTAKE_TICKET_PATIENCE_SECONDS": "20",
        "SPORTELLO_TICKETS_ROUTING_PATIENCE": "20",
    }
    with run_distributed(our_postgres, our_rabbit, desk=crowded_desk, settings=settings) as town:
        hush(town)
        yield town


def hush(town: Town) -> None:
    """Have the crowd not told of each new ticket: fifty mails for each would be all that
    happens.
    """

    async def choose() -> None:
        portal = town.installation.portals[0]
        for identity in CROWD:
            async with Connection(portal, token=await sign_in(portal, identity)) as connection:
                body = b'{"rhythm": "none", "muted": ["created"]}'
                assert (
                    await connection.post_bytes("/api/notices/preferences", body, method="PUT")
                ).status == 200

    asyncio.run(choose())


@pytest.fixture(params=["embedded", "distributed"])
def town(request: pytest.FixtureRequest) -> Town:
    """Each of the two, running."""
    found: Town = request.getfixturevalue(f"{request.param}_town")
    return found


@pytest.fixture
async def people(town: Town) -> AsyncIterator[People]:
    async with People(town.installation) as people:
        yield people
