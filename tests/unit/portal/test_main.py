"""The portal as it is put together for the runtime."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.portal.context import PortalContext
from services.portal.live.listeners import Topic
from services.portal.main import build
from shared.contracts.events.routing import DeskApplied
from shared.core.clock import SystemClock
from shared.core.settings import CommonSettings
from shared.database.migrate import migrate
from shared.runtime.bus import EmbeddedTransport
from shared.runtime.composition import Service
from shared.web.errors import Unavailable
from shared.web.health import readiness
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import MORNING, make_created, make_message


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    service = build(
        CommonSettings(data=tmp_path, secret="a secret of the test"),
        EmbeddedTransport(),
        SystemClock(),
    )
    await migrate(service.database, service.migrations)
    yield service
    await service.database.close()


async def test_it_is_not_ready_before_a_desk_is_applied(service: Service) -> None:
    before = await readiness(service.checks)
    await service.consumer.apply(
        [make_message(DeskApplied(version=1, desk=make_example_desk(), applied_at=MORNING))]
    )
    after = await readiness(service.checks)

    assert {name for name, sentence in before.items() if sentence} == {"desk"}
    assert {name for name, sentence in after.items() if sentence} == set()


async def test_what_is_consumed_wakes_the_job_that_tells_the_browsers(service: Service) -> None:
    await service.consumer.apply(
        [make_message(DeskApplied(version=1, desk=make_example_desk(), applied_at=MORNING))]
    )
    portal: PortalContext = service.context
    listener = portal.hub.join(make_person("anna.ferri"), Topic("lists"))
    (job,) = [job for job in service.jobs if job.name == "deliver_changes"]
    assert job.wake is not None
    wake: asyncio.Event = job.wake(portal)
    assert not wake.is_set()

    await service.consumer.apply([make_message(make_created(1))])

    assert wake.is_set()
    assert await job.run(portal) is True
    assert listener.take() == ["queues"]


def test_the_description_of_the_api_says_how_people_without_an_account_come_in(
    service: Service,
) -> None:
    about = service.app.openapi()["info"]["description"]

    assert [
        call
        for call in ("GET /requests/{token}", "/reply", "/withdraw", "POST /requests/link")
        if call not in about
    ] == []


async def test_stopping_ends_the_streams(service: Service) -> None:
    portal: PortalContext = service.context
    for hook in service.on_stop:
        await hook()

    with pytest.raises(Unavailable):
        portal.hub.join(make_person("anna.ferri"), Topic("lists"))
