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
    plant("services/lost.py", "async def wait() -> None: ...\n\n\nasync def start() -> None:\n    wait()\n")
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
