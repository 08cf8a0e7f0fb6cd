"""What operators ask of notify. Answered with an `Outcome` without a ticket."""

from typing import ClassVar

from shared.contracts.commands.base import Command
from shared.contracts.events.notify import MailRhythm, NoticeKind


class SetPreferences(Command):
    """Choose how to be told of what happens to tickets: the caller's own choice, whole.

    See `PreferencesChanged`.
    """

    NAME: ClassVar[str] = "notify.preferences"

    rhythm: MailRhythm = "each"
    muted: tuple[NoticeKind, ...] = ()
