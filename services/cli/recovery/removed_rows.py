"""The file for what is removed: one JSON object a line, readable by its owner alone."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson


class Kept:
    """Rows that were removed, written to `path` before their removal is committed.

    Without any, there is no file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def keep(self, service: str, what: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append `rows` of `service`, which are of the kind `what`; return when the disk has
        them.
        """
        lines = [
            orjson.dumps({"service": service, "what": what, **row}, default=str) + b"\n"
            for row in rows
        ]
        if not lines:
            return
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            with os.fdopen(descriptor, "ab", closefd=False) as file:
                file.write(b"".join(lines))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.count += len(lines)
