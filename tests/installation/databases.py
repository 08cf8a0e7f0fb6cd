"""What the databases of an installation say, read directly and past all of its code."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

Row = dict[str, Any]


class Databases:
    """The database of each service, by URL (`sqlite:///path` or `postgresql://...`)."""

    def __init__(self, urls: Mapping[str, str], *, drop: Callable[[], None] = lambda: None) -> None:
        """`drop` removes them all; a folder's files go with the folder."""
        self.urls = urls
        self.drop = drop

    async def rows(self, service: str, query: str) -> list[Row]:
        """Run one query, the same on both kinds.

        Ids come as 32 hex digits, JSON as its text, moments as the driver has them.
        """
        url = self.urls[service]
        if url.startswith("sqlite:"):
            return await asyncio.to_thread(_sqlite_rows, Path(urlsplit(url).path[1:]), query)
        connection = await asyncpg.connect(url, timeout=30)
        try:
            found = await connection.fetch(query)
        finally:
            await connection.close()
        return [{name: _plain(value) for name, value in row.items()} for row in found]

    async def change(self, service: str, statement: str) -> None:
        """Run one statement that changes rows, the same on both kinds."""
        url = self.urls[service]
        if url.startswith("sqlite:"):
            await asyncio.to_thread(_sqlite_change, Path(urlsplit(url).path[1:]), statement)
        else:
            await self.rows(service, statement)

    async def value(self, service: str, query: str) -> Any:
        """The one value of one row."""
        (row,) = await self.rows(service, query)
        (value,) = row.values()
        return value


def _sqlite_rows(path: Path, query: str) -> list[Row]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


def _sqlite_change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, timeout=30)
    try:
        with connection:
            connection.execute(statement)
    finally:
        connection.close()


def _plain(value: object) -> object:
    return value.hex if isinstance(value, UUID) else value
