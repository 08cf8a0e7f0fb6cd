"""The security log is written whatever the log level, closed to others, and never grows without
bound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from shared.observability import security
from shared.observability.security import KEPT, SecurityFile, security_log

PROGRAM = """
import sys, structlog
from pathlib import Path
from shared.observability.logs import set_up_logs
from shared.observability.security import security_log
level, path = sys.argv[1:]
set_up_logs(level, security=Path(path) if path else None)
structlog.get_logger().info("ours.told")
security_log.info("security.signed_in", identity="anna.ferri")
"""


def told(repository: Path, level: str, path: Path | str) -> list[str]:
    """Return the events that a program with logs of `level` writes to standard error."""
    command = [sys.executable, "-c", PROGRAM, level, str(path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return [json.loads(line)["event"] for line in done.stderr.splitlines()]


def test_security_events_are_seen_at_every_level_in_their_file_or_on_standard_error(
    repository: Path, tmp_path: Path
) -> None:
    file = tmp_path / "security.log"

    assert told(repository, "warning", file) == []
    assert told(repository, "info", file) == ["ours.told", "security.signed_in"]
    assert told(repository, "warning", "") == ["security.signed_in"]
    assert told(repository, "warning", tmp_path / "absent" / "security.log") == [
        "security.signed_in"
    ]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["event"], line["identity"]) for line in lines] == [
        ("security.signed_in", "anna.ferri")
    ] * 2
    assert lines[0]["timestamp"].endswith("Z")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_full_file_becomes_the_first_of_a_few_older_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "MOST_BYTES", 10)
    path = tmp_path / "security.log"
    files = [SecurityFile(path), SecurityFile(path)]

    for number in range(KEPT + 4):
        files[number % 2].append(f"line {number:04}".encode())

    kept = {
        file.name: file.read_text()
        for file in tmp_path.iterdir()
        if not file.name.endswith(".lock")
    }
    newest = KEPT + 3
    assert kept == {"security.log": f"line {newest:04}\n"} | {
        f"security.log.{older}": f"line {newest - older:04}\n" for older in range(1, KEPT + 1)
    }


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (tmp_path / "security.log").symlink_to(elsewhere)

    with pytest.raises(OSError, match="symbolic links"):
        SecurityFile(tmp_path / "security.log").append(b"line")

    assert elsewhere.read_bytes() == b""


def test_a_line_written_before_the_logs_are_set_up_binds_later_ones_to_nothing() -> None:
    before = structlog.get_config()
    try:
        structlog.configure(processors=[lambda *_: ""], cache_logger_on_first_use=True)
        security_log.info("security.early")
        structlog.configure(processors=[structlog.processors.JSONRenderer()])
        with capture_logs() as logs:
            security_log.info("security.late")
    finally:
        structlog.configure(**before)

    assert [each["event"] for each in logs] == ["security.late"]
