"""Puts the portal together."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from services.portal.api import actions, live, queues, tickets
from services.portal.api import bulk as bulk_api
from services.portal.api import my as my_api
from services.portal.api import notices as notices_api
from services.portal.api import session as session_api
from services.portal.api.described import TAGS
from services.portal.consumers import HANDLERS
from services.portal.context import ActLimits, GuestRules, PortalContext
from services.portal.jobs import JOBS
from services.portal.live.hub import Hub
from services.portal.pages import bulk, children, guests, lists, my, notices, session, ticket
from services.portal.pages.layout import page_context
from services.portal.projection.changes import Changes
from services.portal.settings import PortalSettings
from shared.core.clock import Clock
from shared.core.settings import CommonSettings
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.messaging.consumer import Consumer
from shared.messaging.live import Announcer
from shared.observability.metrics import REGISTRY, Meter
from shared.runtime.bus import Bus
from shared.runtime.composition import Service, standard_checks
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.health import Health
from shared.web.state import WebOptions

NAME = "portal"
MIGRATIONS = Path(__file__).with_name("migrations")

ABOUT_GUESTS = (
    "People without an account have no part in this API: the link in their mails opens one "
    "request. That page also answers "
    "in JSON to `Accept: application/json`: `GET /requests/{token}`, `POST "
    "/requests/{token}/reply` with `body`, "
    "`POST /requests/{token}/withdraw`, and `POST /requests/link` with `number` and `email`, "
    "which is answered 202 whether "
    "or not there is such a request."
)

API: tuple[APIRouter, ...] = (
    session_api.router,
    queues.router,
    # Before the routes that take any number in its place.
    bulk_api.router,
    tickets.router,
    actions.router,
    my_api.router,
    notices_api.router,
    live.router,
)
PAGES: tuple[APIRouter, ...] = (
    session.router,
    bulk.router,
    lists.router,
    notices.router,
    children.router,
    ticket.router,
    my.router,
    guests.router,
)

OPEN_PATHS = frozenset({"/api/session", "/api/docs", "/api/openapi.json"})
"""The paths of the API that nobody has to sign in for."""


def needs_sign_in(path: str) -> bool:
    """Return whether `path` answers 401 to somebody unknown before anything else is checked."""
    return path == "/live" or (path.startswith("/api/") and path not in OPEN_PATHS)


def build(common: CommonSettings, bus: Bus, clock: Clock) -> Service:
    """Return the portal, not yet started."""
    database = Database(
        common.database_url_for(NAME), service=NAME, pool_size=common.pool_size, clock=clock
    )
    meter = Meter(NAME)
    settings = PortalSettings()
    hub = Hub(
        database, per_person=settings.streams_per_person, per_address=settings.streams_per_address
    )
    announcer = bus.announcer(NAME)
    consumer = build_consumer(database, meter, announcer, hub)
    context = PortalContext(
        database=database,
        sender=bus.sender(NAME),
        apply=consumer.apply,
        hub=hub,
        announcer=announcer,
        is_demo=common.identity == "demo",
        guests=_guest_rules(common, settings),
        limits=ActLimits(replies=settings.limit_replies, sendings=settings.limit_sendings),
    )
    checks = standard_checks(database=database, migrations=MIGRATIONS, bus=bus, needs_desk=True)
    app = build_app(
        title="Sportello",
        description=ABOUT_GUESTS,
        tags=TAGS,
        packages=("services.portal",),
        tokens=Tokens(common.secret.get_secret_value()),
        routers=[*API, *PAGES],
        health=Health(checks=checks, registry=REGISTRY),
        options=WebOptions.of(common),
        needs_sign_in=needs_sign_in,
        page_context=page_context,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
    )
    app.state.portal = context
    return Service(
        name=NAME,
        database=database,
        migrations=MIGRATIONS,
        app=app,
        meter=meter,
        context=context,
        consumer=consumer,
        checks=checks,
        jobs=JOBS,
        on_stop=(hub.stop,),
    )


def _guest_rules(common: CommonSettings, settings: PortalSettings) -> GuestRules:
    return GuestRules(
        secret=common.secret.get_secret_value(),
        days=common.guest_link_days,
        links=settings.limit_links,
        links_client=settings.limit_links_client,
        replies=settings.limit_guest_replies,
        replies_client=settings.limit_guest_replies_client,
    )


def build_consumer(
    database: Database, meter: Meter, announcer: Announcer, hub: Hub
) -> Consumer[Changes]:
    """Return the consumer that keeps the read model and, after each commit, announces what changed
    to all portal processes.
    """
    changes = Changes()
    consumer = Consumer(database=database, handlers=HANDLERS, context=changes, meter=meter)

    async def announce(messages: Sequence[Envelope[bytes]]) -> None:
        announcer.announce(changes.take(message.id for message in messages))

    consumer.after_commit(announce)
    announcer.listen(hub.hear)
    return consumer
