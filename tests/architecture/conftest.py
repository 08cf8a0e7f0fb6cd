"""Temporary trees in which the checks' tests plant faults."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Plant = Callable[[str, str], None]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes a file of a tree below `tmp_path`: its path and its text."""

    def write(path: str, text: str) -> None:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    return write


@pytest.fixture(scope="module")
def copied_code(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `services` and `shared`, Python only, with the settings of the tools; shared by the
    tests of a module.
    """
    root = tmp_path_factory.mktemp("code")

    def leave_out(folder: str, names: list[str]) -> list[str]:
        return [
            name for name in names if (Path(folder) / name).is_file() and not name.endswith(".py")
        ] + [
            "__pycache__",
            "vendor",
            "node_modules",
        ]

    for folder in ("services", "shared"):
        shutil.copytree(repository / folder, root / folder, ignore=leave_out)
    shutil.copy(repository / "pyproject.toml", root)
    return root
