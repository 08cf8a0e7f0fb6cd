"""Every log line is one JSON object, whoever wrote it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from shared.observability.logs import LibraryLines

PROGRAM = """
import logging, structlog
from shared.observability.logs import set_up_logs
set_up_logs("warning")
structlog.get_logger().info("ours.unheard")
structlog.get_logger().warning("ours.heard", number=7)
logging.getLogger("theirs").info("not heard")
try:
    raise ValueError('a "quoted"\\nreason')
except ValueError:
    logging.getLogger("theirs").warning('say "%s"', "hello\\nworld", exc_info=True)
"""


def test_lines_of_ours_and_of_libraries_have_one_form(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=repository, capture_output=True, text=True, check=True
    )

    ours, theirs = [json.loads(line) for line in done.stderr.splitlines()]
    assert {name: ours[name] for name in ("event", "level", "number")} == {
        "event": "ours.heard",
        "level": "warning",
        "number": 7,
    }
    assert {name: theirs[name] for name in ("event", "level", "message", "exception")} == {
        "event": "theirs",
        "level": "warning",
        "message": 'say "hello\nworld"',
        "exception": "ValueError",
    }
    assert theirs["timestamp"].endswith("+00:00")


@pytest.mark.parametrize(
    ("level", "has_traceback"),
    [(logging.WARNING, False), (logging.ERROR, True), (logging.CRITICAL, True)],
)
def test_only_errors_of_libraries_bring_their_traceback(level: int, has_traceback: bool) -> None:
    try:
        raise OSError("gone")
    except OSError:
        record = logging.LogRecord("library", level, __file__, 1, "it happened", (), sys.exc_info())

    line = LibraryLines().format(record)

    assert (f'File "{__file__}"' in json.loads(line)["exception"]) is has_traceback
    assert "OSError" in json.loads(line)["exception"]
    assert "\n" not in line
