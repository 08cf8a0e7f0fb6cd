"""The security log: sign-ins, refusals and administrators' actions, never texts of people.

The log level does not filter its lines. They are written to a separate file of limited size that
only the user of the process may read: the file of SPORTELLO_SECURITY_LOG, or `security.log` in the
data folder of an embedded installation. If there is no file, or it cannot be written, the lines go
to standard error. They also go there if the log level shows lines of the level `info`.
"""

import logging
import os
import sys
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

MOST_BYTES = 5 * 1024 * 1024
"""Bytes of the current file. A full file is renamed, and KEPT older files are kept."""
KEPT = 5


class SecurityFile:
    """A log file to which several processes append whole lines. A full file is rotated."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, line: bytes) -> None:
        """Write `line`. Raises OSError: when the file cannot be written."""
        self._make_room()
        # The file is opened each time because another process may have rotated it.
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
            # Another process is rotating the file.
            return

    def _is_full(self) -> bool:
        return self.path.exists() and self.path.stat().st_size >= MOST_BYTES

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class SecurityLines:
    """The destination of this process's security log.

    structlog calls the method that has the name of the level.
    """

    def __init__(self) -> None:
        self.file: SecurityFile | None = None
        self.is_shown = True

    def set_up(self, path: Path | None, *, is_shown: bool) -> None:
        """Set the file, or None for standard error.

        With `is_shown` the lines go to standard error as well as to the file.
        """
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
            # A full disk must not stop a request; the line goes to standard error instead.
            return False
        return True


security_lines = SecurityLines()
# The logger is not cached because its first use may come before the logs are set up.
security_log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
    security_lines,
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    cache_logger_on_first_use=False,
)
