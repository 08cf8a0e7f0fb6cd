"""The state folder is closed to everybody but the user who runs Sportello."""

import os
import stat
from pathlib import Path

from typer.testing import CliRunner

from services.__main__ import cli
from services.cli.folders import lock_state_folder


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of everything in `folder` and of itself (`.`), by name."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


def test_what_a_command_makes_is_read_by_its_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "below" / "state"
    before = os.umask(0)
    try:
        done = CliRunner().invoke(cli, ["migrate", "--data", str(data)])
        lock_state_folder(data).release()
    finally:
        os.umask(before)

    made = modes(data)
    assert done.exit_code == 0
    assert {"intake.db", "tickets.db", "routing.db", "notify.db", "portal.db"} <= set(made)
    assert {
        name: oct(mode) for name, mode in made.items() if mode != (0o700 if name == "." else 0o600)
    } == {}


def test_a_folder_that_was_open_is_closed_with_what_is_in_it(tmp_path: Path) -> None:
    data = tmp_path / "state"
    (data / "mail").mkdir(parents=True)
    (data / "notes").mkdir()
    for name in ("secret", "tickets.db", "tickets.db-wal", "mail/one.eml", "notes/mine.txt"):
        (data / name).write_text("x")
        (data / name).chmod(0o644)
    data.chmod(0o755)

    lock_state_folder(data).release()

    found = modes(data)
    assert {name: found[name] for name in (".", "mail")} == {".": 0o700, "mail": 0o700}
    assert {
        found[name] for name in ("secret", "tickets.db", "tickets.db-wal", "mail/one.eml", "lock")
    } == {0o600}
    assert found["notes/mine.txt"] == 0o644


def test_a_folder_that_is_everybodys_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)

    done = CliRunner().invoke(cli, ["migrate", "--data", str(shared)])

    assert (done.exit_code, done.stderr) == (
        1,
        f"the folder {shared} is everybody's; give one of its own with --data\n",
    )
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert list(shared.iterdir()) == []
