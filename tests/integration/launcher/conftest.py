"""A small copy of the repository with packages, an index, a node and an npm of its own, none of
which needs a network.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SHOW = """
import json, os, sys
from demo import VERSION
shown = {"module": "%s", "arguments": sys.argv[1:], "folder": os.getcwd(),
    "data": os.environ["SPORTELLO_DATA"], "demo": VERSION}
print(json.dumps(shown))
"""
NPM = """#!/bin/sh
echo "npm $*" >> "$CALLS"
[ -z "$NPM_WAITS" ] || read -r line < "$NPM_WAITS"
[ -z "$NPM_FAILS" ] || {
  echo "npm error $NPM_FAILS"
  echo "npm error A complete log of this run can be found in: npm.log"
  exit 1
}
"""
NODE = """#!/bin/sh
[ "$1" = --version ] && { echo "${NODE_VERSION:-v20.1.0}"; exit; }
echo "node $1" >> "$CALLS"
mkdir -p "$2" && echo built > "$2/page.css"
"""
# The same bytes, and so the same checksum, whenever a package is made.
A_DAY = (2026, 1, 1, 0, 0, 0)


@dataclass
class Copy:
    """The copied repository at `root`; `environment` is what its launcher is called with."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(
        self, *arguments: str, folder: Path | None = None, **settings: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "sportello"), *arguments],
            cwd=folder or self.root,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *arguments: str, folder: Path | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        started = self.start(*arguments, folder=folder, **settings)
        output, errors = started.communicate()
        return subprocess.CompletedProcess(arguments, started.returncode, output, errors)

    @property
    def calls(self) -> list[str]:
        """What node and npm were asked so far."""
        path = Path(self.environment["CALLS"])
        return path.read_text().splitlines() if path.exists() else []

    def offer(self, name: str, version: str, files: Mapping[str, str]) -> str:
        """Puts a package on the index and returns its line of a lock."""
        wheel = self.root / "index" / f"{name}-{version}-py3-none-any.whl"
        information = f"{name}-{version}.dist-info"
        contents = {
            **files,
            f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{information}/WHEEL": (
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            ),
        }
        record = "".join(
            f"{path},sha256={digest(text)},{len(text.encode())}\n"
            for path, text in contents.items()
        )
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in {
                **contents,
                f"{information}/RECORD": record + f"{information}/RECORD,,\n",
            }.items():
                archive.writestr(zipfile.ZipInfo(path, A_DAY), text)
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"

    def lock(self, *, version: str) -> None:
        """Locks the package `demo` at a version, and for the tests a runner beside it."""
        demo = self.offer("demo", version, {"demo.py": f"VERSION = '{version}'\n"})
        runner = self.offer(
            "pytest", "1.0", {"pytest/__init__.py": "", "pytest/__main__.py": SHOW % "pytest"}
        )
        (self.root / "requirements.lock").write_text(demo)
        (self.root / "requirements-test.lock").write_text(demo + runner)


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def make_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def fresh_clone(tmp_path: Path, repository: Path) -> Copy:
    """Nothing is installed yet."""
    root = tmp_path / "sportello with blanks"
    for folder in ("services", "index", "programs", "shared/web/assets"):
        (root / folder).mkdir(parents=True)
    shutil.copy(repository / "sportello", root)
    (root / "services" / "__init__.py").touch()
    (root / "services" / "__main__.py").write_text(SHOW % "services")
    for name in ("package.json", "package-lock.json", "build.mjs", "used.txt"):
        (root / "shared" / "web" / "assets" / name).write_text(name)
    make_program(root / "programs" / "npm", NPM)
    make_program(root / "programs" / "node", NODE)
    foreign = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "PYTHON", "NPM_"))
    }
    environment = {
        **foreign,
        "PATH": f"{root / 'programs'}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": (root / "index").as_uri(),
    }
    copy = Copy(root, environment)
    copy.lock(version="1.0")
    return copy


@pytest.fixture(scope="session")
def installed_once() -> dict[str, Path]:
    """Where the first test that wants an installed copy has left one for the others."""
    return {}


@pytest.fixture
def installed(
    fresh_clone: Copy, installed_once: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    """A copy that has started once."""
    if "venv" not in installed_once:
        first = fresh_clone.run("up")
        assert first.returncode == 0, first.stderr
        kept = tmp_path_factory.mktemp("installed")
        shutil.copytree(fresh_clone.root / ".venv", kept / "venv", symlinks=True)
        shutil.copytree(fresh_clone.root / "shared", kept / "shared")
        installed_once.update(venv=kept / "venv", shared=kept / "shared")
        Path(fresh_clone.environment["CALLS"]).unlink()
    else:
        shutil.copytree(installed_once["venv"], fresh_clone.root / ".venv", symlinks=True)
        shutil.copytree(installed_once["shared"], fresh_clone.root / "shared", dirs_exist_ok=True)
    return fresh_clone


MakeFifo = Callable[[str], Path]


@pytest.fixture
def make_fifo(tmp_path: Path) -> MakeFifo:
    """Makes a named pipe: a program that reads from it waits until somebody writes."""

    def make(name: str) -> Path:
        path = tmp_path / name
        os.mkfifo(path)
        return path

    return make
