"""Mails that have left an installation."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

Mails = Callable[[], list[EmailMessage]]
"""Returns all mails that have left so far, in the order in which they were queued or received."""


def folder_mails(folder: Path) -> Mails:
    """The mails of an installation without a mail server."""

    known: dict[Path, EmailMessage] = {}

    def read() -> list[EmailMessage]:
        paths = sorted(folder.glob("*.eml"))
        known.update({path: parsed_mail(path.read_bytes()) for path in paths if path not in known})
        return [known[path] for path in paths]

    return read


def parsed_mail(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text_of(mail: EmailMessage) -> str:
    """The text of a mail, whatever its lines ended with."""
    content: str = mail.get_content()
    return content.replace("\r\n", "\n")
