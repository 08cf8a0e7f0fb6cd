"""The files of a repository as they lie there, without what is installed, built or cached."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

NOT_OURS = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
    "__pycache__",
    "node_modules",
    "var",
    "vendor",
    "vendor.new",
}
UNREADABLE = {".png", ".jpg", ".gif", ".ico", ".woff2", ".mo", ".pdf"}


def files(root: Path) -> Iterator[Path]:
    """Every file of ours below `root`, sorted."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info")
        )
        # In a second working tree of git `.git` is a file.
        yield from (Path(folder) / name for name in sorted(names) if name != ".git")


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Every text file of ours: its path relative to `root`, and its text."""
    for path in files(root):
        if path.suffix not in UNREADABLE:
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def python_texts(root: Path) -> Iterator[tuple[str, str]]:
    """Every Python file of ours, the launcher among them."""
    return (
        (path, text) for path, text in texts(root) if path.endswith(".py") or path == "sportello"
    )
