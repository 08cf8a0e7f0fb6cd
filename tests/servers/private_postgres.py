"""PostgreSQL from the machine's own programs, on a free port of the loopback address."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
from pathlib import Path

from tests.servers import databases
from tests.servers.processes import Folder, Process
from tests.servers.server import NoServer, PostgresServer
from tests.servers.waiting import free_port, wait_until

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
LOG = "server.log"
# Enough for two processes of each of the five services with their pools, and the tests beside them.
CONNECTIONS = 300
# A commit still reaches the operating system before it is confirmed, so that SIGKILL loses nothing;
# a power cut would.
FORGETFUL = ("fsync=off", "full_page_writes=off")


def find_programs() -> Path | None:
    """The folder with `postgres` and `initdb`: from the PATH, else the newest that Debian keeps
    beside it.
    """
    on_path = shutil.which("initdb")
    if on_path is not None and shutil.which("postgres") is not None:
        return Path(on_path).resolve().parent
    found = [
        folder
        for folder in DEBIAN_PROGRAMS.glob("*/bin")
        if (folder / "initdb").exists() and (folder / "postgres").exists()
    ]
    return max(
        found,
        key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.parent.name)],
        default=None,
    )


def account_for_postgres() -> str | None:
    """The account to run it as: ourselves, or, since PostgreSQL refuses to run as root, `postgres`
    or `nobody`.
    """
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise NoServer(
        "PostgreSQL does not run as root, and there is no account `postgres` or `nobody` for "
        "it; "
        "run the tests as another user"
    )


class PrivatePostgres(PostgresServer):
    def __init__(self, programs: Path, *, durable: bool = True, inside: Path | None = None) -> None:
        """`durable=False` gives up safety against a power cut (not against `kill`) for speed;
        `inside` is where its folder goes.
        """
        self._programs = programs
        self._durable = durable
        self._inside = inside
        self._folder: Folder | None = None
        self._process: Process | None = None
        self._port = free_port()
        self._password = secrets.token_hex(16)

    @property
    def url(self) -> str:
        return f"postgresql://sportello:{self._password}@127.0.0.1:{self._port}/"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.is_running else None

    def start(self) -> None:
        if self._process is not None and self._process.is_running:
            return
        folder = self._folder or self._make_cluster()
        settings = [
            f"port={self._port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            f"max_connections={CONNECTIONS}",
        ]
        settings += [] if self._durable else FORGETFUL
        options = [part for setting in settings for part in ("-c", setting)]
        process = folder.spawn(
            [str(self._programs / "postgres"), "-D", str(folder.path / "data"), *options], log=LOG
        )
        self._process = process

        def is_ready_or_gone() -> bool:
            return not process.is_running or databases.answers_postgres(self.url)

        wait_until(is_ready_or_gone, what=f"PostgreSQL on port {self._port}")
        if not process.is_running:
            raise RuntimeError(f"PostgreSQL did not start: {folder.log_tail(LOG)}")

    def _make_cluster(self) -> Folder:
        folder = Folder("postgres", account=account_for_postgres(), inside=self._inside)
        self._folder = folder
        password_file = folder.path / "password"
        password_file.touch(mode=0o644)
        password_file.write_text(self._password)
        command = [
            str(self._programs / "initdb"),
            "--pgdata",
            str(folder.path / "data"),
            "--username",
            "sportello",
        ]
        command += [
            "--pwfile",
            str(password_file),
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]
        folder.run(command, environment={**os.environ, "LC_ALL": "C"})
        password_file.unlink()
        return folder

    def stop(self) -> None:
        if self._process is not None:
            # "Fast": running statements are ended, what is committed is written.
            self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def pause(self) -> None:
        if self._process is not None:
            self._process.pause()

    def resume(self) -> None:
        if self._process is not None:
            self._process.resume()

    def discard(self) -> None:
        self.kill()
        if self._folder is not None:
            self._folder.remove()
        self._folder = self._process = None

    def create_database(self, name: str, *, template: str = "template0") -> str:
        return databases.create_database(self.url, name, template=template)

    def drop_database(self, name: str) -> None:
        databases.drop_database(self.url, name)
