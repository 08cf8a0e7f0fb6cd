"""The command line as a program, in an empty folder and with none of the caller's settings."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from services.__main__ import cli
from tests.installation.installation import Installation, run_command
from tests.installation.start import embedded, environment_with, together
from tests.servers.server import PostgresServer, RabbitServer

Run = Callable[..., subprocess.CompletedProcess[str]]
Call = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command as a process of its own; keywords are settings."""

    def work(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return run_command(*arguments, environment=environment_with(settings), folder=tmp_path)

    return work


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call a command that starts nothing in this process, which is quicker; keywords are
    settings.
    """
    monkeypatch.chdir(tmp_path)

    def work(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(cli, arguments, env=settings)

    yield work
    # A command sets the logs up for a process of its own.
    structlog.reset_defaults()


@pytest.fixture(scope="package")
def running() -> Iterator[Installation]:
    """An embedded installation that runs."""
    with embedded() as installation:
        yield installation


@pytest.fixture(scope="package")
def on_real_servers(
    our_postgres: PostgresServer, our_rabbit: RabbitServer
) -> Iterator[Installation]:
    """`up` on PostgreSQL and RabbitMQ, with nothing but their two addresses told."""
    vhost = f"sportello-{secrets.token_hex(4)}"
    our_rabbit.create_vhosts([vhost])
    with together(our_postgres, our_rabbit.vhost_url(vhost)) as installation:
        yield installation
    our_rabbit.delete_vhosts([vhost])


@pytest.fixture(params=["running", "on_real_servers"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each of the two."""
    found: Installation = request.getfixturevalue(request.param)
    return found
