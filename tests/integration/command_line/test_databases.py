"""`migrate`, and a start and a stop of `up` as a person sees them."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.installation.installation import SERVICES
from tests.installation.start import environment_with
from tests.integration.command_line.conftest import Run
from tests.servers.waiting import free_port


def test_migrating_twice_changes_nothing_the_second_time(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "state"

    first = run("migrate", "--data", str(data))
    before = {service: schema_of(data / f"{service}.db") for service in SERVICES}
    second = run("migrate", "--data", str(data))

    assert (first.returncode, second.returncode) == (0, 0)
    assert (
        first.stdout == second.stdout == "".join(f"{service}: up to date\n" for service in SERVICES)
    )
    assert {service: schema_of(data / f"{service}.db") for service in SERVICES} == before
    assert all("alembic_version" in " ".join(schema) for schema in before.values())


def test_one_service_is_migrated_alone(run: Run, tmp_path: Path) -> None:
    done = run("migrate", "routing", "--data", str(tmp_path / "state"))

    assert (done.returncode, done.stdout) == (0, "routing: up to date\n")
    assert [path.name for path in (tmp_path / "state").glob("*.db")] == ["routing.db"]


def test_up_says_when_it_is_ready_and_ends_well_on_an_interrupt(tmp_path: Path) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "services",
        "up",
        "--port",
        str(port),
        "--data",
        str(tmp_path / "state"),
        "--demo",
        "3",
    ]

    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment_with({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout is not None
        line = started.stdout.readline()
        started.send_signal(signal.SIGINT)
        rest, errors = started.communicate(timeout=10)

    assert (line, rest, started.returncode) == (f"ready http://127.0.0.1:{port}\n", "", 0)
    assert "Traceback" not in errors
    assert sorted(path.name for path in (tmp_path / "state").glob("*.db")) == sorted(
        f"{service}.db" for service in SERVICES
    )
    connection = sqlite3.connect(tmp_path / "state" / "portal.db")
    assert connection.execute(
        "select count(*) from tickets where queue is not null"
    ).fetchone() == (3,)
    connection.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "state"]


def schema_of(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [
            row[0]
            for row in connection.execute(
                "select sql from sqlite_master where sql is not null order by name"
            )
        ]
    finally:
        connection.close()
