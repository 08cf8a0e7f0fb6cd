"""What an administrator does on the command line stands in the security log; which commands do
nothing is said here.
"""

import pytest
import typer
from structlog.testing import capture_logs

from services.__main__ import cli
from services.cli.reporting import log_act

NO_ACTS = {
    "up",
    "run",
    "licences",
    "lifecycle",
    "openapi",
    "events",
    "test",
    "bench",
    "desk check",
    "desk try",
    "dead-letters list",
}
"""They run the program, draw, measure, or only look at what holds no personal data."""
ACTS = {
    "migrate",
    "desk apply",
    "replay",
    "recover",
    "compare",
    "dead-letters show",
    "dead-letters retry",
    "dead-letters discard",
}
"""Each calls `log_act`; their own tests read the line."""


def commands_of(command: object, before: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in getattr(command, "commands", {}).items():
        found |= commands_of(inner, f"{before}{name} ") or {f"{before}{name}"}
    return found


def test_of_each_command_it_is_decided_whether_it_is_an_act() -> None:
    assert commands_of(typer.main.get_command(cli)) == NO_ACTS | ACTS


def test_an_act_is_written_with_the_user_of_the_system_and_who_became_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUDO_USER", "carla")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)

    with capture_logs() as logs:
        log_act("security.compared", different=0)

    assert logs == [
        {
            "event": "security.compared",
            "by": "4000000",
            "sudo_user": "carla",
            "different": 0,
            "log_level": "info",
        }
    ]
