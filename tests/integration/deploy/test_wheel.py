"""The wheel is built from the repository, installed into a venv of its own, and runs anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.cli.installed import user_state_folder
from shared.core.version import VERSION
from tests.servers.waiting import free_port

IN_THE_WHEEL = (
    "services/packaged/deploy/desk/desk.yaml",
    "services/packaged/requirements.lock",
    "services/portal/locale/it.po",
    "shared/policy/locale/it.po",
    "services/portal/templates/ticket.html",
    "services/tickets/migrations/",
    "services/notify/templates/mail/it/",
    "shared/web/static/app.css",
    "shared/web/static/vendor/bootstrap-italia/bootstrap-italia.css",
    f"sportello-{VERSION}.dist-info/licenses/LICENSE",
)


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_pip(
        "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(repository)
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def sportello(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script in a new venv, which borrows the other packages from the tests' venv."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next(venv.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run_pip("--python", str(venv), "install", "--no-deps", "--no-index", str(wheel))
    return venv / "bin" / "sportello"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty folder to start from."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def running(sportello: Path, home: Path, elsewhere: Path) -> Iterator[str]:
    """The address of `sportello up`, started in an empty folder; it is stopped as Ctrl-C does."""
    port = free_port()
    started = subprocess.Popen(
        [sportello, "up", "--port", str(port)],
        cwd=elsewhere,
        env=environment_of(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    try:
        line = started.stdout.readline().strip()
        assert line == f"ready http://127.0.0.1:{port}", started.communicate()[1]
        yield line.removeprefix("ready ")
    finally:
        started.send_signal(signal.SIGINT)
        started.communicate()
    assert started.returncode == 0


def run_pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def environment_of(home: Path) -> dict[str, str]:
    """Return the caller's environment without settings, in which nothing leads to the
    repository.
    """
    foreign = ("SPORTELLO_", "PYTHON", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "HOME": str(home)}


def test_the_wheel_has_all_that_the_program_reads(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert [each for each in IN_THE_WHEEL if not any(name.startswith(each) for name in names)] == []
    assert {name.split("/")[0] for name in names} == {
        "services",
        "shared",
        f"sportello-{VERSION}.dist-info",
    }


def test_up_runs_from_an_empty_folder_and_keeps_its_state_with_the_user(
    running: str, home: Path, elsewhere: Path
) -> None:
    forms = httpx.get(f"{running}/api/forms").json()["items"]
    page = httpx.get(f"{running}/login", headers={"Accept-Language": "it"})
    style = next(part for part in page.text.split('"') if "bootstrap-italia" in part)

    assert "tasse" in [form["slug"] for form in forms]
    assert page.status_code == httpx.get(running + style).status_code == 200
    assert (home / ".local/share/sportello/tickets.db").is_file()
    assert list(elsewhere.iterdir()) == []


def test_the_commands_that_need_a_clone_say_so(
    sportello: Path, home: Path, elsewhere: Path
) -> None:
    done = subprocess.run(
        [sportello, "test"],
        cwd=elsewhere,
        env=environment_of(home),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "this command needs a clone of the repository: an installed package has no tests\n"
    )


@pytest.mark.parametrize(
    ("named", "folder"),
    [("/data", "/data/sportello"), ("relative", ".local/share/sportello")],
)
def test_the_users_data_folder_may_be_named(named: str, folder: str) -> None:
    assert user_state_folder({"XDG_DATA_HOME": named}) == Path.home() / folder
