"""How an operator chooses to be told."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.notify.domain.notices import UNCHOSEN, Preferences
from services.notify.repository.preferences import operator_id, preferences_of, preferences_row
from shared.contracts.desk import Desk
from shared.contracts.events.notify import MailRhythm, NoticeKind, PreferencesChanged
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import MissingRight, Transient
from shared.database.unit_of_work import UnitOfWork


class ChosenMeanwhile(Transient):
    """The same operator chose something else in the same moment; done again, this choice comes after it."""


async def set_preferences(
    uow: UnitOfWork,
    desk: Desk,
    *,
    caller: Requester,
    rhythm: MailRhythm,
    muted: Iterable[NoticeKind],
    now: datetime,
    cause: Cause,
) -> None:
    """Store how `caller` wants to be told, and tell it unless it was so already. Raises MissingRight for who is no operator of `desk`."""
    operator = caller.identity
    if operator is None or operator not in desk.operators:
        raise MissingRight("ro")
    before = (await preferences_of(uow.connection, [operator])).get(operator, UNCHOSEN)
    chosen = Preferences(before.version + 1, rhythm, frozenset(muted))
    if before.version > 0 and (before.rhythm, before.muted) == (chosen.rhythm, chosen.muted):
        return
    uow.insert_later(preferences_row(operator, chosen, now=now), expect=_expect_stored)
    told = PreferencesChanged(operator=operator, version=chosen.version, rhythm=rhythm, muted=tuple(sorted(chosen.muted)), at=now)
    uow.emit(told, aggregate_id=operator_id(operator), cause=cause)


def _expect_stored(stored: set[UUID]) -> None:
    if not stored:
        raise ChosenMeanwhile("others were stored in the same moment")
