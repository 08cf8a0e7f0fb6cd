"""notify on each database, with a clock that the test moves and a sender or server of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.notify.commands import COMMANDS
from services.notify.consumers import on_desk_applied, on_ticket_event
from services.notify.context import NotifyContext
from services.notify.mail.templates.values import Pages
from services.notify.main import MIGRATIONS, build_context
from services.notify.models import DeliveryRow, NoticeRow
from services.notify.ports import MailSender
from services.notify.settings import NotifySettings
from shared.contracts.commands.base import Command, Outcome
from shared.contracts.desk import Desk
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.events.notify import DeliveryEvent
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketEvent
from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.migrate import migrate
from shared.database.tables import OutboxRow
from shared.messaging.commands import DEADLINE, CommandRequest, CommandServer
from shared.observability.metrics import Meter
from tests.factories.mails import NOON, StandingClock, make_desk
from tests.fakes.mail_sender import FakeMailSender
from tests.fixtures.migrated import MakeMigrated
from tests.integration.notify.said import Mailed, Raised, notices_in

DELIVERIES: Any = DeliveryRow.__table__
NOTICES: Any = NoticeRow.__table__
OUTBOX: Any = OutboxRow.__table__
PUBLIC_URL = "https://help.example.edu"
PAGES = Pages(public_url=PUBLIC_URL, secret="a secret of the tests")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'notify.db'}"
    make: MakeMigrated = request.getfixturevalue("make_migrated_database")
    return make("notify", MIGRATIONS)


@pytest.fixture
async def database(database_url: str, clock: StandingClock) -> AsyncIterator[Database]:
    """notify's database, up to date and without a desk."""
    opened = Database(database_url, service="notify", clock=clock)
    await migrate(opened, MIGRATIONS)
    yield opened
    await opened.close()


@dataclass
class Notify:
    """notify without a bus: events are handed in, what it says is read from its outbox."""

    database: Database
    context: NotifyContext

    async def apply_desk(self, desk: Desk, *, version: int = 1) -> None:
        async with self.database.transaction() as uow:
            await on_desk_applied(
                self.context,
                uow,
                [_received(DeskApplied(version=version, desk=desk, applied_at=NOON))],
            )

    async def hear(self, *events: TicketEvent, is_replay: bool = False) -> None:
        async with self.database.transaction() as uow:
            await on_ticket_event(
                self.context, uow, [_received(event, is_replay=is_replay) for event in events]
            )

    async def send_all_due(self) -> None:
        while await self.context.dispatcher.send_due():
            pass

    async def ledger(self) -> Sequence[Any]:
        """All rows, in the order in which they were queued."""
        async with self.database.reading() as connection:
            return (
                await connection.execute(
                    select(DELIVERIES).order_by(DELIVERIES.c.queued_at, DELIVERIES.c.sequence)
                )
            ).all()

    async def states(self) -> list[str]:
        return [row.state for row in await self.ledger()]

    async def notices(self) -> Sequence[Any]:
        """All rows of the ledger of notices, by ticket, version and operator."""
        order = (NOTICES.c.number, NOTICES.c.ticket_version, NOTICES.c.operator)
        async with self.database.reading() as connection:
            return (await connection.execute(select(NOTICES).order_by(*order))).all()

    async def ask(self, command: Command) -> Outcome:
        """What notify answers to `command`."""
        server = CommandServer(
            database=self.database, commands=COMMANDS, context=self.context, meter=Meter("notify")
        )
        deadline = self.database.clock.now() + DEADLINE
        request = CommandRequest(
            new_id(), command.NAME, command.model_dump_json().encode(), deadline, Cause.fresh()
        )
        return (await server.answer(request)).outcome

    async def said_all(self) -> list[Event]:
        """What notify has told others, in order."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).all()
        return [EVENT_CLASSES[row.type].model_validate_json(row.body) for row in rows]

    async def said(self) -> list[DeliveryEvent]:
        """What notify has told about mails to requesters, in order."""
        return [event for event in await self.said_all() if isinstance(event, DeliveryEvent)]

    async def told(self) -> list[Raised | Mailed]:
        """What notify has told about notices, in order."""
        return notices_in(await self.said_all())


def _received(event: Any, *, is_replay: bool = False) -> Envelope[Any]:
    message_id: UUID = new_id()
    return Envelope(message_id, event.NAME, event, Cause(new_id(), message_id), NOON, is_replay)


MakeNotify = Callable[..., Notify]


@pytest.fixture
def make_notify(database: Database) -> MakeNotify:
    """Makes a notify that sends with `sender`; further ones on the same database stand for further
    processes.
    """

    def make(
        sender: MailSender, *, is_alone: bool = False, limit_recipient: int = 10, **settings: Any
    ) -> Notify:
        settings = {"gather": 0.0, "gather_new": 0.0, "operators_pause": 0.0, **settings}
        context = build_context(
            database,
            sender,
            NotifySettings(**settings),
            pages=PAGES,
            is_alone=is_alone,
            limit_recipient=limit_recipient,
        )
        return Notify(database, context)

    return make


@pytest.fixture
async def with_desk(database: Database, make_notify: MakeNotify) -> None:
    """The desk is in force."""
    await make_notify(FakeMailSender()).apply_desk(make_desk())
