"""Sportello as it is installed: embedded, and as two processes of each service on real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fixtures.described import check_declared
from tests.fixtures.system import Town, run_distributed, run_embedded
from tests.installation.installation import Installation
from tests.installation.people import People
from tests.servers.server import PostgresServer, RabbitServer


@pytest.fixture(scope="package")
def embedded_town() -> Iterator[Town]:
    with run_embedded() as town:
        yield town


@pytest.fixture(scope="package")
def distributed_town(
    postgres_server: PostgresServer, rabbit_server: RabbitServer
) -> Iterator[Town]:
    with run_distributed(postgres_server, rabbit_server) as town:
        yield town


@pytest.fixture(params=["embedded", "distributed"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each of the two, running."""
    town: Town = request.getfixturevalue(f"{request.param}_town")
    return town.installation


@pytest.fixture
async def people(installation: Installation) -> AsyncIterator[People]:
    async with People(installation, check=check_declared) as people:
        yield people
