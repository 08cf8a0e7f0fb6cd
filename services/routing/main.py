"""Puts routing together."""

from pathlib import Path

from services.routing.consumers import HANDLERS
from services.routing.context import RoutingContext
from shared.core.clock import Clock
from shared.core.settings import CommonSettings
from shared.database.database import Database
from shared.messaging.consumer import Consumer
from shared.observability.metrics import REGISTRY, Meter
from shared.runtime.bus import Bus
from shared.runtime.composition import Service, standard_checks
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.health import Health
from shared.web.state import WebOptions

NAME = "routing"
MIGRATIONS = Path(__file__).with_name("migrations")


def build(common: CommonSettings, bus: Bus, clock: Clock) -> Service:
    """Return routing, not yet started."""
    database = Database(
        common.database_url_for(NAME), service=NAME, pool_size=common.pool_size, clock=clock
    )
    context = RoutingContext(database=database)
    checks = standard_checks(database=database, migrations=MIGRATIONS, bus=bus, needs_desk=True)
    meter = Meter(NAME)
    return Service(
        name=NAME,
        database=database,
        migrations=MIGRATIONS,
        app=build_app(
            title="Sportello: routing",
            packages=("services.routing",),
            tokens=Tokens(common.secret.get_secret_value()),
            routers=[],
            health=Health(checks=checks, registry=REGISTRY),
            options=WebOptions.of(common),
        ),
        meter=meter,
        context=context,
        consumer=Consumer(database=database, handlers=HANDLERS, context=context, meter=meter),
        checks=checks,
    )
