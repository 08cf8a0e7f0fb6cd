"""Puts tickets together."""

from datetime import timedelta
from pathlib import Path

from services.tickets.adapters.counters import ReservedBlocks, WithTheTransaction
from services.tickets.commands import COMMANDS
from services.tickets.consumers import HANDLERS
from services.tickets.context import TicketsContext
from services.tickets.jobs import JOBS
from services.tickets.settings import TicketsSettings
from shared.contracts.guest_links import GUEST_LINK_DAYS
from shared.core.clock import Clock
from shared.core.settings import CommonSettings
from shared.database.database import Database
from shared.messaging.commands import CommandServer
from shared.messaging.consumer import Consumer
from shared.observability.metrics import REGISTRY, Meter
from shared.runtime.bus import Bus
from shared.runtime.composition import Service, standard_checks
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.health import Health
from shared.web.state import WebOptions

NAME = "tickets"
MIGRATIONS = Path(__file__).with_name("migrations")


def build(common: CommonSettings, bus: Bus, clock: Clock) -> Service:
    """Return tickets, not yet started."""
    database = Database(
        common.database_url_for(NAME), service=NAME, pool_size=common.pool_size, clock=clock
    )
    context = build_context(database, TicketsSettings(), guest_link_days=common.guest_link_days)
    checks = standard_checks(database=database, migrations=MIGRATIONS, bus=bus, needs_desk=True)
    meter = Meter(NAME)
    app = build_app(
        title="Sportello: tickets",
        packages=("services.tickets",),
        tokens=Tokens(common.secret.get_secret_value()),
        routers=[],
        health=Health(checks=checks, registry=REGISTRY),
        options=WebOptions.of(common),
    )
    return Service(
        name=NAME,
        database=database,
        migrations=MIGRATIONS,
        app=app,
        meter=meter,
        context=context,
        consumer=Consumer(database=database, handlers=HANDLERS, context=context, meter=meter),
        commands=CommandServer(database=database, commands=COMMANDS, context=context, meter=meter),
        checks=checks,
        jobs=JOBS,
    )


def build_context(
    database: Database, settings: TicketsSettings, *, guest_link_days: int = GUEST_LINK_DAYS
) -> TicketsContext:
    """Return what the handlers, commands and jobs of tickets have in hand."""
    counters = (
        WithTheTransaction()
        if database.is_sqlite
        else ReservedBlocks(database, block=settings.number_block)
    )
    return TicketsContext(
        database=database,
        counters=counters,
        routing_patience=timedelta(seconds=settings.routing_patience),
        routing_limit=settings.routing_limit,
        guest_link_days=guest_link_days,
    )
