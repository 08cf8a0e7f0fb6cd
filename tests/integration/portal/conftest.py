"""The portal's read model on PostgreSQL: each test has a copy of an up-to-date database with the
example desk.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from services.portal.live.hub import Hub
from services.portal.main import MIGRATIONS, build_consumer
from shared.contracts.events.base import Event
from shared.contracts.events.routing import DeskApplied
from shared.core.clock import SystemClock
from shared.database.database import Database
from shared.database.desk_copy import store_desk
from shared.database.migrate import migrate
from shared.messaging.live import LocalAnnouncer
from shared.observability.metrics import Meter
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import MORNING, make_message
from tests.servers.server import PostgresServer
from tests.unit.portal.conftest import Project

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database to copy."""
    name = f"sportello_portal_{secrets.token_hex(6)}"
    url = postgres_server.create_database(name)

    async def fill() -> None:
        database = Database(url, service="portal", clock=SystemClock())
        await migrate(database, MIGRATIONS)
        async with database.transaction() as uow:
            await store_desk(
                uow, [DeskApplied(version=1, desk=make_example_desk(), applied_at=MORNING)]
            )
        await database.close()

    asyncio.run(fill())
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
async def database(postgres_server: PostgresServer, template: str) -> AsyncIterator[Database]:
    name = f"{template}_{next(_numbers)}"
    database = Database(postgres_server.create_database(name, template=template), service="portal")
    yield database
    await database.close()
    postgres_server.drop_database(name)


@pytest.fixture
def hub(database: Database) -> Hub:
    return Hub(database)


@pytest.fixture
def project(database: Database, hub: Hub) -> Project:
    """Put events into the read model, in the order given."""
    consumer = build_consumer(database, Meter("portal"), LocalAnnouncer(), hub)

    async def apply(events: Iterable[Event]) -> None:
        await consumer.apply([make_message(event) for event in events])

    return apply
