"""The command line within this process: its logs stay as the tests have them."""

from pathlib import Path

import pytest

from services.cli import environment


@pytest.fixture(autouse=True)
def logs_are_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Structlog keeps a logger from its first use on: one that writes to this test's output would
    outlive the output.
    """

    def leave(level: str, *, security: Path | None) -> None:
        assert level
        assert security is not None

    monkeypatch.setattr(environment, "set_up_logs", leave)
