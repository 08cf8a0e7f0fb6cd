"""The image is made of the right files, by steps that the launcher has, and its health check tells
red from green.
"""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

COPIED = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)
RED = b'{"status": "not ready", "checks": {"desk": "no desk has been applied"}}'


@pytest.fixture
def dockerfile(deploy: Path) -> str:
    return (deploy / "Dockerfile").read_text()


@pytest.fixture
def serve() -> Iterator[Callable[[int, bytes], int]]:
    """Starts a web server whose every answer has this status and body; returns its port."""
    servers: list[HTTPServer] = []

    def start(status: int, body: bytes) -> int:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status if self.path == "/health/ready" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Says nothing."""

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def is_ready(deploy: Path, port: int) -> tuple[int, str]:
    command = [sys.executable, "-IS", str(deploy / "compose" / "is_ready.py"), str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr.strip()


def test_what_is_copied_exists_and_is_let_through(dockerfile: str, repository: Path) -> None:
    copied = [source for sources in COPIED.findall(dockerfile) for source in sources.split()]
    let_through = re.findall(r"^!(\S+)$", (repository / ".dockerignore").read_text(), re.MULTILINE)

    assert {"sportello", "requirements.lock", "services", "shared", "deploy/desk"} <= set(copied)
    for source in copied:
        assert (repository / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in let_through), source


def test_no_secrets_and_nothing_built_elsewhere_come_along(repository: Path) -> None:
    rules = (repository / ".dockerignore").read_text().splitlines()

    # The last rule that fits decides, so these stand after what is let through.
    last_let_through = max(number for number, rule in enumerate(rules) if rule.startswith("!"))
    kept_out = ["**/__pycache__", "**/node_modules", "**/.env*", "shared/web/static/vendor"]
    assert [rule for rule in kept_out if rule not in rules[last_let_through:]] == []
    assert rules[1] == "**"


def test_the_launcher_has_the_steps_that_the_image_is_made_by(
    dockerfile: str, repository: Path
) -> None:
    (step,) = re.findall(r"run_path\('sportello'\)\['(\w+)'\]\('requirements\.lock'\)", dockerfile)

    launcher = runpy.run_path(str(repository / "sportello"))

    assert callable(launcher[step])
    assert launcher["LOCK"] == "requirements.lock"


def test_the_program_runs_as_nobody_special(dockerfile: str) -> None:
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]

    assert re.findall(r"^USER (\w+)$", last_stage, re.MULTILINE) == ["sportello"]
    assert "useradd --uid 10001" in last_stage


def test_green_is_zero(deploy: Path, serve: Callable[[int, bytes], int]) -> None:
    assert is_ready(deploy, serve(200, b"{}")) == (0, "")


def test_red_is_one_and_says_what_is_missing(
    deploy: Path, serve: Callable[[int, bytes], int]
) -> None:
    assert is_ready(deploy, serve(503, RED)) == (1, RED.decode())


def test_no_answer_is_one(deploy: Path) -> None:
    code, said = is_ready(deploy, 1)

    assert code == 1
    assert said.startswith("no answer: ")
