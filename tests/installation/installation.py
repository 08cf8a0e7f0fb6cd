"""A running Sportello and what can be done with it, whatever it consists of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.installation.databases import Databases
from tests.installation.mails import Mails, folder_mails
from tests.installation.program import ROOT, Program
from tests.servers.processes import Folder

System = Literal["embedded", "distributed"]
SERVICES = ("intake", "tickets", "routing", "notify", "portal")


class Installation:
    """Programs by name, on databases and in a folder of their own.

    As a context manager it runs, and leaves nothing behind.

    Every method blocks: in a coroutine call it through `asyncio.to_thread`.
    """

    def __init__(
        self,
        name: str,
        *,
        folder: Folder,
        environment: Mapping[str, str],
        databases: Databases,
        system: System,
    ) -> None:
        """`environment` are the settings of all its programs and commands."""
        self.name = name
        self.system = system
        self.folder = folder
        self.environment = environment
        self.databases = databases
        self.mails: Mails = folder_mails(self.data / "mail")
        """The mails that have left; whoever gives it a mail server says here where they arrive."""
        self.programs: dict[str, Program] = {}
        self._urls: dict[str, list[str]] = {}

    @property
    def data(self) -> Path:
        """The state folder."""
        return self.folder.path / "data"

    @property
    def intakes(self) -> list[str]:
        """Addresses under which forms can be sent."""
        return self._urls["intake"]

    @property
    def portals(self) -> list[str]:
        """Addresses of the portal."""
        return self._urls["portal"]

    def add(self, name: str, *arguments: str, faces: tuple[str, ...]) -> Program:
        """Add a program, not started yet, that shows the `faces` of these services."""
        program = Program(name, arguments, folder=self.folder, environment=self.environment)
        self.programs[name] = program
        for service in faces:
            self._urls.setdefault(service, []).append(program.url)
        return program

    def of(self, service: str) -> list[Program]:
        """The processes of one service; embedded, the one of all."""
        if self.system == "embedded":
            return list(self.programs.values())
        return [program for name, program in self.programs.items() if name.split()[0] == service]

    def start(self) -> None:
        """Start what does not run, and return when all of it works."""
        for program in self.programs.values():
            if not program.is_running:
                program.start()
        for program in self.programs.values():
            program.wait_ready()

    def stop(self) -> dict[str, int]:
        """Stop in order what runs; return the exit codes. TimeoutError as Program.stop."""
        return {
            name: program.stop() for name, program in self.programs.items() if program.is_running
        }

    def kill(self) -> None:
        """SIGKILL to all."""
        for program in self.programs.values():
            program.kill()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line with this installation's settings to its end."""
        return run_command(*arguments, environment=self.environment, folder=self.folder.path)

    def complaints(self) -> list[str]:
        """The lines of the logs that tell of a mistake in the program."""
        return [
            f"{name}: {line[:1000]}"
            for name, program in self.programs.items()
            for line in program.log_text().splitlines()
            if '"level":"error"' in line
            or '"level":"critical"' in line
            or line.startswith("Traceback (most recent call last)")
        ]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self.kill()
        self.databases.drop()
        self.folder.remove()


def run_command(
    *arguments: str, environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `python -m services ARGUMENTS` in `folder`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
