"""What notify's handlers and jobs have in hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from services.notify.sending import Dispatcher
from services.notify.usecases import BrokenTexts
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class NotifyContext:
    """The parts of one running notify. `public_url` has no slash at its end; a mail is due `gather` after it was
    queued, and then `mails_waiting` is set.

    Two processes may hear of two steps of one ticket in the wrong order; within that time their mails still find it.
    """

    database: Database
    dispatcher: Dispatcher
    public_url: str
    broken_texts: BrokenTexts
    gather: timedelta = timedelta(0)
    mails_waiting: asyncio.Event = field(default_factory=asyncio.Event)
