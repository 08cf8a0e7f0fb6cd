"""Who is there: said while operators listen, and soon after one more comes."""

from typing import Any

import pytest
from sqlalchemy import text

from services.portal import usecases
from services.portal.context import PortalContext
from services.portal.live.hub import Hub
from services.portal.live.listeners import Topic
from services.portal.usecases import say_who_is_there
from shared.contracts.events.portal import OperatorsPresent
from shared.database.database import Database
from tests.factories.portal_desk import make_person

LISTS = Topic("lists")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for."""
    monkeypatch.setattr(usecases, "GATHER_SECONDS", 0)


async def said(database: Database) -> list[tuple[str, ...]]:
    async with database.reading() as connection:
        rows: Any = await connection.execute(text("select type, body from outbox order by seq"))
        return [
            OperatorsPresent.model_validate_json(row.body).operators
            for row in rows
            if row.type == OperatorsPresent.NAME
        ]


async def test_operators_who_listen_are_named_once_and_nobody_else(
    portal: PortalContext, hub: Hub, database: Database
) -> None:
    for identity in ("bruno.galli", "anna.ferri", "giulia.neri", "anna.ferri"):
        hub.join(make_person(identity), LISTS)

    again = await say_who_is_there(portal)

    assert again is False
    assert await said(database) == [("anna.ferri", "bruno.galli")]


async def test_while_nobody_is_there_nothing_is_said(
    portal: PortalContext, hub: Hub, database: Database
) -> None:
    await say_who_is_there(portal)
    hub.join(make_person("giulia.neri"), LISTS)
    await say_who_is_there(portal)
    hub.leave(hub.join(make_person("anna.ferri"), LISTS))
    await say_who_is_there(portal)

    assert await said(database) == []


async def test_one_more_wakes_the_job_and_who_only_turns_a_page_does_not(
    portal: PortalContext, hub: Hub
) -> None:
    anna = hub.join(make_person("anna.ferri"), LISTS)
    assert hub.somebody_came.is_set()
    await say_who_is_there(portal)
    assert not hub.somebody_came.is_set()

    hub.leave(anna)
    hub.join(make_person("anna.ferri"), Topic("ticket", "1"))
    assert not hub.somebody_came.is_set()

    hub.join(make_person("bruno.galli"), LISTS)
    assert hub.somebody_came.is_set()
