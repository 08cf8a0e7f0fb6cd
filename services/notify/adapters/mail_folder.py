"""Reads back the mails that FolderMailSender wrote."""

import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from heapq import nlargest
from os import scandir
from pathlib import Path

from services.notify.ports import WrittenMail

_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.eml")


class MailFolder:
    """The folder of mails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self, limit: int, *, before: str | None = None) -> list[WrittenMail]:
        """As WrittenMails says. Blocks: run it in a thread."""
        try:
            with scandir(self._folder) as entries:
                names = [
                    entry.name
                    for entry in entries
                    if _NAME.fullmatch(entry.name) and (before is None or entry.name < before)
                ]
        except FileNotFoundError:
            return []
        found = (self._read(name, headers_only=True) for name in nlargest(limit, names))
        return [mail for mail in found if mail is not None]

    def find(self, name: str) -> WrittenMail | None:
        """As WrittenMails says. Blocks: run it in a thread."""
        return self._read(name, headers_only=False) if _NAME.fullmatch(name) else None

    def _read(self, name: str, *, headers_only: bool) -> WrittenMail | None:
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        message: EmailMessage = BytesParser(EmailMessage, policy=policy.default).parsebytes(
            content, headersonly=headers_only
        )
        return WrittenMail(
            name=name,
            queued_at=datetime.strptime(name.split("-", 1)[0], "%Y%m%dT%H%M%S.%fZ").replace(
                tzinfo=UTC
            ),
            recipient=str(message["To"]),
            sender=str(message["From"]),
            subject=str(message["Subject"]),
            headers=tuple((key, str(value)) for key, value in message.items()),
            body="" if headers_only else str(message.get_content()).replace("\r\n", "\n"),
        )
