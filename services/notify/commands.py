"""Answer commands: one table names the use case that handles each, under the desk in force."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.notify.context import NotifyContext
from services.notify.usecases.context import CommandWork
from services.notify.usecases.preferences import set_preferences
from shared.contracts.commands.base import Command
from shared.contracts.commands.notify import SetPreferences
from shared.core.cause import Cause
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import Act, Commands

UseCase = Callable[[CommandWork, Any], Awaitable[None]]

USE_CASES: Mapping[type[Command], UseCase] = {SetPreferences: set_preferences}
"""Which use case handles which command."""


def _answered_by(use_case: UseCase) -> Act:
    """Return the function that answers a command with an outcome without a ticket after
    `use_case`.
    """

    async def act(
        service: NotifyContext, uow: UnitOfWork, command: Command, *, now: datetime, cause: Cause
    ) -> None:
        desk = await current_desk(uow.connection)
        await use_case(CommandWork(uow, desk, service.pages, cause), command)

    return act


COMMANDS: Commands = {command: _answered_by(use_case) for command, use_case in USE_CASES.items()}
