"""What the use cases of notify work with."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.mail.templates.values import Pages
from shared.core.cause import Cause
from shared.database.desk_copy import DeskInForce, current_desk
from shared.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction, the desk in force in it, and the addresses of the pages that mails lead
    to.
    """

    uow: UnitOfWork
    desk: DeskInForce
    pages: Pages

    @property
    def now(self) -> datetime:
        """The time of the transaction."""
        return self.uow.now


@dataclass(frozen=True, slots=True)
class CommandWork(Work):
    """The work of one command; `cause` is the command."""

    cause: Cause


async def work_under_desk(uow: UnitOfWork, *, pages: Pages) -> Work:
    """Return the work of a transaction under the desk in force.

    Raises DeskMissing before the first desk.
    """
    return Work(uow, await current_desk(uow.connection), pages)
