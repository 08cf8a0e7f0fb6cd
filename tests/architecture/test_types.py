"""mypy, strict, over everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.architecture.conftest import Plant
from tests.architecture.tools import run_tool


@pytest.mark.timeout(600)
def test_mypy_finds_nothing(repository: Path) -> None:
    done = run_tool(repository, "-m", "mypy")

    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(300)
def test_mypy_finds_planted_faults(repository: Path, tmp_path: Path, plant: Plant) -> None:
    shutil.copy(repository / "pyproject.toml", tmp_path)
    plant("services/wrong_type.py", "NUMBER: int = 'seven'\n")
    plant("services/untyped.py", "def double(number):\n    return number * 2\n")
    plant("services/bare.py", "NAMES: list = []\n")
    plant(
        "services/lost.py",
        "async def wait() -> None: ...\n\n\nasync def start() -> None:\n    wait()\n",
    )
    plant("shared/ignored.py", "NUMBER: int = 'seven'  # type: ignore\n")
    plant("tests/any.py", "import json\n\n\ndef number() -> int:\n    return json.loads('7')\n")
    plant("sportello", "number: int = 'seven'\n")

    done = run_tool(tmp_path, "-m", "mypy")

    assert done.returncode == 1
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    found = {(line.split(":")[0], line.rsplit("[")[-1].rstrip("]")) for line in errors}
    assert found == {
        ("services/wrong_type.py", "assignment"),
        ("services/untyped.py", "no-untyped-def"),
        ("services/bare.py", "type-arg"),
        ("services/lost.py", "unused-coroutine"),
        ("shared/ignored.py", "ignore-without-code"),
        ("tests/any.py", "no-any-return"),
        ("sportello", "assignment"),
    }


_TABLE = """
from collections.abc import Sequence
from shared.contracts.events.notify import DeliveryEvent, DeliverySent
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketEvent, TicketTaken
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers

async def on_ticket(
    place: str, uow: UnitOfWork, received: Sequence[Envelope[TicketEvent]]
) -> None: ...
async def on_taken(
    place: str, uow: UnitOfWork, received: Sequence[Envelope[TicketTaken]]
) -> None: ...
async def on_either(
    place: str, uow: UnitOfWork, received: Sequence[Envelope[TicketEvent | DeliveryEvent]]
) -> None: ...
async def at_another(
    place: int, uow: UnitOfWork, received: Sequence[Envelope[DeskApplied]]
) -> None: ...

TABLE: Handlers[str] = (
"""


@pytest.mark.timeout(300)
def test_mypy_accepts_handlers_of_the_same_class_and_of_a_base(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (
        "TicketEvent, on_ticket",
        "TicketTaken, on_taken",
        "TicketTaken, on_ticket",
        "DeliverySent, on_either",
    )
    table = tmp_path / "right_table.py"
    table.write_text(_table_of(rows))
    monkeypatch.setenv("MYPYPATH", str(tmp_path))

    done = run_tool(repository, "-m", "mypy", str(table))

    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(300)
def test_mypy_refuses_handlers_that_do_not_fit_their_event_or_their_service(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (
        "DeskApplied, on_ticket",
        "TicketEvent, on_taken",
        "DeskApplied, on_either",
        "str, on_ticket",
        "DeskApplied, at_another",
    )
    table = tmp_path / "wrong_table.py"
    table.write_text(_table_of(rows))
    monkeypatch.setenv("MYPYPATH", str(tmp_path))

    done = run_tool(repository, "-m", "mypy", str(table))

    first = _TABLE.count("\n") + 1
    refused = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error: " in line]
    assert set(refused) == {first + number for number in range(len(rows))}, done.stdout


def _table_of(rows: tuple[str, ...]) -> str:
    return _TABLE + "".join(f"    Handler({row}),\n" for row in rows) + ")\n"
