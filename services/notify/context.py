"""What notify's handlers and jobs have in hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

import structlog

from services.notify.dispatcher import Dispatcher
from services.notify.mail.templates.mails import BrokenText
from services.notify.mail.templates.values import Pages
from services.notify.metrics import count_broken_text
from services.notify.usecases.mails import BrokenTexts
from shared.database.database import Database

log = structlog.get_logger()


class LoggedBrokenTexts:
    """Reports each text once per version of the desk, so that a thousand mails do not make a
    thousand lines.
    """

    def __init__(self) -> None:
        self._told: set[tuple[int, str, str]] = set()

    def report(self, desk_version: int, broken: Sequence[BrokenText]) -> None:
        """Report `broken`, found with the desk's version `desk_version`."""
        for text in broken:
            count_broken_text()
            known = (desk_version, text.key, text.language)
            if known not in self._told:
                self._told.add(known)
                log.error(
                    "notify.mail_text.broken",
                    desk_version=desk_version,
                    key=text.key,
                    language=text.language,
                    problem=text.problem[:300],
                )


SHARED_SECONDS = 0.2
"""Mails that become due within this time leave in one round."""


class MailsDue:
    """Sets `event` when mails have become due."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._next = 0.0

    def wake_after(self, gather: timedelta) -> None:
        """Have `event` set once what was queued now is due, together with what is queued soon after
        it.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + gather.total_seconds()
        if due > self._next:
            self._next = due + SHARED_SECONDS
            loop.call_at(self._next, self.event.set)


@dataclass(frozen=True, slots=True)
class NotifyContext:
    """The parts of one running notify.

    `pages` is where mails lead to; a mail is due `gather` after it was queued, what gathers in a
    queue `gather_new` after the first of it (0: nothing gathers), digests at the time of day
    `digest_at` in the desk's time zone. Strangers can cause `limit_recipient` mails an hour to one
    mailbox (0: any number).

    Two processes may hear of two steps of one ticket in the wrong order; within that time their
    mails still find it.
    """

    database: Database
    dispatcher: Dispatcher
    pages: Pages
    broken_texts: BrokenTexts
    gather: timedelta
    gather_new: timedelta
    digest_at: time
    limit_recipient: int
    mails_due: MailsDue = field(default_factory=MailsDue)
