"""The bench sees tickets come without asking the program that it measures."""

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from tests.bench import seeing
from tests.bench.seeing import Seeing


@pytest.fixture
def portal_file(tmp_path: Path) -> Path:
    path = tmp_path / "portal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table tickets (id text primary key, number text, queue text)")
    return path


def write(path: Path, statement: str, *values: str | None) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)


async def test_a_ticket_is_seen_once_it_is_in_a_queue(portal_file: Path) -> None:
    ticket_id = uuid4()

    async with Seeing(f"sqlite:///{portal_file}") as watched:
        waiting = asyncio.create_task(watched.number_of(ticket_id))
        write(portal_file, "insert into tickets values (?, '17', null)", ticket_id.hex)
        await asyncio.sleep(seeing.LOOK_SECONDS * 4)
        was_seen = waiting.done()
        write(portal_file, "update tickets set queue = 'studenti'")
        number = await waiting

    assert (was_seen, number) == (False, "17")


async def test_what_never_comes_is_given_up(
    portal_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeing, "PATIENCE", 0.02)

    async with Seeing(f"sqlite:///{portal_file}") as watched:
        with pytest.raises(TimeoutError):
            await watched.number_of(uuid4())
