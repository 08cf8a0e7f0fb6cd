"""A portal on a SQLite file, with the example desk, a fake tickets service, and browsers that are
signed in.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.portal.context import GuestRules, PortalContext
from services.portal.live.hub import Hub
from services.portal.main import API, MIGRATIONS, build_consumer, needs_sign_in
from shared.contracts.events.base import Event
from shared.contracts.events.routing import DeskApplied
from shared.database.database import Database
from shared.database.desk_copy import store_desk
from shared.database.migrate import migrate
from shared.messaging.live import LocalAnnouncer
from shared.observability.metrics import Meter
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.demo import known_person
from shared.web.health import Health
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import MORNING, make_message
from tests.fakes.portal_tickets import FakeTickets
from tests.fixtures.described import checked

Browser = Callable[[str | None], httpx.AsyncClient]
Project = Callable[[Iterable[Event]], Awaitable[None]]
GUESTS = GuestRules(secret="a secret for the links of guests")
TOKENS = Tokens("a secret for the tests of the portal")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An up-to-date database file with the example desk; tests work on copies."""
    path = tmp_path_factory.mktemp("portal") / "portal.db"

    async def make() -> None:
        database = Database(f"sqlite:///{path}", service="portal")
        await migrate(database, MIGRATIONS)
        async with database.transaction() as uow:
            await store_desk(
                uow, [DeskApplied(version=1, desk=make_example_desk(), applied_at=MORNING)]
            )
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "portal.db")
    database = Database(f"sqlite:///{tmp_path / 'portal.db'}", service="portal")
    yield database
    await database.close()


@pytest.fixture
def tickets() -> FakeTickets:
    return FakeTickets()


@pytest.fixture
def hub(database: Database) -> Hub:
    return Hub(database)


@pytest.fixture
def portal(database: Database, tickets: FakeTickets, hub: Hub) -> PortalContext:
    announcer = LocalAnnouncer()
    consumer = build_consumer(database, Meter("portal"), announcer, hub)
    return PortalContext(
        database=database,
        sender=tickets,
        apply=consumer.apply,
        hub=hub,
        announcer=announcer,
        is_demo=True,
        guests=GUESTS,
    )


@pytest.fixture
def project(portal: PortalContext) -> Project:
    """Put events into the read model, in the order given."""

    async def apply(events: Iterable[Event]) -> None:
        await portal.apply([make_message(event) for event in events])

    return apply


@pytest.fixture
def app(portal: PortalContext) -> FastAPI:
    app = build_app(
        title="Sportello",
        packages=("services.portal",),
        tokens=TOKENS,
        routers=API,
        health=Health(checks={}),
        needs_sign_in=needs_sign_in,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
    )
    app.state.portal = portal
    return app


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """Return a client for an identity of the desk, or for nobody; every answer that it gets must be
    a declared one.
    """
    clients: list[httpx.AsyncClient] = []

    def sign_in(identity: str | None) -> httpx.AsyncClient:
        headers = {}
        if identity is not None:
            headers["Authorization"] = (
                f"Bearer {TOKENS.sign(known_person(make_example_desk(), identity))}"
            )
        clients.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://portal.test",
                headers=headers,
                event_hooks=checked("portal"),
            )
        )
        return clients[-1]

    yield sign_in
    for client in clients:
        await client.aclose()
