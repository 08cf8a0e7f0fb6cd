"""How operators choose to be notified."""

from uuid import UUID

from services.notify.domain.notices import UNCHOSEN, Preferences
from services.notify.repository.preferences import operator_id, preferences_of, preferences_row
from services.notify.usecases.context import CommandWork
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.notify import PreferencesChanged
from shared.core.errors import MissingRight, Transient


class ChosenMeanwhile(Transient):
    """The same operator chose something else at the same moment; a retry comes after that
    choice.
    """


async def set_preferences(work: CommandWork, command: SetPreferences) -> None:
    """Store how the caller wants to be notified, and publish it unless nothing changes.

    Raises MissingRight for a caller who is not an operator of the desk.
    """
    uow, operator = work.uow, command.caller.identity
    if operator is None or operator not in work.desk.desk.operators:
        raise MissingRight("ro")
    before = (await preferences_of(uow.connection, [operator])).get(operator, UNCHOSEN)
    chosen = Preferences(before.version + 1, command.rhythm, frozenset(command.muted))
    if before.version > 0 and (before.rhythm, before.muted) == (chosen.rhythm, chosen.muted):
        return
    uow.insert_later(preferences_row(operator, chosen, now=work.now), expect=_expect_stored)
    changed = PreferencesChanged(
        operator=operator,
        version=chosen.version,
        rhythm=chosen.rhythm,
        muted=tuple(sorted(chosen.muted)),
        at=work.now,
    )
    uow.emit(changed, aggregate_id=operator_id(operator), cause=work.cause)


def _expect_stored(stored: set[UUID]) -> None:
    if not stored:
        raise ChosenMeanwhile("others were stored in the same moment")
