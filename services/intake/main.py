"""Puts intake together."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from services.intake import api, confirmation, pages
from services.intake.backpressure import Pressure
from services.intake.batching.submissions import Submission, submit_requests
from services.intake.consumers import HANDLERS
from services.intake.context import IntakeContext
from services.intake.jobs import JOBS
from services.intake.limits import Limits
from services.intake.queries import FormsInForce
from services.intake.settings import IntakeSettings
from shared.core.clock import Clock
from shared.core.settings import CommonSettings
from shared.database.database import Database
from shared.database.transient import is_transient
from shared.messaging.consumer import Consumer
from shared.observability.metrics import REGISTRY, Meter
from shared.runtime.bus import Bus
from shared.runtime.composition import Service, standard_checks
from shared.runtime.group_commit import GroupCommit
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.health import Health
from shared.web.state import WebOptions

NAME = "intake"
MIGRATIONS = Path(__file__).with_name("migrations")
GATHER_SECONDS = 0.2
"""Ticket numbers are noted for who looks at the status of a request: so soon is soon enough."""
WRITERS = 2
"""Transactions that may run at once on PostgreSQL: while one commits the next is filled.

SQLite has one writer.
"""


ABOUT = (
    "Forms are open to everybody unless the desk says otherwise. `GET /api/forms/{slug}` has the "
    "questions of a form and the "
    "JSON Schema of its answers; a request that was accepted becomes a ticket, whose number `GET "
    "/api/requests/{request_id}` tells."
)


def build(common: CommonSettings, bus: Bus, clock: Clock) -> Service:
    """Return intake, not yet started."""
    database = Database(
        common.database_url_for(NAME), service=NAME, pool_size=common.pool_size, clock=clock
    )
    context = build_context(
        database,
        clock,
        IntakeSettings(),
        secret=common.secret.get_secret_value(),
        limit_recipient=common.intake_limit_recipient,
    )
    checks = standard_checks(database=database, migrations=MIGRATIONS, bus=bus, needs_desk=True)
    app = build_app(
        title="Sportello: forms",
        description=ABOUT,
        tags=api.TAGS,
        packages=("services.intake",),
        tokens=Tokens(common.secret.get_secret_value()),
        routers=[api.router, confirmation.router, pages.router],
        direct=api.DIRECT,
        health=Health(checks=checks, registry=REGISTRY),
        options=WebOptions.of(common),
        page_context=pages.page_context,
        openapi_url="/api/forms/openapi.json",
        docs_url="/api/forms/docs",
    )
    app.state.intake = context
    meter = Meter(NAME)
    return Service(
        name=NAME,
        database=database,
        migrations=MIGRATIONS,
        app=app,
        meter=meter,
        context=context,
        consumer=Consumer(
            database=database,
            handlers=HANDLERS,
            context=context,
            meter=meter,
            gather=GATHER_SECONDS,
        ),
        checks=checks,
        jobs=JOBS,
    )


def build_context(
    database: Database, clock: Clock, settings: IntakeSettings, *, secret: str, limit_recipient: int
) -> IntakeContext:
    """Return what intake's handlers have in hand."""
    patience = timedelta(seconds=settings.ticket_patience_seconds)
    commits: GroupCommit[Submission, UUID] = GroupCommit(
        partial(_commit, database, patience),
        writers=1 if database.is_sqlite else WRITERS,
        is_hopeless=is_transient,
    )
    return IntakeContext(
        database=database,
        clock=clock,
        forms=FormsInForce(database),
        commits=commits,
        pressure=Pressure(
            database,
            outbox_oldest_seconds=settings.outbox_oldest_seconds,
            disk_free_mb=settings.disk_free_mb,
        ),
        secret=secret,
        limits=Limits(
            settings.hourly_limits(recipient=limit_recipient), database=database, clock=clock
        ),
        patience=patience,
    )


async def _commit(
    database: Database, patience: timedelta, submissions: Sequence[Submission]
) -> Sequence[UUID | Exception]:
    # Counting in limits is no part of what is written: a count that is there while its request is
    # not does no harm.
    has_keys = any(submission.key for submission in submissions)
    async with database.transaction(writes_once=not has_keys) as uow:
        return await submit_requests(uow, submissions=submissions, patience=patience)
