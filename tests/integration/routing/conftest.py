"""routing on each database, without a bus: events are handed in, what it says is read from its
outbox.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.routing.consumers import on_tickets_without_queue
from services.routing.context import RoutingContext
from services.routing.main import MIGRATIONS
from services.routing.models import DecisionRow, DeskVersionRow
from services.routing.usecases import apply_desk
from shared.contracts.desk import Desk
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.events.tickets import TicketEvent
from shared.core.cause import Cause
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.migrate import migrate
from shared.database.tables import OutboxRow
from tests.factories.routing_tickets import NOW
from tests.fixtures.desk_files import load_desk
from tests.fixtures.migrated import MakeMigrated

OUTBOX: Any = OutboxRow.__table__
DECISIONS: Any = DecisionRow.__table__
VERSIONS: Any = DeskVersionRow.__table__


@pytest.fixture
def desk(repository: Path) -> Desk:
    """The example desk."""
    return load_desk(repository / "deploy" / "desk")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'routing.db'}"
    make: MakeMigrated = request.getfixturevalue("make_migrated_database")
    return make("routing", MIGRATIONS)


@dataclass
class Routing:
    """routing and its database.

    `not_ended` is how many tickets each queue has, as tickets would say; None: nobody may ask.
    """

    database: Database
    not_ended: dict[str, int] | None = None

    async def apply(self, desk: Desk) -> tuple[int, bool]:
        async with self.database.transaction() as uow:
            return await apply_desk(
                uow, desk=desk, now=NOW, cause=Cause.fresh(), count_not_ended=self.count_not_ended
            )

    async def count_not_ended(self) -> dict[str, int]:
        assert self.not_ended is not None
        return self.not_ended

    async def hear(self, *received: Envelope[TicketEvent]) -> None:
        async with self.database.transaction() as uow:
            await on_tickets_without_queue(RoutingContext(self.database), uow, received)

    async def rows(self, table: Any) -> Sequence[Any]:
        async with self.database.reading() as connection:
            return (
                await connection.execute(select(table).order_by(*table.primary_key.columns))
            ).all()

    async def said(self) -> list[Event]:
        """What routing has told others, in order."""
        return [
            EVENT_CLASSES[row.type].model_validate_json(row.body) for row in await self.rows(OUTBOX)
        ]


@pytest.fixture
async def routing(database_url: str) -> AsyncIterator[Routing]:
    """routing without a desk."""
    database = Database(database_url, service="routing")
    await migrate(database, MIGRATIONS)
    yield Routing(database)
    await database.close()
