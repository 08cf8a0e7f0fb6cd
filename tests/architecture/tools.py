"""The linters, called as a person would, from the root of a repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_tool(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs `python COMMAND...` in `root`; its output and errors are joined in `stdout`."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(root),
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "TERM": "dumb",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs import-linter in `root` and keeps no cache there."""
    start = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return run_tool(root, "-c", start, "--no-logo", "--no-cache", *options)
