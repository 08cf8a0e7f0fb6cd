"""`desk check` and `desk apply`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.installation.installation import Installation
from tests.integration.command_line.conftest import Call, Run


@pytest.fixture
def desk(repository: Path, tmp_path: Path) -> Path:
    """A copy of the example desk."""
    return Path(shutil.copytree(repository / "deploy" / "desk", tmp_path / "desk"))


def spoil(desk: Path, file: str, old: str, new: str) -> int:
    """Replace a text in a file of the desk; return its line."""
    path = desk / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_example_desk_is_well(call: Call, desk: Path) -> None:
    done = call("desk", "check", str(desk))

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{desk}: all is well (10 queues, 11 operators, 9 forms)\n"


def test_every_mistake_is_told_with_file_and_line_and_what_was_expected(call: Call, desk: Path) -> None:
    default = spoil(desk, "desk.yaml", "default_queue: ict\n", "default_queue: nessuna\n")
    zone = spoil(desk, "desk.yaml", "timezone: Europe/Rome\n", "timezone: Europe/Atlantis\n")

    done = call("desk", "check", str(desk))

    assert (done.exit_code, done.stdout) == (1, "")
    told = done.stderr.splitlines()
    assert len(told) == 2
    assert [line for line in told if line.startswith(f"{desk / 'desk.yaml'}:{default}:") and "nessuna" in line and "expected" in line]
    assert [line for line in told if line.startswith(f"{desk / 'desk.yaml'}:{zone}:") and "Europe/Atlantis" in line and "expected" in line]


def test_a_file_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    done = call("desk", "check", str(tmp_path / "nessuno.yaml"))

    assert (done.exit_code, done.stdout) == (1, "")
    assert str(tmp_path / "nessuno.yaml") in done.stderr


def test_a_desk_is_applied_to_a_stopped_installation_and_is_in_force_when_it_starts(run: Run, desk: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "state")

    first = run("desk", "apply", str(desk), "--data", data)
    again = run("desk", "apply", str(desk), "--data", data)

    assert (first.returncode, first.stdout) == (0, "desk version 1 applied\n")
    assert (again.returncode, again.stdout) == (0, "desk version 1 is in force already\n")


def test_a_broken_desk_is_not_applied(run: Run, desk: Path, tmp_path: Path) -> None:
    line = spoil(desk, "desk.yaml", "default_queue: ict\n", "default_queue: nessuna\n")

    done = run("desk", "apply", str(desk), "--data", str(tmp_path / "state"))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"desk.yaml:{line}:" in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_desk_is_applied_to_a_running_installation(running: Installation, desk: Path) -> None:
    spoil(desk, "desk.yaml", "  en: University of Esempio\n", "  en: University of Somewhere\n")

    done = running.command("desk", "apply", str(desk))

    assert (done.returncode, done.stdout) == (0, "desk version 2 applied\n")
