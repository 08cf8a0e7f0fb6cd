"""A broker and a database that do not answer: alive, not ready, and able to say why."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from tests.fixtures.system import Town
from tests.installation.http import Answer, Connection
from tests.installation.program import Program
from tests.installation.waiting import eventually
from tests.servers.proxy import TcpProxy

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def proxied_broker(distributed_town: Town) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(distributed_town.installation.environment["SPORTELLO_BROKER_URL"]) as proxy:
        yield proxy


@pytest.fixture
async def proxied_database(distributed_town: Town) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(
        distributed_town.installation.environment["SPORTELLO_PORTAL_DATABASE_URL"]
    ) as proxy:
        yield proxy


@pytest.fixture
async def third_portal(
    distributed_town: Town, proxied_broker: TcpProxy, proxied_database: TcpProxy
) -> AsyncIterator[Program]:
    """One more portal, not started yet, which reaches its servers only through the proxies."""
    installation = distributed_town.installation
    settings = {
        "SPORTELLO_BROKER_URL": proxied_broker.url,
        "SPORTELLO_PORTAL_DATABASE_URL": proxied_database.url,
    }
    name = f"portal-{secrets.token_hex(3)}"
    program = Program(
        name,
        ["run", "portal"],
        folder=installation.folder,
        environment={**installation.environment, **settings},
    )
    yield program
    await asyncio.to_thread(program.kill)


async def test_a_broker_url_that_answers_nothing_is_said_in_a_sentence_and_overcome(
    third_portal: Program, proxied_broker: TcpProxy
) -> None:
    proxied_broker.hold()
    third_portal.start()

    said = await eventually(
        lambda: bus_sentence(third_portal, "does not answer"),
        what="readiness says that the broker does not answer",
    )
    alive = await ask(third_portal, "/health/live")
    page = await ask(third_portal, "/login")
    await proxied_broker.heal()
    await asyncio.to_thread(third_portal.wait_ready)

    assert said == f"the broker at 127.0.0.1:{port_of(proxied_broker)} does not answer"
    assert (alive.status, page.status) == (200, 200)
    assert "Traceback" not in third_portal.log_text()


async def test_a_broker_that_nobody_listens_for_is_said_in_a_sentence_and_overcome(
    third_portal: Program, proxied_broker: TcpProxy
) -> None:
    await proxied_broker.cut()
    third_portal.start()

    said = await eventually(
        lambda: bus_sentence(third_portal, "cannot be reached"),
        what="readiness says that there is no broker",
    )
    await proxied_broker.heal()
    await asyncio.to_thread(third_portal.wait_ready)

    assert said.startswith(f"the broker at 127.0.0.1:{port_of(proxied_broker)} cannot be reached: ")
    assert "Traceback" not in third_portal.log_text()


async def test_a_database_that_goes_away_turns_ready_red_and_never_live(
    third_portal: Program, proxied_database: TcpProxy
) -> None:
    third_portal.start()
    await asyncio.to_thread(third_portal.wait_ready)

    await proxied_database.cut()
    status, body = await eventually(lambda: red(third_portal), what="readiness is red")
    alive = await ask(third_portal, "/health/live")
    answer = await ask(third_portal, "/api/me")
    await proxied_database.heal()
    await asyncio.to_thread(third_portal.wait_ready)

    assert status == 503
    assert "the database of portal cannot be reached" in body["checks"]["database"]
    assert alive.status == 200
    assert answer.status == 401


async def bus_sentence(program: Program, words: str) -> str | None:
    status, body = await asyncio.to_thread(program.readiness)
    sentence: str = body.get("checks", {}).get("bus", "")
    assert status in (0, 503)
    return next((part for part in sentence.split("; ") if words in part), None)


async def red(program: Program) -> tuple[int, dict[str, dict[str, str]]] | None:
    status, body = await asyncio.to_thread(program.readiness)
    return (status, body) if status == 503 and body["checks"]["database"] != "ok" else None


async def ask(program: Program, path: str) -> Answer:
    async with Connection(program.url) as connection:
        return await connection.get(path)


def port_of(proxy: TcpProxy) -> str:
    return proxy.url.rsplit(":", 1)[1].split("/")[0]
