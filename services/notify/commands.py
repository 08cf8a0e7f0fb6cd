"""What notify answers."""

from datetime import datetime

from services.notify.context import NotifyContext
from services.notify.usecases import preferences
from shared.contracts.commands.notify import SetPreferences
from shared.core.cause import Cause
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import Commands


async def set_preferences(service: NotifyContext, uow: UnitOfWork, command: SetPreferences, *, now: datetime, cause: Cause) -> None:
    desk = (await current_desk(uow.connection)).desk
    await preferences.set_preferences(uow, desk, caller=command.caller, rhythm=command.rhythm, muted=command.muted, now=now, cause=cause)


COMMANDS: Commands = {SetPreferences: set_preferences}
