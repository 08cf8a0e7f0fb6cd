"""ruff: how the code is written, and how it looks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.architecture.conftest import Plant
from tests.architecture.tools import run_tool


def test_ruff_finds_nothing(repository: Path) -> None:
    done = run_tool(repository, "-m", "ruff", "check", "--no-cache", "--output-format", "concise")

    assert done.returncode == 0, done.stdout


def test_every_file_is_formatted(repository: Path) -> None:
    done = run_tool(repository, "-m", "ruff", "format", "--no-cache", "--check")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("F401", "import os\n"),
        ("I001", "import sys\nimport os\n\nprint(os, sys)\n"),
        ("BLE001", "try:\n    print()\nexcept Exception:\n    pass\n"),
        ("DTZ005", "from datetime import datetime\n\nNOW = datetime.now()\n"),
        ("E501", f"LONG = '{'x' * 140}'\n"),
        ("FIX002", "# TODO: later\n"),
        ("T201", "print()\n"),
        ("TID252", "from . import other\n"),
        ("UP006", "from typing import List\n\nNAMES: List[str] = []\n"),
    ],
)
def test_ruff_finds_a_planted_fault(
    repository: Path, tmp_path: Path, plant: Plant, rule: str, fault: str
) -> None:
    shutil.copy(repository / "pyproject.toml", tmp_path)
    plant("services/tickets/planted.py", fault)

    done = run_tool(tmp_path, "-m", "ruff", "check", "--no-cache", "--output-format", "concise")

    assert done.returncode == 1
    assert f" {rule} " in done.stdout


def test_a_file_that_is_not_formatted_is_found(
    repository: Path, tmp_path: Path, plant: Plant
) -> None:
    shutil.copy(repository / "pyproject.toml", tmp_path)
    plant("services/tickets/planted.py", "NUMBERS = [1,2]\n")

    done = run_tool(tmp_path, "-m", "ruff", "format", "--no-cache", "--check")

    assert done.returncode == 1
    assert "services/tickets/planted.py" in done.stdout
    assert "1 file would be reformatted" in done.stdout
