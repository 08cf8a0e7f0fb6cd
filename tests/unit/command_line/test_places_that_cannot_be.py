"""Files and folders that the command line cannot use end it with a sentence, never with a stack
trace.
"""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import cli


@pytest.fixture
def in_the_way(tmp_path: Path) -> Path:
    """A path below a file, where nothing can be."""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "below"


@pytest.mark.parametrize("command", [["up"], ["migrate"], ["dead-letters", "list"]])
def test_a_state_folder_that_cannot_be_made_is_told(command: list[str], in_the_way: Path) -> None:
    done = CliRunner().invoke(cli, [*command, "--data", str(in_the_way)])

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"the state folder {in_the_way} cannot be made: Not a directory; give another one with "
        f"--data\n"
    )


def test_a_picture_that_cannot_be_written_is_told(in_the_way: Path) -> None:
    done = CliRunner().invoke(cli, ["lifecycle", "--svg", str(in_the_way)])

    assert (done.exit_code, done.stderr) == (
        1,
        f"{in_the_way} cannot be written: Not a directory\n",
    )


def test_documents_of_the_apis_that_cannot_be_written_are_told(in_the_way: Path) -> None:
    done = CliRunner().invoke(cli, ["openapi", "--to", str(in_the_way)])

    assert (done.exit_code, done.stderr) == (
        1,
        f"{in_the_way} cannot be written: Not a directory\n",
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["up", "--port", port, "--data", str(tmp_path / "state")])

    assert done.exit_code == 2
    assert "'--port'" in done.stderr
    assert not (tmp_path / "state").exists()


def test_dead_letters_of_an_installation_that_never_ran_are_told_to_be_migrated(
    tmp_path: Path,
) -> None:
    done = CliRunner().invoke(cli, ["dead-letters", "list", "--data", str(tmp_path)])

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "the database of intake is not up to date; run `sportello migrate`, or give the state "
        "folder with --data\n"
    )
