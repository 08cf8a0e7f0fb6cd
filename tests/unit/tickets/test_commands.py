"""Every command of tickets is handled by the use case that was written for it."""

from typing import get_type_hints

import pytest

from services.tickets.commands import COMMANDS, USE_CASES, UseCase
from services.tickets.usecases.context import Work
from shared.contracts.commands.base import COMMAND_CLASSES, Command


@pytest.mark.parametrize(
    ("command", "use_case"), USE_CASES.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_a_use_case_takes_the_command_it_stands_for(
    command: type[Command], use_case: UseCase
) -> None:
    hints = get_type_hints(use_case)

    assert list(hints)[:2] == ["work", "command"]
    assert (hints["work"], hints["command"]) == (Work, command)


def test_every_command_to_tickets_has_a_use_case() -> None:
    ours = {command for name, command in COMMAND_CLASSES.items() if name.startswith("tickets.")}

    assert set(COMMANDS) == ours
