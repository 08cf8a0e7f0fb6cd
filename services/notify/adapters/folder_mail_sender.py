"""Mails into a folder, for trying Sportello without a mail server."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.notify.domain.outcomes import Accepted, Delayed, Outcome
from services.notify.ports import OutgoingMail
from shared.runtime.group_commit import GroupCommit


class FolderMailSender:
    """Writes each mail as a file `<UTC time>-<delivery id>.eml` that is whole or not there.

    The time is that at which the mail was queued, the same at each attempt: so a mail sent again
    takes the place of its own file and never makes a second one. The file is not forced to the
    disk: what is promised here is to survive a kill, not a power cut, and forcing would cost more
    than the rest of the ticket.

    A thread writes all mails that wait at the same moment: to hand over each by itself costs more
    than to write it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups: GroupCommit[OutgoingMail, Outcome] = GroupCommit(
            self._write_together, writers=1
        )

    @property
    def parallel(self) -> int:
        return 16

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=5)

    async def send(self, mail: OutgoingMail) -> Outcome:
        return await self._groups.add(mail)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _write_together(self, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        # In a thread: making a file may wait for the disk as long as somebody else's commit takes.
        return await asyncio.to_thread(lambda: [self._outcome_of(mail) for mail in mails])

    def _outcome_of(self, mail: OutgoingMail) -> Outcome:
        try:
            self._write(mail)
        except OSError as error:
            return Delayed(
                f"the folder of mails cannot be written: {error.strerror}", fault="server"
            )
        return Accepted()

    def _write(self, mail: OutgoingMail) -> None:
        target = self._folder / file_name(mail)
        unfinished = target.with_suffix(".part")
        try:
            _write_for_us_alone(unfinished, mail.content)
        except FileNotFoundError:
            # The state folder around it as well: `parents` would make that one as open as the umask
            # leaves it.
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_for_us_alone(unfinished, mail.content)
        unfinished.replace(target)


def _write_for_us_alone(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def file_name(mail: OutgoingMail) -> str:
    """Return the name of `mail`'s file; names sort by the time at which the mails were queued."""
    return f"{mail.queued_at:%Y%m%dT%H%M%S.%fZ}-{mail.delivery_id}.eml"
