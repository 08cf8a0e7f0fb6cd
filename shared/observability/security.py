"""The security log: who came, who was refused what, and what administrators did; never what somebody wrote.

Its lines are not a matter of the log level. They go into a file of their own where there is one, closed to others and bounded: in the
state folder of an installation, or where SPORTELLO_SECURITY_LOG says. Without a file, or where it cannot be written, they go to
standard error with all other lines; so they do beside the file where the level shows such lines anyway.
"""

import logging
import os
import sys
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

MOST_BYTES = 5 * 1024 * 1024
"""Of one file; then it becomes the first of KEPT older ones."""
KEPT = 5


class SecurityFile:
    """A file that several processes append whole lines to, and that one of them at a time sets aside when it is full."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, line: bytes) -> None:
        """Write `line`. Raises OSError."""
        self._make_room()
        # Opened each time: another process may have set the file aside.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.write(descriptor, line + b"\n")
        finally:
            os.close(descriptor)

    def _make_room(self) -> None:
        if not self._is_full():
            return
        try:
            with FileLock(f"{self.path}.lock", mode=0o600, timeout=0):
                if self._is_full():
                    for number in range(KEPT - 1, 0, -1):
                        if (older := self._older(number)).exists():
                            older.replace(self._older(number + 1))
                    self.path.replace(self._older(1))
        except Timeout:
            # Another process is at it.
            return

    def _is_full(self) -> bool:
        return self.path.exists() and self.path.stat().st_size >= MOST_BYTES

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class SecurityLines:
    """Where the lines of this process go; structlog calls it by the name of the level."""

    def __init__(self) -> None:
        self.file: SecurityFile | None = None
        self.is_shown = True

    def set_up(self, path: Path | None, *, is_shown: bool) -> None:
        """Write to the file `path`; to standard error where there is none, and beside it where lines of this level `is_shown`."""
        self.file = SecurityFile(path) if path is not None else None
        self.is_shown = is_shown

    def info(self, line: bytes | str) -> None:
        """Write a line."""
        raw = line if isinstance(line, bytes) else line.encode()
        if not self._is_in_file(raw) or self.is_shown:
            sys.stderr.buffer.write(raw + b"\n")
            sys.stderr.buffer.flush()

    def _is_in_file(self, line: bytes) -> bool:
        if self.file is None:
            return False
        try:
            self.file.append(line)
        except OSError:
            # A full disk must keep nobody from their ticket; the line goes to standard error.
            return False
        return True


security_lines = SecurityLines()
# Not kept after its first use, which may come before the logs are set up.
security_log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
    security_lines, wrapper_class=structlog.make_filtering_bound_logger(logging.INFO), cache_logger_on_first_use=False
)
