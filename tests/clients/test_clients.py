"""Clients that strangers generate from the documents under deploy/api go through one ticket's
life.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.build_hook import load_launcher
from tests.fixtures.described import FOLDER

HERE = Path(__file__).parent
LIVED = re.compile(r"[0-9]{16} closed_successful\n")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a program that must succeed; return what it prints."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_python_client_goes_through_one_tickets_life(address: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    for name in ("intake", "portal"):
        run(
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--path", FOLDER / f"{name}.json", "--config", "config.yaml"),
            *("--meta", "none", "--output-path", f"sportello_{name}"),
            cwd=tmp_path,
        )

    said = run(
        sys.executable,
        HERE / "programs" / "one_ticket.py",
        address,
        cwd=tmp_path,
        PYTHONPATH=str(tmp_path),
    )

    assert LIVED.fullmatch(said)


@pytest.fixture
def typescript(tmp_path: Path, repository: Path) -> tuple[Path, str]:
    """A folder with the generator and the checker of types, and node."""
    launcher = load_launcher(repository)
    node, npm = launcher.find_node() or launcher.install_node()
    folder = tmp_path / "typescript"
    shutil.copytree(HERE / "typescript", folder)
    run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    return folder, node


def test_a_typescript_client_is_sound_and_goes_through_one_tickets_life(
    address: str, typescript: tuple[Path, str]
) -> None:
    folder, node = typescript
    modules = folder / "node_modules"
    for name in ("intake", "portal"):
        run(
            node,
            modules / "openapi-typescript" / "bin" / "cli.js",
            FOLDER / f"{name}.json",
            "--output",
            f"{name}.ts",
            cwd=folder,
        )
    run(node, modules / "typescript" / "bin" / "tsc", cwd=folder)

    said = run(node, "built/one_ticket.js", address, cwd=folder)

    assert LIVED.fullmatch(said)
