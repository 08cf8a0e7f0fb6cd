"""Sportello started in its two ways.

What is returned runs once it is entered: `with distributed(...) as running:`.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.installation.databases import Databases
from tests.installation.installation import SERVICES, Installation, run_command
from tests.installation.program import ROOT
from tests.servers.processes import Folder
from tests.servers.server import PostgresServer

EXAMPLE_DESK = ROOT / "deploy" / "desk"


def embedded(
    *,
    name: str = "embedded",
    desk: Path | None = None,
    settings: Mapping[str, str] | None = None,
    inside: Path | None = None,
) -> Installation:
    """`up`: all five services in one process, on SQLite.

    `settings` are environment variables; its folder is made `inside`.
    """
    folder = Folder("embedded", inside=inside)
    data = folder.path / "data"
    databases = Databases({service: f"sqlite:///{data / f'{service}.db'}" for service in SERVICES})
    environment = environment_with({"SPORTELLO_DATA": str(data), **(settings or {})})
    installation = Installation(
        name, folder=folder, environment=environment, databases=databases, system="embedded"
    )
    installation.add("all five", "up", *(["--desk", str(desk)] if desk else []), faces=SERVICES)
    return installation


def distributed(
    postgres: PostgresServer,
    broker_url: str,
    *,
    name: str = "distributed",
    counts: Mapping[str, int] | None = None,
    desk: Path = EXAMPLE_DESK,
    settings: Mapping[str, str] | None = None,
    inside: Path | None = None,
) -> Installation:
    """Each service as `counts` processes (default one), with databases of its own in `postgres` and
    the desk applied.

    RuntimeError with what it said when the desk cannot be applied.
    """
    folder = Folder("distributed", inside=inside)
    databases = _make_databases(postgres)
    told = {
        "SPORTELLO_SECRET": secrets.token_urlsafe(32),
        "SPORTELLO_LOG_LEVEL": "warning",
        **(settings or {}),
    }
    environment = _on_servers(postgres, broker_url, databases, folder, told)
    installation = Installation(
        name, folder=folder, environment=environment, databases=databases, system="distributed"
    )
    for service in SERVICES:
        for number in range(1, (counts or {}).get(service, 1) + 1):
            installation.add(
                service if number == 1 else f"{service} {number}", "run", service, faces=(service,)
            )
    applied = run_command("desk", "apply", str(desk), environment=environment, folder=folder.path)
    if applied.returncode:
        databases.drop()
        folder.remove()
        raise RuntimeError(f"the desk cannot be applied: {applied.stderr[-3000:]}")
    return installation


def together(
    postgres: PostgresServer, broker_url: str, *, settings: Mapping[str, str] | None = None
) -> Installation:
    """`up` on real servers: all five services in one process, with databases of their own in
    `postgres`.
    """
    folder = Folder("together")
    databases = _make_databases(postgres)
    environment = _on_servers(postgres, broker_url, databases, folder, settings or {})
    installation = Installation(
        "together",
        folder=folder,
        environment=environment,
        databases=databases,
        system="distributed",
    )
    installation.add("all five", "up", faces=SERVICES)
    return installation


def _make_databases(postgres: PostgresServer) -> Databases:
    prefix = f"sportello_{secrets.token_hex(4)}"

    def drop() -> None:
        for service in SERVICES:
            postgres.drop_database(f"{prefix}_{service}")

    return Databases(
        {service: postgres.create_database(f"{prefix}_{service}") for service in SERVICES},
        drop=drop,
    )


def _on_servers(
    postgres: PostgresServer,
    broker_url: str,
    databases: Databases,
    folder: Folder,
    settings: Mapping[str, str],
) -> dict[str, str]:
    own = {
        f"SPORTELLO_{service.upper()}_DATABASE_URL": url for service, url in databases.urls.items()
    }
    common = {
        "SPORTELLO_DATABASE_URL": postgres.url,
        "SPORTELLO_BROKER_URL": broker_url,
        "SPORTELLO_DATA": str(folder.path / "data"),
    }
    return environment_with({**common, **own, **settings})


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with none of his settings, and these."""
    foreign = {
        name: value for name, value in os.environ.items() if not name.startswith("SPORTELLO_")
    }
    if sys.dont_write_bytecode:
        # Many processes are started, and compiling everything takes each of them longer than all
        # the rest.
        foreign.pop("PYTHONDONTWRITEBYTECODE", None)
        foreign["PYTHONPYCACHEPREFIX"] = _bytecode_folder().name
    # Nobody waits a minute for the mail about a new ticket.
    return {**foreign, "PYTHONPATH": str(ROOT), "SPORTELLO_NOTIFY_GATHER_NEW": "1", **settings}


@cache
def _bytecode_folder() -> TemporaryDirectory[str]:
    """Where this run keeps compiled modules that its caller does not want beside the sources; it
    goes with the run.
    """
    return TemporaryDirectory(prefix="sportello-bytecode-")
