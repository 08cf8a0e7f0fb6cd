"""What intake does about events, by the clock, and when it cannot go on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection

from services.intake.backpressure import Pressure
from services.intake.consumers import HANDLERS
from services.intake.jobs import JOBS, forget_keys, measure_pressure, publish_unanswered_requests
from services.intake.main import build
from services.intake.models import Base
from shared.contracts.events.base import Event
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import TicketCreated
from shared.contracts.people import Context, Requester
from shared.core.cause import Cause
from shared.core.clock import SystemClock
from shared.core.ids import derived_id, new_id
from shared.core.settings import CommonSettings
from shared.database.desk_copy import store_desk
from shared.database.envelope import Envelope
from shared.messaging.handlers import by_name
from shared.runtime.bus import EmbeddedTransport
from tests.integration.intake.conftest import Running, id_of
from tests.unit.intake.small_desk import make_desk, make_form

PATH = "/api/forms/simple/requests"
BODY: dict[str, Any] = {
    "requester": {"name": "Hugo Marchi", "email": "hugo.marchi@example.edu"},
    "fields": {"subject": "a", "description": "b", "consent": True},
    "context": {"origin": "faq"},
}
HUGO = Requester(name="Hugo Marchi", email="hugo.marchi@example.edu")
MORNING = datetime(2026, 9, 28, 8, tzinfo=UTC)


def created(request_id: UUID | None, number: str) -> TicketCreated:
    ticket = TicketState(
        id=derived_id("ticket", request_id or number),
        number=number,
        version=1,
        state="new",
        queue=None,
        hop_id=new_id(),
        priority=3,
        owner=None,
        responsible=None,
        last_owner=None,
        closed_by=None,
        requester=HUGO,
        request_type="simple",
        subject="a",
        fields={},
        context=Context(origin="faq"),
        language="it",
        created_at=MORNING,
        updated_at=MORNING,
    )
    return TicketCreated(ticket=ticket, request_id=request_id)


async def hear(intake: Running, events: Sequence[Event], *, is_replay: bool = False) -> None:
    """Hand `events` to their handler as one batch, in one transaction."""
    handler = by_name(HANDLERS)[events[0].NAME]
    received = [
        Envelope(new_id(), event.NAME, event, Cause.fresh(), MORNING, is_replay) for event in events
    ]
    async with intake.database.transaction() as uow:
        await handler.run(intake.context, uow, received)


async def status_of(intake: Running, request_id: UUID) -> tuple[str, str | None]:
    status = (await intake.client.get(f"/api/requests/{request_id}")).json()
    return status["status"], status["ticket_number"]


async def test_requests_learn_the_numbers_of_their_tickets(intake: Running) -> None:
    ids = [id_of(await intake.client.post(PATH, json=BODY)) for _ in range(3)]

    await hear(
        intake,
        [
            created(ids[0], "2026092810000016"),
            created(None, "2026092810000061"),
            created(ids[1], "2026092810000025"),
        ],
    )

    assert [await status_of(intake, request_id) for request_id in ids] == [
        ("ticketed", "2026092810000016"),
        ("ticketed", "2026092810000025"),
        ("received", None),
    ]


async def test_a_number_told_twice_or_for_a_request_of_another_time_changes_nothing(
    intake: Running,
) -> None:
    request_id = id_of(await intake.client.post(PATH, json=BODY))
    await hear(intake, [created(request_id, "2026092810000016")])

    await hear(intake, [created(request_id, "2026092810000016")], is_replay=True)
    await hear(intake, [created(new_id(), "2026092810000061")])
    await hear(intake, [created(None, "2026092810000071")])

    assert await status_of(intake, request_id) == ("ticketed", "2026092810000016")
    assert len(await intake.submissions()) == 1


async def test_a_request_that_became_another_ticket_after_a_restore_knows_the_new_number(
    intake: Running,
) -> None:
    request_id = id_of(await intake.client.post(PATH, json=BODY))
    await hear(intake, [created(request_id, "2026092810000016")])

    await hear(intake, [created(request_id, "2026092810000025")])

    assert await status_of(intake, request_id) == ("ticketed", "2026092810000025")


async def test_a_new_desk_changes_the_forms_at_once_and_an_older_one_does_not(
    intake: Running,
) -> None:
    newer = make_desk(fresh=make_form())
    await hear(intake, [DeskApplied(version=3, desk=newer, applied_at=MORNING)])
    after_newer = [form["slug"] for form in (await intake.client.get("/api/forms")).json()["items"]]

    await hear(intake, [DeskApplied(version=2, desk=make_desk(), applied_at=MORNING)])
    after_older = [form["slug"] for form in (await intake.client.get("/api/forms")).json()["items"]]

    assert after_newer == after_older == ["fresh"]
    assert (await intake.client.post(PATH, json=BODY)).status_code == 404


async def test_the_forms_keep_the_order_of_the_desk(intake: Running) -> None:
    slugs = ["zeta", "a-very-long-name-indeed", "b", "alpha"]
    await hear(
        intake,
        [
            DeskApplied(
                version=2,
                desk=make_desk(**{slug: make_form() for slug in slugs}),
                applied_at=MORNING,
            )
        ],
    )

    assert [
        form["slug"] for form in (await intake.client.get("/api/forms")).json()["items"]
    ] == slugs


async def test_a_desk_applied_by_another_process_is_noticed_within_a_second(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 100.0
    monkeypatch.setattr(intake.context.forms, "_clock", lambda: moment)
    intake.context.forms.forget()
    before = await intake.context.forms.get()
    async with intake.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=2, desk=make_desk(), applied_at=MORNING)])

    moment = 100.9
    still = await intake.context.forms.get()
    moment = 101.0
    afterwards = await intake.context.forms.get()

    assert (before.version, still.version, afterwards.version) == (1, 1, 2)


async def test_keys_are_forgotten_after_seven_days_and_not_before(intake: Running) -> None:
    headers = {"Idempotency-Key": "key-1"}
    first = id_of(await intake.client.post(PATH, json=BODY, headers=headers))

    intake.clock.advance(days=7)
    kept = await forget_keys(intake.context)
    repeated = id_of(await intake.client.post(PATH, json=BODY, headers=headers))
    intake.clock.advance(seconds=1)
    await forget_keys(intake.context)
    again = id_of(await intake.client.post(PATH, json=BODY, headers=headers))

    assert kept is False
    assert repeated == first
    assert again != first
    assert len(await intake.submissions()) == 2


async def test_many_old_keys_are_forgotten_some_at_a_time(
    sqlite_intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.usecases.requests._KEYS_AT_ONCE", 2)
    for number in range(3):
        id_of(
            await sqlite_intake.client.post(
                PATH, json=BODY, headers={"Idempotency-Key": f"key-{number}"}
            )
        )
    sqlite_intake.clock.advance(days=8)

    rounds = [await forget_keys(sqlite_intake.context) for _ in range(2)]

    assert rounds == [True, False]
    assert await sqlite_intake.keys() == 0
    assert [job.run for job in JOBS] == [forget_keys, publish_unanswered_requests, measure_pressure]


async def test_while_requests_cannot_be_passed_on_none_is_accepted(intake: Running) -> None:
    id_of(await intake.client.post(PATH, json=BODY))

    intake.clock.advance(seconds=901)
    await measure_pressure(intake.context)
    refused = await intake.client.post(PATH, json=BODY)
    async with intake.database.transaction() as uow:
        await uow.connection.exec_driver_sql("delete from outbox")
    await measure_pressure(intake.context)
    accepted = await intake.client.post(PATH, json=BODY)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    assert refused.json()["type"] == "urn:sportello:problem:unavailable"
    assert accepted.status_code == 202
    assert len(await intake.submissions()) == 2


async def test_with_a_nearly_full_disk_nothing_is_accepted(sqlite_intake: Running) -> None:
    pressure = Pressure(sqlite_intake.database, outbox_oldest_seconds=900, disk_free_mb=10**9)
    sqlite_intake.app.state.intake = replace(sqlite_intake.context, pressure=pressure)
    await pressure.measure()

    refused = await sqlite_intake.client.post(PATH, json=BODY)

    assert refused.status_code == 503
    assert await sqlite_intake.wrote_nothing()


async def test_a_database_that_is_away_is_503_and_readiness_says_so() -> None:
    url = "postgresql://nobody@127.0.0.1:9/none"
    common = CommonSettings(
        intake_database_url=url, secret=SecretStr("x" * 32), hosts="desk.example.edu"
    )
    service = build(common, EmbeddedTransport(), SystemClock())
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example.edu") as client:
        answers = [
            await client.get("/api/forms"),
            await client.post(PATH, json=BODY),
            await client.get(f"/api/requests/{new_id()}"),
        ]
        ready = await client.get("/health/ready")
    await service.database.close()

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [
        (503, "5")
    ] * 3
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"].startswith("the database of intake cannot be reached")


async def test_the_migrations_make_what_the_models_say(intake: Running) -> None:
    def differences(connection: Connection) -> list[Any]:
        own = set(Base.metadata.tables)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, type_, parents: type_ != "table" or name in own,
                "compare_type": True,
            },
        )
        return list(compare_metadata(context, Base.metadata))

    async with intake.database.reading() as connection:
        assert await connection.run_sync(differences) == []
