"""routing put together: what it hears is what the bus brings it, and it is ready once it has a
desk.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.routing.main import build
from services.routing.usecases import apply_desk
from shared.contracts.desk import Desk
from shared.core.cause import Cause
from shared.core.clock import SystemClock
from shared.core.settings import CommonSettings
from shared.database.migrate import migrate
from shared.runtime.bus import EmbeddedTransport
from shared.runtime.composition import Service
from shared.runtime.together import wait_ready


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    bus = EmbeddedTransport()
    service = build(CommonSettings(data=tmp_path, secret=SecretStr("x" * 32)), bus, SystemClock())
    await migrate(service.database, service.migrations)
    bus.join(service.database, meter=service.meter)
    yield service
    await service.database.close()


async def count_nothing() -> dict[str, int]:
    return {}


async def ready(service: Service) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service.app), base_url="http://routing"
    ) as client:
        return await client.get("/health/ready")


async def test_it_is_ready_once_it_has_a_desk(service: Service, desk: Desk) -> None:
    before = await ready(service)
    async with service.database.transaction() as uow:
        await apply_desk(
            uow, desk=desk, now=uow.now, cause=Cause.fresh(), count_not_ended=count_nothing
        )

    after = await ready(service)

    assert before.status_code == 503
    assert "no desk has been applied yet" in before.text
    assert after.status_code == 200


async def test_what_keeps_it_from_being_ready_is_told_once_until_it_is_ready(
    service: Service, desk: Desk
) -> None:
    told: list[str] = []
    is_told = asyncio.Event()

    def tell(sentence: str) -> None:
        told.append(sentence)
        is_told.set()

    waiting = asyncio.create_task(wait_ready([service], tell=tell, patience=0.0))
    await is_told.wait()
    async with service.database.transaction() as uow:
        await apply_desk(
            uow, desk=desk, now=uow.now, cause=Cause.fresh(), count_not_ended=count_nothing
        )
    await waiting

    assert told == [
        (
            "not ready yet: routing: no desk has been applied yet; expected `./sportello desk "
            "apply "
            "PATH`"
        )
    ]
