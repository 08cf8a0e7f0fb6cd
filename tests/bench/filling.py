"""Puts many made-up tickets into a portal's database at once, past all services."""

from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import JSON, Table

from services.portal.projection.repository import ARTICLES, DELIVERIES, HISTORY, TICKETS, WORDS
from shared.database.bulk import insert_rows
from shared.database.database import Database
from shared.database.sqlite import dump_json
from tests.bench.lives import Life

AT_ONCE = 2_000
"""Tickets that are made, held in memory and written together."""

Rows = dict[Table, list[dict[str, Any]]]


async def fill(url: str, lives: Iterable[Life]) -> dict[str, int]:
    """Write `lives` into the portal's database at `url`; return how many rows each table got.

    PostgreSQL's figures about its tables, and what it knows of full pages, are brought up to date
    at the end as autovacuum would do it.
    """
    rest = iter(lives)
    written = dict.fromkeys(("tickets", "articles", "history", "deliveries"), 0)
    while batch := list(islice(rest, AT_ONCE)):
        rows: Rows = {
            TICKETS: [life.ticket for life in batch],
            ARTICLES: [row for life in batch for row in life.articles],
            HISTORY: [row for life in batch for row in life.history],
            DELIVERIES: [row for life in batch for row in life.deliveries],
        }
        await (
            _insert(url, rows) if urlsplit(url).scheme.startswith("sqlite") else _copy(url, rows)
        )
        # PostgreSQL's driver cannot copy words.
        await _insert(url, {WORDS: [life.words for life in batch]})
        for table, added in rows.items():
            written[table.name] += len(added)
    if not urlsplit(url).scheme.startswith("sqlite"):
        await _tidy(url)
    return written


async def _copy(url: str, rows: Rows) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table, added in rows.items():
            columns = list(added[0])
            documents = {name for name in columns if isinstance(table.c[name].type, JSON)}
            await connection.copy_records_to_table(
                table.name,
                columns=columns,
                records=[
                    tuple(_stored(value, name in documents) for name, value in row.items())
                    for row in added
                ],
            )
    finally:
        await connection.close()


def _stored(value: Any, is_document: bool) -> Any:
    return dump_json(value) if is_document and value is not None else value


async def _insert(url: str, rows: Rows) -> None:
    database = Database(url, service="portal")
    try:
        async with database.transaction() as uow:
            for table, added in rows.items():
                await insert_rows(uow.connection, table, added)
    finally:
        await database.close()


async def _tidy(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table in (TICKETS, WORDS, ARTICLES, HISTORY, DELIVERIES):
            await connection.execute(f"vacuum (analyze) {table.name}")
    finally:
        await connection.close()
