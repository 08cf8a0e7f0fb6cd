"""What every test stands on: none of the caller's settings, no network beyond this machine, servers
of its own.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog

from tests.fixtures import network, settings
from tests.servers.choose import choose_chromium, choose_postgres, choose_rabbit
from tests.servers.server import NoServer

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.migrated"]
ROOT = Path(__file__).resolve().parents[1]
GROUPS = {"faults": "heavy", "browser": "heavy", "e2e": "e2e", "clients": "clients"}
SERVER_URLS = (
    "SPORTELLO_TEST_DATABASE_URL",
    "SPORTELLO_DATABASE_URL",
    "SPORTELLO_TEST_BROKER_URL",
    "SPORTELLO_BROKER_URL",
    "SPORTELLO_TEST_BROKER_MANAGEMENT_URL",
    "DOCKER_HOST",
)


def pytest_configure(config: pytest.Config) -> None:
    # structlog draws each traceback with the values of all variables, which takes seconds.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    settings.take_away(config)
    given = config.stash[settings.CALLERS_ENVIRONMENT]
    hosts = {urlsplit(given[name]).hostname for name in SERVER_URLS if given.get(name)}
    network.shut(allowed={host for host in hosts if host is not None})


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two processes for the whole suite or a folder of it; single files run in this process, where
    a debugger works.
    """
    return 2 if all(Path(given).is_dir() for given in config.args) else 0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what one process runs: a file, and the folders whose tests share a started
    Sportello.

    The stories with faults and the browser need a processor, so they never run beside each other.
    """
    for item in items:
        folder = item.path.relative_to(ROOT).parts[1]
        group = GROUPS.get(folder, str(item.path))
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Installs what the collected tests need before the first of them runs: a package takes longer
    than a test may.
    """
    if session.config.option.collectonly:
        return
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    environment = session.config.stash[settings.CALLERS_ENVIRONMENT]
    # What cannot be had is said by each test that needs it, when it asks for its fixture and fails.
    with contextlib.suppress(NoServer):
        if "postgres_server" in wanted:
            choose_postgres(environment=environment)
    with contextlib.suppress(NoServer):
        if "rabbit_server" in wanted:
            choose_rabbit(environment=environment)
    with contextlib.suppress(NoServer):
        if "chromium" in wanted:
            choose_chromium()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT
