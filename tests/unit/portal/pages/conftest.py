"""The portal with its pages, and people who read them in a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from services.portal.context import PortalContext
from services.portal.main import API, PAGES, needs_sign_in
from services.portal.pages.layout import page_context
from shared.contracts.desk import Desk
from shared.contracts.events.routing import DeskApplied
from shared.database.database import Database
from shared.database.desk_copy import store_desk
from shared.web.app import build_app
from shared.web.auth import SESSION_COOKIE, Tokens
from shared.web.demo import known_person
from shared.web.health import Health
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import MORNING

TOKENS = Tokens("a secret for the tests of the pages")
Reader = Callable[..., httpx.AsyncClient]
ApplyDesk = Callable[[Desk], Awaitable[None]]


@pytest.fixture
def app(portal: PortalContext) -> FastAPI:
    app = build_app(
        title="Sportello",
        packages=("services.portal",),
        tokens=TOKENS,
        routers=[*API, *PAGES],
        health=Health(checks={}),
        needs_sign_in=needs_sign_in,
        page_context=page_context,
    )
    app.state.portal = portal
    return app


@pytest.fixture
async def reader(app: FastAPI) -> AsyncIterator[Reader]:
    """Return a browser in which an identity of the desk is signed in (None: nobody), who prefers
    `language`.
    """
    clients: list[httpx.AsyncClient] = []

    def open_browser(identity: str | None, *, language: str = "it") -> httpx.AsyncClient:
        cookies = (
            {SESSION_COOKIE: TOKENS.sign(known_person(make_example_desk(), identity))}
            if identity
            else {}
        )
        headers = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": language}
        clients.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://portal.test",
                headers=headers,
                cookies=cookies,
            )
        )
        return clients[-1]

    yield open_browser
    for client in clients:
        await client.aclose()


@pytest.fixture
def apply_desk(database: Database) -> ApplyDesk:
    """Put another desk into force."""

    async def apply(desk: Desk) -> None:
        async with database.transaction() as uow:
            await store_desk(uow, [DeskApplied(version=2, desk=desk, applied_at=MORNING)])

    return apply
