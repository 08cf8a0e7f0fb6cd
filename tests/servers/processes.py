"""Programs of this machine as private servers: started in a folder of their own, ended by process
id, never by name.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.servers import guard

STOP_SECONDS = 30


class Folder:
    """A temporary folder for one server, owned by the account that runs it.

    A guard process outlives us: if we die without `remove`, it ends the server's processes and
    removes the folder.
    """

    def __init__(
        self, name: str, *, account: str | None = None, inside: Path | None = None
    ) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"sportello-{name}-", dir=inside))
        self.account = account
        if account is not None:
            entry = pwd.getpwnam(account)
            os.chown(self.path, entry.pw_uid, entry.pw_gid)
        self._guard = subprocess.Popen(
            [sys.executable, "-P", guard.__file__, str(self.path)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        """Runs a program to its end as the folder's account; RuntimeError with its output when it
        fails.
        """
        done = subprocess.run(
            command, cwd=self.path, env=environment, user=self.account, group=self._group(),
            extra_groups=self._extra_groups(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout.strip()[-2000:]}")

    def spawn(
        self, command: Sequence[str], *, log: str, environment: Mapping[str, str] | None = None
    ) -> Process:
        """Starts a program as the folder's account; its output goes to the file `log` in the
        folder.
        """
        with open(self.path / log, "ab") as output:
            started = subprocess.Popen(
                command, cwd=self.path, env=environment, user=self.account, group=self._group(),
                extra_groups=self._extra_groups(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            print(
                started.pid,
                psutil.Process(started.pid).create_time(),
                file=self._guard.stdin,
                flush=True,
            )
        return Process(started)

    def log_tail(self, log: str) -> str:
        """The end of a log, for the message of an error."""
        path = self.path / log
        return path.read_text(errors="replace")[-2000:] if path.exists() else "no log"

    def remove(self) -> None:
        """Removes the folder; what runs in it must have been stopped."""
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(guard.FAREWELL)
            self._guard.stdin.close()
        self._guard.wait()
        shutil.rmtree(self.path, ignore_errors=True)

    def _group(self) -> int | None:
        return None if self.account is None else pwd.getpwnam(self.account).pw_gid

    def _extra_groups(self) -> list[str] | None:
        return None if self.account is None else []


class Process:
    """A started program with all its children."""

    def __init__(self, started: subprocess.Popen[bytes]) -> None:
        self._started = started

    @property
    def is_running(self) -> bool:
        return self._started.poll() is None

    @property
    def pid(self) -> int:
        return self._started.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: the signal that ended it); None while it runs."""
        return self._started.poll()

    def send(self, sign: signal.Signals) -> None:
        """Sends a signal to the program itself; nothing happens when it has ended."""
        self._started.send_signal(sign)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Asks the program to end and waits until it and its children have; SIGKILL to what has not
        after 30 s.
        """
        self.resume()
        family = guard.family_of(self._started.pid)
        if self.is_running:
            self._started.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._started.wait(STOP_SECONDS)
        guard.kill_all(family)
        self._started.wait()

    def kill(self) -> None:
        """SIGKILL to the program and its children, and waits until they are gone."""
        guard.kill_all(guard.family_of(self._started.pid))
        self._started.wait()

    def pause(self) -> None:
        # The parent first: a stopped parent makes no further children.
        if self.is_running:
            self._started.send_signal(signal.SIGSTOP)
        for member in guard.family_of(self._started.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.suspend()

    def resume(self) -> None:
        for member in guard.family_of(self._started.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.resume()
