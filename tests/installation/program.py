"""One process of an installation: `python -m services ...`, started, killed and started again on a
port that it keeps.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.servers.processes import Folder, Process
from tests.servers.waiting import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 10.0
"""What is promised: an orderly stop takes no longer."""


class Program:
    """Not started yet.

    It runs in `folder` and dies with the test run; its output goes to `log` there, all starts after
    each other.

    `url` is `http://127.0.0.1:PORT`. Every method blocks until it is done: in a coroutine call it
    through `asyncio.to_thread`.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], *, folder: Folder, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = f"{name.replace(' ', '-')}.log"
        self._command = [sys.executable, "-m", "services", *arguments, "--port", str(self.port)]
        self._folder = folder
        self._environment = environment
        self._process: Process | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} has not been started"
        return self._process.pid

    def start(self) -> None:
        """Start it; `wait_ready` says when it works."""
        assert not self.is_running, f"{self.name} runs already"
        self._process = self._folder.spawn(
            self._command, log=self.log, environment=self._environment
        )

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Ask it how it is: status and body of /health/ready; (0, {}) where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def wait_ready(self) -> None:
        """Return when it says that it can work.

        RuntimeError with the end of its log when it ends before, or does not get there.
        """

        def is_ready_or_gone() -> bool:
            return not self.is_running or self.readiness()[0] == http.client.OK

        try:
            wait_until(is_ready_or_gone, what=f"{self.name} is ready", seconds=START_SECONDS)
        except TimeoutError:
            raise RuntimeError(
                f"{self.name} is not ready: {self.readiness()}\n{self.log_tail()}"
            ) from None
        if not self.is_running:
            raise RuntimeError(f"{self.name} ended before it was ready:\n{self.log_tail()}")

    def stop(self) -> int:
        """SIGTERM; return the exit code. TimeoutError when it has not ended within STOP_SECONDS."""
        assert self._process is not None, f"{self.name} has not been started"
        process = self._process
        process.send(signal.SIGTERM)
        wait_until(lambda: not process.is_running, what=f"{self.name} stops", seconds=STOP_SECONDS)
        code = process.exit_code
        assert code is not None
        return code

    def kill(self) -> None:
        """SIGKILL, and return when it is gone. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.kill()

    def log_text(self) -> str:
        path = self._folder.path / self.log
        return path.read_text(errors="replace") if path.exists() else ""

    def log_tail(self) -> str:
        return self.log_text()[-6000:]
