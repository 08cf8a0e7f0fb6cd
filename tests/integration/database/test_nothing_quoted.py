"""A fault of the database is told without what was to be stored: neither the statement's values nor
the row in the way.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from shared.core.error_text import error_text, traced
from shared.database.bulk import insert_rows
from shared.database.database import Database
from shared.database.prepared import Prepared
from shared.observability.logs import LibraryLines
from tests.integration.database.things import NUMBERED, THINGS

PLANTED = ("Ludovica Planted", "ludovica.planted@example.edu", "my grandmother is ill")


async def _unique(database: Database) -> None:
    for _ in range(2):
        async with database.transaction() as uow:
            await uow.connection.execute(insert(NUMBERED).values(name=PLANTED[0]))


async def _unique_of_many(database: Database) -> None:
    async with database.transaction() as uow:
        await insert_rows(
            uow.connection, NUMBERED, [{"name": PLANTED[1]}, {"name": PLANTED[1]}], key=("name",)
        )


async def _missing(database: Database) -> None:
    async with database.transaction() as uow:
        await insert_rows(
            uow.connection,
            THINGS,
            [{"id": uuid4(), "version": None, "name": PLANTED[2], "facts": {"who": PLANTED[0]}}],
        )


async def _wrong_kind(database: Database) -> None:
    async with database.reading() as connection:
        await Prepared(select(THINGS.c.id).where(THINGS.c.version == text(":version"))).rows(
            connection, version={"who": PLANTED[0]}
        )


async def _no_such_column(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(
            text("insert into things (nothing) values (:it)"), {"it": PLANTED[2]}
        )


FAULTS: Sequence[Callable[[Database], Awaitable[None]]] = (
    _unique,
    _unique_of_many,
    _missing,
    _wrong_kind,
    _no_such_column,
)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_quotes_nobody(
    fault: Callable[[Database], Awaitable[None]], database: Database
) -> None:
    with pytest.raises(Exception) as caught:
        await fault(database)

    error: Any = caught.value
    record = logging.LogRecord(
        "library", logging.ERROR, __file__, 1, "it failed: %s", (error,), (type(error), error, None)
    )
    told = "\n".join([error_text(error), traced(error), LibraryLines().format(record)])
    assert [planted for planted in PLANTED if planted in told] == []
    assert error_text(error).startswith(type(error).__name__)
