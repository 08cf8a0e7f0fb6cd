"""Backups of the databases of an installation, made and restored as deploy/after-a-disaster.md
says.
"""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.fixtures.system import Town
from tests.servers.choose import find_or_install
from tests.servers.private_postgres import find_programs


class Backups:
    """One dump of each service's database, in `folder`."""

    def __init__(self, town: Town, folder: Path) -> None:
        self._town = town
        self._folder = folder
        self._programs = find_or_install(
            find_programs, ("postgresql",), otherwise="pg_dump and pg_restore are needed"
        )

    async def dump(self, service: str) -> None:
        """Dump the database of `service` as it is now."""
        url = self._town.installation.databases.urls[service]
        await self._run("pg_dump", "--format=custom", f"--file={self._path(service)}", url)

    async def restore(self, service: str) -> None:
        """Put the database of `service` back to how it was when it was dumped; nobody may be
        connected to it.
        """
        url = self._town.installation.databases.urls[service]
        postgres, name = self._town.postgres, urlsplit(url).path[1:]
        assert postgres is not None
        await asyncio.to_thread(postgres.drop_database, name)
        await asyncio.to_thread(postgres.create_database, name)
        await self._run(
            "pg_restore", "--exit-on-error", f"--dbname={url}", str(self._path(service))
        )

    def _path(self, service: str) -> Path:
        return self._folder / f"{service}.dump"

    async def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (program, done.stderr[-2000:])
