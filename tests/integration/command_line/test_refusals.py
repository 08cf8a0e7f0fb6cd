"""What cannot be is refused with one sentence on standard error, exit code 1, and nothing is
made.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.installation.installation import SERVICES, Installation
from tests.integration.command_line.conftest import Call, Run
from tests.servers.waiting import free_port

SERVERS = {
    "SPORTELLO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/",
    "SPORTELLO_BROKER_URL": "amqp://nobody@127.0.0.1:1/",
}


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (
            ("up",),
            {"SPORTELLO_DATABASE_URL": SERVERS["SPORTELLO_DATABASE_URL"]},
            "SPORTELLO_DATABASE_URL is set and SPORTELLO_BROKER_URL is not; real servers need both",
        ),
        (
            ("run", "all"),
            {"SPORTELLO_BROKER_URL": SERVERS["SPORTELLO_BROKER_URL"]},
            "SPORTELLO_BROKER_URL is set and SPORTELLO_DATABASE_URL is not; real servers need both",
        ),
        (
            ("up", "--host", "0.0.0.0"),
            {},
            "demo identities let anyone be anybody, so they are refused on 0.0.0.0; "
            "expected a loopback address, or SPORTELLO_DEMO_ANYWHERE=yes",
        ),
        (
            ("up",),
            {"SPORTELLO_IDENTITY": "oidc"},
            ("SPORTELLO_IDENTITY=oidc: login through the university's identity provider is not "
            "available; expected demo"),
        ),
        (
            ("run", "portal"),
            SERVERS,
            ("SPORTELLO_SECRET is not set; expected a long random text, the same for intake, "
            "portal and notify"),
        ),
        (
            ("run", "portal"),
            {**SERVERS, "SPORTELLO_SECRET": "short"},
            "SPORTELLO_SECRET has 5 characters; expected a long random text, 16 at least",
        ),
        (
            ("run", "tickets"),
            {},
            ("one service alone needs real servers: set SPORTELLO_DATABASE_URL and "
            "SPORTELLO_BROKER_URL, or run all"),
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    done = call(*arguments, **settings)

    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"{sentence}\n")
    assert list(tmp_path.iterdir()) == []


def test_unknown_values_of_settings_are_named(call: Call) -> None:
    done = call("up", SPORTELLO_LOG_LEVEL="loud", SPORTELLO_POOL_SIZE="none")

    assert done.exit_code == 1
    assert "SPORTELLO_LOG_LEVEL: " in done.stderr
    assert "SPORTELLO_POOL_SIZE: " in done.stderr


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_service_that_is_none_is_named_beside_those_that_are(call: Call, command: str) -> None:
    done = call(command, "nosuch")

    assert done.exit_code == 1
    assert done.stderr.startswith("there is no service 'nosuch'; expected one of ")
    assert [name for name in SERVICES if name not in done.stderr] == []


def test_a_second_start_on_the_same_folder_is_refused_and_disturbs_nobody(
    run: Run, running: Installation
) -> None:
    done = run("up", "--port", str(free_port()), "--data", str(running.data))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"another Sportello is running on {running.data}; stop it first, or give another folder "
        f"with --data\n"
    )  # fmt: skip
    (program,) = running.programs.values()
    assert program.readiness()[0] == 200


def test_a_port_that_is_taken_is_named(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = run("up", "--port", str(port))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; expected a free port, see "
        f"--port\n"
    )


def test_a_database_that_cannot_be_reached_is_a_sentence(run: Run, repository: Path) -> None:
    done = run("desk", "apply", str(repository / "deploy" / "desk"), **SERVERS)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the database cannot be reached: ")
    assert "Traceback" not in done.stderr
