"""A whole intake on a database of its own, SQLite and PostgreSQL, with its bus not started."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Table, func, select

from services.intake.context import IntakeContext
from services.intake.main import MIGRATIONS, build
from services.intake.models import IdempotencyKeyRow, SubmissionRow
from shared.contracts.desk import Desk
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.routing import DeskApplied
from shared.contracts.people import Affiliation
from shared.core.settings import CommonSettings
from shared.database.database import Database
from shared.database.desk_copy import store_desk
from shared.database.migrate import migrate
from shared.database.tables import OutboxRow
from shared.runtime.bus import EmbeddedTransport
from shared.web.auth import Caller, Tokens
from tests.fixtures.described import checked
from tests.fixtures.migrated import MakeMigrated
from tests.unit.intake.small_desk import make_desk

SECRET = "a secret of the tests, long enough"


class SetClock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 9, 28, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Running:
    """Intake as its callers and the other services see it."""

    context: IntakeContext
    client: httpx.AsyncClient
    clock: SetClock
    app: Any

    @property
    def database(self) -> Database:
        return self.context.database

    async def apply(self, desk: Desk, *, version: int) -> None:
        async with self.database.transaction() as uow:
            await store_desk(
                uow, [DeskApplied(version=version, desk=desk, applied_at=self.clock.now())]
            )
        self.context.forms.forget()

    async def submissions(self) -> list[Any]:
        table = cast("Table", SubmissionRow.__table__)
        async with self.database.reading() as connection:
            return list(await connection.execute(select(table).order_by(table.c.id)))

    async def events(self) -> list[RequestSubmitted]:
        """What waits in the outbox, in order."""
        table = cast("Table", OutboxRow.__table__)
        async with self.database.reading() as connection:
            rows = list(
                await connection.execute(select(table.c.type, table.c.body).order_by(table.c.seq))
            )
        assert {row.type for row in rows} <= {RequestSubmitted.NAME}
        return [RequestSubmitted.model_validate_json(row.body) for row in rows]

    async def keys(self) -> int:
        table = cast("Table", IdempotencyKeyRow.__table__)
        async with self.database.reading() as connection:
            return int(
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            )

    async def wrote_nothing(self) -> bool:
        return (await self.submissions(), await self.events(), await self.keys()) == ([], [], 0)


def signed_in_as(affiliation: Affiliation, identity: str = "giulia.neri") -> dict[str, str]:
    """Headers of somebody who is signed in."""
    caller = Caller(
        identity=identity,
        name="Giulia Neri",
        email=f"{identity}@example.edu",
        affiliation=affiliation,
    )
    return {"Authorization": f"Bearer {Tokens(SECRET).sign(caller)}"}


def id_of(answer: httpx.Response) -> UUID:
    """The request id that an accepted request got."""
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["request_id"])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'intake.db'}"
    make: MakeMigrated = request.getfixturevalue("make_migrated_database")
    return make("intake", MIGRATIONS)


@asynccontextmanager
async def running(database_url: str) -> AsyncIterator[Running]:
    """Intake on an empty database, without a desk."""
    clock = SetClock()
    common = CommonSettings(
        intake_database_url=database_url, secret=SecretStr(SECRET), hosts="desk.example.edu"
    )
    service = build(common, EmbeddedTransport(), clock)
    await migrate(service.database, service.migrations)
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://desk.example.edu",
        headers={"Accept-Language": "en"},
        event_hooks=checked("intake"),
    ) as client:
        yield Running(service.context, client, clock, service.app)
    await service.database.close()


@pytest.fixture
async def bare_intake(database_url: str) -> AsyncIterator[Running]:
    """Intake without a desk."""
    async with running(database_url) as intake:
        yield intake


@pytest.fixture
async def intake(bare_intake: Running) -> Running:
    """Intake with the small desk in force, on each database."""
    await bare_intake.apply(make_desk(), version=1)
    return bare_intake


@pytest.fixture
async def sqlite_intake(tmp_path: Path) -> AsyncIterator[Running]:
    """The same on SQLite only, for what the database has no part in."""
    async with running(f"sqlite:///{tmp_path / 'intake.db'}") as intake:
        await intake.apply(make_desk(), version=1)
        yield intake
