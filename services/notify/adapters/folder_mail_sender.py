"""Mails into a folder, for trying Sportello without a mail server."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from services.notify.domain.outcomes import Accepted, Delayed, Outcome
from services.notify.ports import OutgoingMail


class FolderMailSender:
    """Writes each mail as a file `<UTC time>-<delivery id>.eml` that is whole or not there.

    The time is that at which the mail was queued, the same at each attempt: so a mail sent again takes the place of its own file and
    never makes a second one. The file is not forced to the disk: what is promised here is to survive a kill, not a power cut, and
    forcing would cost more than the rest of the ticket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def parallel(self) -> int:
        return 2

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=5)

    async def send(self, mail: OutgoingMail) -> Outcome:
        try:
            # In a thread: making a file may wait for the disk as long as somebody else's commit takes.
            await asyncio.to_thread(self._write, mail)
        except OSError as error:
            return Delayed(f"the folder of mails cannot be written: {error.strerror}", fault="server")
        return Accepted()

    async def close(self) -> None:
        """Nothing is held open."""

    def _write(self, mail: OutgoingMail) -> None:
        target = self._folder / file_name(mail)
        unfinished = target.with_suffix(".part")
        try:
            _write_for_us_alone(unfinished, mail.content)
        except FileNotFoundError:
            # The state folder around it as well: `parents` would make that one as open as the umask leaves it.
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
